import Measurement
import Testing

@Suite struct SampleRatioTests {
  @Test func noiseFloorIsTheDistanceFromItself() throws {
    // Every second sample is 10 % slower: such a contender can't be told from one within 10 %.
    let wavering = (0..<40).map { $0 % 2 == 0 ? 100.0 : 110.0 }
    let estimate = try #require(SampleRatio(of: wavering, to: wavering.map { $0 * 0.95 }))
    #expect(abs(estimate.noiseFloor - 0.1) < 1e-12)
    #expect(estimate.isTie)
  }

  @Test func clearDifferencesAreNone() throws {
    let samples = (0..<40).map { 100 + Double($0 % 5) }
    let estimate = try #require(SampleRatio(of: samples.map { $0 * 1.5 }, to: samples))
    #expect(abs(estimate.ratio - 1.5) < 1e-9)
    #expect(estimate.interval.contains(1.5) && !estimate.isTie)
    #expect(estimate == SampleRatio(of: samples.map { $0 * 1.5 }, to: samples))
  }

  @Test func whatIsNoTimeIsRefused() {
    #expect(SampleRatio(of: [], to: [1]) == nil)
    #expect(SampleRatio(of: [1], to: [0]) == nil)
    #expect(SampleRatio(of: [.nan], to: [1]) == nil)
  }
}
