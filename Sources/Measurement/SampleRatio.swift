import ConvolutionModel

/// How many times one contender's time is another's, with what the samples leave open.
public struct SampleRatio: Hashable, Sendable, Codable {
  /// The quotient of the medians.
  public let ratio: Double
  /// Holds the true ratio in a share of cases: the percentile bootstrap of the quotient, both sides resampled.
  public let interval: ClosedRange<Double>
  /// How far one contender is from itself: of both, the larger distance from 1 of the ratio of the medians of every second
  /// sample to those between. No ratio nearer to 1 means anything.
  public let noiseFloor: Double

  /// Compares two contenders' samples.
  ///
  /// - Parameters:
  ///   - numerator: positive numbers, in the order in which they were taken.
  ///   - denominator: the same of the other contender.
  ///   - confidence: the share of cases, between 0 and 1.
  ///   - resamples: how many quotients are drawn.
  ///   - seed: where the drawing starts; the same seed gives the same interval.
  /// - Returns: nil where one side has no samples or one that is no positive number.
  public init?(
    of numerator: [Double], to denominator: [Double], confidence: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1
  ) {
    func isUsable(_ samples: [Double]) -> Bool { !samples.isEmpty && samples.allSatisfy { $0 > 0 && $0.isFinite } }
    guard isUsable(numerator), isUsable(denominator), let above = Statistics.median(numerator),
      let below = Statistics.median(denominator)
    else { return nil }
    var generator = SplitMix64(seed: seed)
    let first = numerator.sorted()
    let second = denominator.sorted()
    let quotients = (0..<max(1, resamples)).map { _ in
      Self.resampledMedian(first, &generator) / Self.resampledMedian(second, &generator)
    }
    let tail = (1 - min(max(confidence, 0), 1)) / 2
    ratio = above / below
    interval = Statistics.quantile(quotients, tail)!...Statistics.quantile(quotients, 1 - tail)!
    noiseFloor = max(Self.distanceFromItself(numerator), Self.distanceFromItself(denominator))
  }

  /// Whether the ratio can't be told from 1: the interval holds 1, or the distance is within the noise floor.
  public var isTie: Bool { interval.contains(1) || abs(ratio - 1) <= noiseFloor }

  private static func resampledMedian(_ sorted: [Double], _ generator: inout SplitMix64) -> Double {
    let ranks = sorted.map { _ in Int.random(in: sorted.indices, using: &generator) }.sorted()
    return (sorted[ranks[(ranks.count - 1) / 2]] + sorted[ranks[ranks.count / 2]]) / 2
  }

  private static func distanceFromItself(_ samples: [Double]) -> Double {
    let even = samples.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    let odd = samples.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    guard let first = Statistics.median(even), let second = Statistics.median(odd) else { return 0 }
    return max(first, second) / min(first, second) - 1
  }
}
