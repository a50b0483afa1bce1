import Measurement
import Testing

@Suite struct StatisticsTests {
  @Test(arguments: [
    ([3.0], 0.5, 3.0), ([1, 2], 0.5, 1.5), ([4, 1, 3, 2], 0.5, 2.5), ([5, 1, 3], 0.5, 3), ([1, 2, 3, 4, 5], 0.25, 2),
    ([10, 20, 30, 40], 0.9, 37), ([10, 20, 30, 40], 0, 10), ([10, 20, 30, 40], 1, 40), ([10, 20, 30, 40], 7, 40),
    ([10, 20, 30, 40], -1, 10),
  ])
  func quantilesInterpolate(samples: [Double], share: Double, expected: Double) throws {
    let actual = try #require(Statistics.quantile(samples, share))
    #expect(abs(actual - expected) < 1e-12)
  }

  @Test func nothingIsKnownOfNothing() {
    #expect(Statistics.median([]) == nil)
    #expect(Statistics.minimum([]) == nil)
    #expect(Statistics.medianInterval([]) == nil)
    #expect(Statistics.median([1, .nan, 2]) == nil)
    #expect(Statistics.medianInterval([1, .nan, 2]) == nil)
    #expect(Statistics.quantile([1, 2], .nan) == nil)
  }

  @Test func minimumAndMedianIgnoreTheOrder() {
    #expect(Statistics.minimum([3, 1, 2]) == 1)
    #expect(Statistics.median([9, 1, 5, 7, 3]) == 5)
  }

  @Test func intervalsHoldTheMedianAndRepeat() throws {
    let samples = (0..<101).map { Double(($0 * 37) % 101) }
    let interval = try #require(Statistics.medianInterval(samples, seed: 3))
    #expect(interval.contains(50))
    #expect(interval == Statistics.medianInterval(samples, seed: 3))
    #expect(interval != Statistics.medianInterval(samples, seed: 4))
    // By the binomial distribution, the median of 101 lies between the 41st and the 61st value in 95 % of cases.
    #expect(abs(interval.lowerBound - 40) <= 3)
    #expect(abs(interval.upperBound - 60) <= 3)
    let wider = try #require(Statistics.medianInterval(samples, confidence: 0.999, seed: 3))
    #expect(wider.lowerBound < interval.lowerBound && wider.upperBound > interval.upperBound)
  }

  @Test func oneSampleHasAnIntervalOfNoWidth() { #expect(Statistics.medianInterval([7]) == 7...7) }
}
