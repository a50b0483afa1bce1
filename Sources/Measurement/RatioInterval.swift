import ConvolutionModel
import Foundation

/// How much larger one measured quantity is than another, and how well that is known.
public struct RatioInterval: Hashable, Sendable, Codable {
  /// The ratio; 1 means no difference.
  public let ratio: Double
  /// The lower end of the bootstrap interval.
  public let lower: Double
  /// The upper end of the bootstrap interval.
  public let upper: Double

  /// States a ratio with its interval.
  public init(ratio: Double, lower: Double, upper: Double) {
    self.ratio = ratio
    self.lower = lower
    self.upper = upper
  }

  /// The median of ratios that were each taken within one round, so that what both sides of a round suffered cancels.
  ///
  /// - Returns: nil without ratios, or when one of them isn't a positive number.
  public init?(rounds ratios: [Double], confidence: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1) {
    guard ratios.allSatisfy({ $0 > 0 && $0.isFinite }), let median = Statistics.median(ratios),
      let interval = Statistics.medianInterval(ratios, confidence: confidence, resamples: resamples, seed: seed)
    else { return nil }
    self.init(ratio: median, lower: interval.lowerBound, upper: interval.upperBound)
  }

  /// The ratio of the median of `samples` to that of `base`, two independent sets: both are resampled with replacement
  /// (Efron's percentile bootstrap).
  ///
  /// - Returns: nil where a set is empty or holds anything but positive numbers.
  public init?(
    samples: [Double], to base: [Double], confidence: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1
  ) {
    guard !samples.isEmpty, !base.isEmpty, (samples + base).allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    var generator = SplitMix64(seed: seed)
    let (upperSide, lowerSide) = (samples.sorted(), base.sorted())
    func drawn(_ ordered: [Double]) -> Double {
      let ranks = ordered.map { _ in Int.random(in: ordered.indices, using: &generator) }.sorted()
      return Self.middle(ranks.map { ordered[$0] })
    }
    var ratios: [Double] = []
    for _ in 0..<max(1, resamples) { ratios.append(drawn(upperSide) / drawn(lowerSide)) }
    let tail = (1 - min(max(confidence, 0), 1)) / 2
    guard let low = Statistics.quantile(ratios, tail), let high = Statistics.quantile(ratios, 1 - tail) else {
      return nil
    }
    self.init(ratio: Self.middle(upperSide) / Self.middle(lowerSide), lower: low, upper: high)
  }

  /// The median of sorted numbers.
  private static func middle(_ sorted: [Double]) -> Double {
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  }
}
