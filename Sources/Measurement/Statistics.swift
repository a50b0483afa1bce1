/// Order statistics of samples: times have a long tail to one side, so no means and no standard deviations.
public enum Statistics {
  /// The smallest sample; nil without samples.
  public static func minimum(_ samples: [Double]) -> Double? { samples.min() }

  /// The middle sample, or the mean of the two in the middle; nil without samples.
  public static func median(_ samples: [Double]) -> Double? { quantile(samples, 0.5) }

  /// The value below which a share of the samples lies, interpolated linearly between neighbours (the seventh definition of
  /// Hyndman and Fan, "Sample quantiles in statistical packages", 1996).
  ///
  /// - Parameter share: from 0, the minimum, to 1, the maximum; values outside are taken for the nearer end.
  /// - Returns: nil without samples or when one of them or the share is NaN.
  public static func quantile(_ samples: [Double], _ share: Double) -> Double? {
    if samples.isEmpty || share.isNaN || samples.contains(where: \.isNaN) { return nil }
    return quantile(sorted: samples.sorted(), share)
  }

  /// An interval that holds the true median in a share of cases, by resampling the samples with replacement (Efron's
  /// percentile bootstrap).
  ///
  /// - Parameters:
  ///   - confidence: the share, between 0 and 1.
  ///   - resamples: how many medians are drawn.
  ///   - seed: where the drawing starts; the same seed gives the same interval.
  /// - Returns: nil without samples or when one of them is NaN. Of one sample, an interval of no width.
  public static func medianInterval(
    _ samples: [Double], confidence: Double = 0.95, resamples: Int = 1000, seed: UInt64 = 1
  ) -> ClosedRange<Double>? {
    if samples.isEmpty || samples.contains(where: \.isNaN) { return nil }
    var generator = SeededGenerator(seed: seed)
    // Drawing ranks instead of values: sorting small integers of an already sorted array is all that a resample costs.
    let ordered = samples.sorted()
    var medians: [Double] = []
    medians.reserveCapacity(max(1, resamples))
    for _ in 0..<max(1, resamples) {
      let ranks = ordered.map { _ in Int.random(in: ordered.indices, using: &generator) }.sorted()
      medians.append(quantile(sorted: ranks.map { ordered[$0] }, 0.5))
    }
    medians.sort()
    let tail = (1 - min(max(confidence, 0), 1)) / 2
    return quantile(sorted: medians, tail)...quantile(sorted: medians, 1 - tail)
  }

  private static func quantile(sorted samples: [Double], _ share: Double) -> Double {
    let rank = min(max(share, 0), 1) * Double(samples.count - 1)
    let below = Int(rank)
    let fraction = rank - Double(below)
    if fraction == 0 { return samples[below] }
    return samples[below] + fraction * (samples[below + 1] - samples[below])
  }
}
