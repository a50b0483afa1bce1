/// How an ``InterleavedSampler`` samples.
public struct SamplerOptions: Hashable, Sendable {
  /// Seconds that the calls of one contender may take in all, warm-up aside; infinity bounds by samples only. A round that
  /// has begun is finished.
  public var secondsPerContender: Double
  /// Samples that a contender gets whatever they take, unless they'd take more than four times
  /// ``secondsPerContender``; then as many as fit into that, and at least one.
  public var minimumSamples: Int
  /// Samples after which a contender has enough.
  public var maximumSamples: Int
  /// How far the probes before and after a sample may differ, as a share of the higher one.
  public var probeTolerance: Double
  /// A faster contender is called several times for one sample, so that reading the clock doesn't show.
  public var shortestSampleNanoseconds: Double
  /// A faster contender is called once, untimed, right before each sample: it finds the caches as it left them, not as the
  /// one before did. For slower ones that makes no difference.
  public var warmCallBelowNanoseconds: Double
  /// Seed of the order within the rounds.
  public var seed: UInt64

  /// Chooses how to sample.
  public init(
    secondsPerContender: Double, minimumSamples: Int = 7, maximumSamples: Int = 300, probeTolerance: Double = 0.03,
    shortestSampleNanoseconds: Double = 20_000, warmCallBelowNanoseconds: Double = 10_000_000, seed: UInt64 = 1
  ) {
    self.secondsPerContender = secondsPerContender
    self.minimumSamples = minimumSamples
    self.maximumSamples = maximumSamples
    self.probeTolerance = probeTolerance
    self.shortestSampleNanoseconds = shortestSampleNanoseconds
    self.warmCallBelowNanoseconds = warmCallBelowNanoseconds
    self.seed = seed
  }

  /// Bounds by time, by a number of samples, or by whichever comes first.
  ///
  /// - Parameters:
  ///   - seconds: what the calls of one contender may take; nil for no such bound.
  ///   - samples: how many samples a contender gets; nil leaves it to the time. Without a time, exactly as many.
  public init(seconds: Double?, samples: Int?, seed: UInt64) {
    self.init(secondsPerContender: seconds ?? .infinity, seed: seed)
    guard let samples else { return }
    maximumSamples = max(1, samples)
    minimumSamples = seconds == nil ? maximumSamples : min(minimumSamples, maximumSamples)
  }
}
