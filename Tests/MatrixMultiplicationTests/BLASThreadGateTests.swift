import Dispatch
import Synchronization
import Testing

@testable import MatrixMultiplication

/// What runs at the same time behind a gate.
@Suite struct BLASThreadGateTests {
  private struct Seen {
    var setting = 0
    var running = 0
    var mostThreads = 0
    var wrongSettings = 0
    var products = 0
  }

  /// More threads than processors would only wait for one another, without sleeping.
  @Test(arguments: [1, 2, 3, 5]) func threadsHaveProcessorsOfTheirOwn(processors: Int) {
    let seen = Mutex(Seen())
    let gate = BLASThreadGate(
      processors: { processors }, setThreads: { count in seen.withLock { $0.setting = count } })
    DispatchQueue.concurrentPerform(iterations: 64) { call in
      let wanted = 1 + call % 4
      let expected = min(wanted, processors)
      gate.run(threads: wanted) {
        seen.withLock {
          $0.running += 1
          $0.products += 1
          if $0.setting != expected { $0.wrongSettings += 1 }
          if $0.setting > 1 { $0.mostThreads = max($0.mostThreads, $0.running * $0.setting) }
        }
        for _ in 0..<200 { seen.withLock { $0.setting += 0 } }
        seen.withLock { $0.running -= 1 }
      }
    }
    let result = seen.withLock { $0 }
    #expect(result.products == 64)
    #expect(result.wrongSettings == 0)
    #expect(result.mostThreads <= processors)
  }

  @Test func noThreadsAreOne() {
    let seen = Mutex(0)
    let gate = BLASThreadGate(processors: { 2 }, setThreads: { count in seen.withLock { $0 = count } })
    gate.run(threads: 0) {}
    #expect(seen.withLock { $0 } == 1)
  }

  /// The number of processors is a system call away.
  @Test func onlySeveralThreadsAskForProcessors() {
    let asked = Mutex(0)
    let gate = BLASThreadGate(
      processors: {
        asked.withLock { $0 += 1 }
        return 2
      }, setThreads: { _ in })
    gate.run(threads: 1) {}
    #expect(asked.withLock { $0 } == 0)
    gate.run(threads: 2) {}
    #expect(asked.withLock { $0 } == 1)
  }
}
