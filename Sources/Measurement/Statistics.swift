import ConvolutionModel

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
    var generator = SplitMix64(seed: seed)
    return centralInterval(
      resampledMedians(samples, resamples: resamples, using: &generator), confidence: confidence)
  }

  /// Medians of as many draws with replacement, each as large as the samples, of which there must be some.
  static func resampledMedians(
    _ samples: [Double], resamples: Int, using generator: inout SplitMix64
  ) -> [Double] {
    // Drawing ranks instead of values: how often each of a sorted array was drawn tells the middle one without sorting.
    let ordered = samples.sorted()
    let count = ordered.count
    var medians: [Double] = []
    medians.reserveCapacity(max(1, resamples))
    var draws = [Int](repeating: 0, count: count)
    draws.withUnsafeMutableBufferPointer { draws in
      for _ in 0..<max(1, resamples) {
        draws.update(repeating: 0)
        for _ in 0..<count {
          // The high half of a product with a uniform number is uniform below the factor, to within 2⁻⁶⁴ of the factor.
          draws[Int(generator.next().multipliedFullWidth(by: UInt64(count)).high)] += 1
        }
        medians.append((value(ordered, drawn: draws, (count - 1) / 2) + value(ordered, drawn: draws, count / 2)) / 2)
      }
    }
    return medians
  }

  /// The interval that holds the middle share of values, of which there must be some.
  static func centralInterval(_ values: [Double], confidence: Double) -> ClosedRange<Double> {
    let ordered = values.sorted()
    let tail = (1 - min(max(confidence, 0), 1)) / 2
    return quantile(sorted: ordered, tail)...quantile(sorted: ordered, 1 - tail)
  }

  /// The value at a place of the sorted draws, of which each value has `drawn` many.
  private static func value(_ ordered: [Double], drawn: UnsafeMutableBufferPointer<Int>, _ place: Int) -> Double {
    var rank = 0
    var passed = drawn[0]
    while passed <= place {
      rank += 1
      passed += drawn[rank]
    }
    return ordered[rank]
  }

  private static func quantile(sorted samples: [Double], _ share: Double) -> Double {
    let rank = min(max(share, 0), 1) * Double(samples.count - 1)
    let below = Int(rank)
    let fraction = rank - Double(below)
    if fraction == 0 { return samples[below] }
    return samples[below] + fraction * (samples[below + 1] - samples[below])
  }
}
