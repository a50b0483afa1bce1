import ConvolutionModel
import Measurement
import Testing

@Suite struct FMAProbeTests {
  @Test func everyLevelOfThisMachineMeasures() {
    for isa in InstructionSet.allCases {
      guard let probe = FMAProbe(isa) else {
        #expect(isa > FMAProbe.best.isa)
        continue
      }
      #expect(probe.isa == isa && isa <= FMAProbe.best.isa)
      let rates = (0..<5).map { _ in probe.measureGflops() }
      // No core has done more than 1000 GFLOP/s yet: more would mean that the loop was computed away.
      #expect(rates.allSatisfy { $0 > 0 && $0 < 1000 }, "\(isa): \(rates)")
    }
  }

  @Test func probesAreShort() {
    let start = MonotonicClock.nanoseconds()
    for _ in 0..<10 { _ = FMAProbe.best.measureGflops() }
    // Some 30 µs each; a busy machine may interrupt them.
    #expect(MonotonicClock.nanoseconds() - start < 200_000_000)
  }
}
