import ConvolutionModel
import Foundation
import Testing

@testable import Measurement

@Suite struct MachineTests {
  @Test func clockRunsForward() {
    var last = MonotonicClock.nanoseconds()
    for _ in 0..<1000 {
      let now = MonotonicClock.nanoseconds()
      #expect(now >= last)
      last = now
    }
  }

  @Test func machineIsNamedAndSurvivesJSON() throws {
    let machine = MachineIdentity.current
    #expect(!machine.cpuModel.isEmpty && !machine.os.isEmpty && machine.swiftVersion.hasPrefix("6."))
    #expect((1...ProcessInfo.processInfo.processorCount).contains(machine.cores))
    for bytes in [machine.l1dBytes, machine.l2Bytes, machine.l3Bytes].compactMap(\.self) { #expect(bytes >= 1024) }
    #expect(machine.isa == FMAProbe.best.isa)
    let data = try JSONEncoder().encode(machine)
    #expect(try JSONDecoder().decode(MachineIdentity.self, from: data) == machine)
  }

  @Test func oldMachinesHaveNoHost() throws {
    var object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(MachineIdentity.current)) as? [String: Any])
    object["host"] = nil
    let old = try JSONDecoder().decode(
      MachineIdentity.self, from: try JSONSerialization.data(withJSONObject: object))
    var expected = MachineIdentity.current
    expected.host = nil
    #expect(old == expected)
  }

  @Test func hostsAreNamedOrHidden() throws {
    let variable = MachineIdentity.hostVariable
    #expect(MachineIdentity.host(environment: [variable: "node7"]) == "node7")
    #expect(MachineIdentity.host(environment: [variable: " "]) == nil)
    var names = utsname()
    #expect(uname(&names) == 0)
    let name = withUnsafeBytes(of: names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    #expect(MachineIdentity.host(environment: [:]) == (name.isEmpty ? nil : name))
  }

  @Test(arguments: [
    ("48K", 48 * 1024), ("1280K", 1280 * 1024), ("32M", 32 << 20), ("512", 512), ("", nil), ("xK", nil),
  ])
  func cacheSizesAreRead(text: String, bytes: Int?) { #expect(SystemFile.bytes(text) == bytes) }

  @Test func missingFilesAreNil() {
    #expect(SystemFile.text("/no/such/file") == nil)
    #expect(SystemFile.field("model name", in: "/no/such/file") == nil)
  }

  @Test func loadIsWhatOthersUsed() throws {
    let start = try #require(BusyMonitor.Reading(statistics: "cpu  100 0 100 1000 0 0 0 0 0 0", own: 0.5))
    // 2 s of two cores: 1 s own, 0.8 s others, 0.2 s stolen, 2 s idle.
    let end = try #require(BusyMonitor.Reading(statistics: "cpu  250 0 130 1200 0 0 0 20 0 0", own: 1.5))
    let load = try #require(BusyMonitor.load(from: start, to: end))
    #expect(abs(load.others - 0.2) < 1e-9 && abs(load.stolen - 0.05) < 1e-9)
    #expect(load.warnings.count == 2)
    #expect(load.onOwnCore == nil && load.preemptions == 0)
    #expect(BusyMonitor.Load(others: 0.1, stolen: 0.02).warnings.isEmpty)
    #expect(BusyMonitor.load(from: start, to: start) == nil)
    #expect(BusyMonitor.Reading(statistics: "cpu0 1 2 3 4 5 6 7 8", own: 0) == nil)
    #expect(BusyMonitor.Reading(statistics: "cpu 1 2", own: 0) == nil)
  }

  @Test func loadOfTheOwnCoreIsToldApart() throws {
    let start = try #require(
      BusyMonitor.Reading(
        statistics: "cpu  0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0\nintr 1", cpu: 1, own: 0,
        preemptions: 3))
    // Core 1 was busy for all of 2 s, of which this process had 1.5; core 0 slept.
    let end = try #require(
      BusyMonitor.Reading(
        statistics: "cpu  200 0 0 200 0 0 0 0\ncpu0 0 0 0 200 0 0 0 0\ncpu1 200 0 0 0 0 0 0 0\nintr 1", cpu: 1,
        own: 1.5,
        preemptions: 10))
    let load = try #require(BusyMonitor.load(from: start, to: end))
    #expect(load == BusyMonitor.Load(others: 0.125, stolen: 0, onOwnCore: 0.25, preemptions: 7))
    #expect(load.warnings.contains { $0.contains("25 % of the core that was measured on") })
    #expect(BusyMonitor.Reading(statistics: "cpu  0 0 0 0 0 0 0 0", cpu: 7, own: 0)?.core == nil)
  }

  @Test func pinsAndLetsGo() throws {
    let before = ThreadPinning.allowedCPUs
    ThreadPinning.withPinnedThread { outcome in
      switch outcome {
      case .pinned(let cpu): #expect(ThreadPinning.allowedCPUs == [cpu] && before?.contains(cpu) == true)
      case .notPinned(let reason): #expect(!reason.isEmpty)
      }
    }
    #expect(ThreadPinning.allowedCPUs == before)
    ThreadPinning.withPinnedThread(to: 100_000) { #expect($0.reason != nil) }
  }
}
