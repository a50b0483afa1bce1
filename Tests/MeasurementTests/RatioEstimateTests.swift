import Testing

@testable import Measurement

@Suite("Ratios with intervals")
struct RatioEstimateTests {
  /// Samples that stray by two percent to both sides.
  private func samples(_ count: Int, around middle: Double) -> [Double] {
    (0..<count).map { index -> Double in
      let stray = Double((index * 7919) % 101 - 50) / 50
      return middle * (1 + 0.02 * stray)
    }
  }

  @Test func exactRatios() throws {
    let rounds = try #require(RatioEstimate(rounds: [1.1, 1.1, 1.1]))
    #expect(rounds.ratio == 1.1 && rounds.interval == 1.1...1.1 && rounds.rounds == 3)
    let sets = try #require(RatioEstimate(samples: [3, 3, 3], to: [2, 2]))
    #expect(sets.ratio == 1.5 && sets.interval == 1.5...1.5 && sets.rounds == nil)
  }

  @Test("The interval holds the ratio, and narrows with more samples")
  func intervals() throws {
    let few = try #require(RatioEstimate(samples: samples(9, around: 1.2), to: samples(9, around: 1)))
    let many = try #require(RatioEstimate(samples: samples(301, around: 1.2), to: samples(301, around: 1)))
    for estimate in [few, many] { #expect(estimate.interval.contains(estimate.ratio)) }
    #expect(many.interval.contains(1.2))
    func width(_ estimate: RatioEstimate) -> Double { estimate.interval.upperBound - estimate.interval.lowerBound }
    #expect(width(many) < width(few))
    #expect(RatioEstimate(samples: [1, 2, 3], to: [4, 5]) == RatioEstimate(samples: [3, 2, 1], to: [5, 4]))
  }

  @Test("What isn't a positive number gives no ratio", arguments: [[], [0], [1, -1], [.nan], [.infinity, 1]])
  func refused(samples: [Double]) {
    #expect(RatioEstimate(rounds: samples) == nil)
    #expect(RatioEstimate(samples: samples, to: [1]) == nil)
    #expect(RatioEstimate(samples: [1], to: samples) == nil)
  }

  @Test("Rounds and independent samples draw alike: one bootstrap")
  func oneBootstrap() throws {
    let ratios = samples(40, around: 1.2)
    let rounds = try #require(RatioEstimate(rounds: ratios))
    let sets = try #require(RatioEstimate(samples: ratios, to: [1, 1, 1]))
    #expect(rounds.interval == sets.interval && rounds.interval == Statistics.medianInterval(ratios))
  }

  @Test("The noise floor is how far the interval reaches from 1 on the worse side; halves of one set have one too")
  func noiseFloors() throws {
    let floor = try #require(RatioEstimate(rounds: [0.8, 0.8, 0.8, 0.8, 0.8])?.noiseFloor)
    #expect(abs(floor - 0.25) < 1e-12)
    #expect(RatioEstimate(rounds: [1.1, 1.1, 1.1, 1.1])?.noiseFloor == nil)
    let drifting = (0..<40).map { $0 < 20 ? 100.0 : 110.0 }
    let halves = try #require(RatioEstimate.noiseFloor(ofHalves: drifting))
    #expect(abs(halves - 0.1) < 1e-12)
    #expect(RatioEstimate.noiseFloor(ofHalves: [1, 1, 1, 1, 1]) == nil)
    #expect(RatioEstimate.noiseFloor(ofHalves: [1, 1, 1, 1, 1, 1]) == 0)
    #expect(RatioEstimate.noiseFloor(ofHalves: []) == nil)
  }

  @Test(
    "A difference counts when the whole interval clears the noise",
    arguments: [
      (1.2, 0.1, .larger), (1.2, 0.25, .tie), (1 / 1.2, 0.1, .smaller), (1 / 1.2, 0.25, .tie), (1, 0, .tie),
      (1.2, nil, .undecided), (1.2, -1, .larger),
    ] as [(Double, Double?, RatioEstimate.Standing)])
  func standing(ratio: Double, floor: Double?, expected: RatioEstimate.Standing) throws {
    let estimate = try #require(RatioEstimate(samples: samples(9, around: ratio), to: [1, 1, 1]))
    #expect(estimate.standing(noiseFloor: floor) == expected)
    #expect(RatioEstimate(rounds: [3, 3, 3, 3])?.standing(noiseFloor: 0) == .undecided)
    #expect(RatioEstimate(samples: [3, 3], to: [1, 1, 1])?.standing(noiseFloor: 0) == .undecided)
  }
}
