import Foundation
import Testing

@testable import Measurement

@Suite struct CompanionProcessesTests {
  @Test func processorTimeIsReadBehindANameThatMayHoldAnything() {
    let times = " S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 100"
    #expect(CompanionProcesses.seconds(statistics: "12 (sh)" + times) == 3)
    #expect(CompanionProcesses.seconds(statistics: "12 (a) b (c))" + times) == 3)
    #expect(CompanionProcesses.seconds(statistics: "12 (sh) S 1 2") == nil)
    #expect(CompanionProcesses.seconds(statistics: "") == nil)
  }

  #if os(Linux)
    @Test func membersAreCountedUntilTheyLeave() {
      // Nobody else in these tests has companions; this process has used the processor for a while.
      let own = ProcessInfo.processInfo.processIdentifier
      while SystemFile.text("/proc/\(own)/stat").flatMap({ CompanionProcesses.seconds(statistics: $0) }) == 0 {}
      CompanionProcesses.add(own)
      #expect(CompanionProcesses.seconds > 0)
      CompanionProcesses.remove(own)
    }
  #endif
}
