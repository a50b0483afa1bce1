import ConvolutionModel

/// How many times as large one measured quantity is as another, and how well that is known.
///
/// Where both were measured in the same rounds, the ratio is taken within each round and then the median over the rounds:
/// what slows the machine down for a while slows both, and cancels. Two sets that share no rounds, as of two separate runs,
/// are compared by their medians.
public struct RatioEstimate: Hashable, Sendable {
  /// The ratio; 1 is no difference.
  public let ratio: Double
  /// Where the true ratio lies in 95 % of cases, by bootstrap.
  public let interval: ClosedRange<Double>
  /// Rounds that count; nil of independent samples.
  public let rounds: Int?
  /// Whether there was enough to decide anything by.
  public let isEnough: Bool

  /// Fewer rounds than this decide nothing: only of five numbers does the whole range hold the true median in 94 % of cases.
  public static let fewestRounds = 5
  /// Independent sets with fewer samples than this decide nothing. The interval of three by three is as wide as they reach.
  public static let fewestSamples = 3

  /// The median of ratios that were each taken within one round.
  ///
  /// - Returns: nil without ratios, or when one of them isn't a positive number.
  public init?(rounds ratios: [Double], resamples: Int = 1000, seed: UInt64 = 1) {
    guard ratios.allSatisfy(Self.isUsable), let median = Statistics.median(ratios),
      let interval = Statistics.medianInterval(ratios, resamples: resamples, seed: seed)
    else { return nil }
    ratio = median
    self.interval = interval
    rounds = ratios.count
    isEnough = ratios.count >= Self.fewestRounds
  }

  /// Compares contenders by the rounds that both were sampled in; nil where no round has both.
  public init?(of samples: ContenderSamples, to other: ContenderSamples, seed: UInt64 = 1) {
    let pairs = zip(other.rounds, other.samplesNanoseconds)
    let others = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    let ratios = zip(samples.rounds, samples.samplesNanoseconds).compactMap { round, nanoseconds in
      others[round].map { nanoseconds / $0 }
    }
    self.init(rounds: ratios.filter(Self.isUsable), seed: seed)
  }

  /// The ratio of the median of `samples` to that of `base`, two independent sets: both are resampled.
  ///
  /// - Returns: nil where a set is empty or holds anything but positive numbers.
  public init?(samples: [Double], to base: [Double], resamples: Int = 1000, seed: UInt64 = 1) {
    guard samples.allSatisfy(Self.isUsable), base.allSatisfy(Self.isUsable), let above = Statistics.median(samples),
      let below = Statistics.median(base)
    else { return nil }
    var generator = SplitMix64(seed: seed)
    let numerators = Statistics.resampledMedians(samples, resamples: resamples, using: &generator)
    let denominators = Statistics.resampledMedians(base, resamples: resamples, using: &generator)
    ratio = above / below
    interval = Statistics.centralInterval(zip(numerators, denominators).map(/), confidence: 0.95)
    rounds = nil
    isEnough = min(samples.count, base.count) >= Self.fewestSamples
  }

  private static func isUsable(_ value: Double) -> Bool { value > 0 && value.isFinite }
}

/// Noise, and what clears it.
extension RatioEstimate {
  /// How far from 1 the interval of something compared with itself reaches: differences within that are noise. 0.01 is one
  /// hundredth. Nil where there was too little to say.
  public var noiseFloor: Double? {
    isEnough ? max(interval.upperBound, 1 / interval.lowerBound, 1) - 1 : nil
  }

  /// How far samples are from themselves, as ``noiseFloor``, where nothing was entered twice: the second half of what was
  /// taken, compared with the first.
  public static func noiseFloor(ofHalves samples: [Double], resamples: Int = 1000) -> Double? {
    let half = samples.count / 2
    return RatioEstimate(
      samples: Array(samples.suffix(samples.count - half)), to: Array(samples.prefix(half)), resamples: resamples)?
      .noiseFloor
  }

  /// What a ratio comes to beside the noise.
  public enum Standing: String, Hashable, Sendable {
    /// The whole interval lies above the noise.
    case larger
    /// The whole interval lies below the noise.
    case smaller
    /// The interval doesn't clear the noise on either side.
    case tie
    /// Too few rounds or samples, or nothing is known of the noise.
    case undecided
  }

  /// What the ratio comes to, given how far from 1 the same thing compared with itself reaches; nil where nobody knows.
  public func standing(noiseFloor: Double?) -> Standing {
    guard isEnough, let noiseFloor else { return .undecided }
    let limit = 1 + max(0, noiseFloor)
    if interval.lowerBound > limit { return .larger }
    return interval.upperBound < 1 / limit ? .smaller : .tie
  }
}
