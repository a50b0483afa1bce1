import ConvolutionModel
import Foundation
import Testing

@testable import Measurement

@Suite struct MachineReportTests {
  private func machine(l1: Int?, l2: Int?, l3: Int?) -> MachineIdentity {
    MachineIdentity(
      cpuModel: "Test", cores: 1, l1dBytes: l1, l2Bytes: l2, l3Bytes: l3, isa: .best, os: "", swiftVersion: "",
      buildConfiguration: .current)
  }

  @Test func workingSetsFitTheirLevel() {
    let sets = MachineReport.workingSets(machine(l1: 48 << 10, l2: 2 << 20, l3: 48 << 20))
    #expect(sets.map(\.level) == ["L1", "L2", "L3", "memory"])
    #expect(sets.map(\.bytes) == [24 << 10, 1 << 20, 12 << 20, 192 << 20])
    let unknown = MachineReport.workingSets(machine(l1: nil, l2: nil, l3: nil))
    #expect(unknown.map(\.level) == ["memory"] && unknown[0].bytes == 256 << 20)
  }

  @Test func everyAccessOfEveryLevelMeasures() throws {
    for isa in InstructionSet.allCases {
      for (bytes, repetitions) in [(100_000, 2), (10_000, 28)] {
        guard let probe = BandwidthProbe(isa, byteCount: bytes) else { continue }
        #expect(probe.byteCount <= bytes && probe.byteCount % 1024 == 0)
        for access in BandwidthProbe.Access.allCases {
          var now: UInt64 = 0
          // A clock that ticks with every look: two passes a window, of 1 µs each.
          let rate = probe.measureGigabytesPerSecond(access, nanoseconds: 1, window: 1500) {
            now += 1000
            return now
          }
          #expect(rate == Double(repetitions * probe.byteCount) / 1000)
        }
      }
    }
  }

  @Test func reportsSurviveJSONAndEndWhenTold() throws {
    let report = MachineReport.measure(
      machine: machine(l1: 4 << 10, l2: nil, l3: nil), largestBytes: 16 << 10, isCancelled: { false })
    #expect(report.peaks.map(\.isa) == FMAProbe.all.map(\.isa))
    #expect(report.bandwidths.count == 4 && report.bandwidths.allSatisfy { $0.gigabytesPerSecond > 0 })
    #expect(report.warnings.contains { $0.hasPrefix("debug build") } == (BuildConfiguration.current == .debug))
    #expect(try JSONDecoder().decode(MachineReport.self, from: JSONEncoder().encode(report)) == report)
    let cancelled = MachineReport.measure(isCancelled: { true })
    #expect(cancelled.peaks.isEmpty && cancelled.bandwidths.isEmpty)
  }
}
