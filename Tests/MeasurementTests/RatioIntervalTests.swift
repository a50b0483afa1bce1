import Measurement
import Testing

@Suite("Ratios with intervals")
struct RatioIntervalTests {
  @Test func exactRatios() throws {
    let rounds = try #require(RatioInterval(rounds: [1.1, 1.1, 1.1]))
    #expect(rounds == RatioInterval(ratio: 1.1, lower: 1.1, upper: 1.1))
    let samples = try #require(RatioInterval(samples: [3, 3, 3], to: [2, 2]))
    #expect(samples == RatioInterval(ratio: 1.5, lower: 1.5, upper: 1.5))
  }

  @Test("The interval holds the ratio, and narrows with more samples")
  func intervals() throws {
    func samples(_ count: Int, around middle: Double) -> [Double] {
      (0..<count).map { index -> Double in
        let stray = Double((index * 7919) % 101 - 50) / 50
        return middle * (1 + 0.02 * stray)
      }
    }
    let few = try #require(RatioInterval(samples: samples(9, around: 1.2), to: samples(9, around: 1)))
    let many = try #require(RatioInterval(samples: samples(301, around: 1.2), to: samples(301, around: 1)))
    for estimate in [few, many] { #expect((estimate.lower...estimate.upper).contains(estimate.ratio)) }
    #expect((many.lower...many.upper).contains(1.2))
    #expect(many.upper - many.lower < few.upper - few.lower)
    #expect(RatioInterval(samples: [1, 2, 3], to: [4, 5]) == RatioInterval(samples: [3, 2, 1], to: [5, 4]))
  }

  @Test("What isn't a positive number gives no ratio", arguments: [[], [0], [1, -1], [.nan], [.infinity, 1]])
  func refused(samples: [Double]) {
    #expect(RatioInterval(rounds: samples) == nil)
    #expect(RatioInterval(samples: samples, to: [1]) == nil)
    #expect(RatioInterval(samples: [1], to: samples) == nil)
  }
}
