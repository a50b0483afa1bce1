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
  /// A faster contender is called ``warmCalls`` times, untimed, right before each sample: it finds the caches as it left
  /// them, not as the one before did. For slower ones that makes no difference.
  public var warmCallBelowNanoseconds: Double
  /// How many such calls. One isn't enough: a shared third-level cache takes in what the second level drops, and may keep it
  /// only when it comes again. On a layer of 4 MB a third of the time was left to lose after one call, nothing after three.
  public var warmCalls: Int
  /// Seed of the order within the rounds.
  public var seed: UInt64

  /// The value of ``warmCallBelowNanoseconds-swift.property`` unless another is given.
  public static let warmCallBelowNanoseconds = 1e7
  /// The value of ``warmCalls-swift.property`` unless another is given.
  public static let warmCalls = 3

  /// Chooses how to sample.
  public init(
    secondsPerContender: Double, minimumSamples: Int = 7, maximumSamples: Int = 300, probeTolerance: Double = 0.03,
    shortestSampleNanoseconds: Double = 20_000, warmCallBelowNanoseconds: Double = Self.warmCallBelowNanoseconds,
    warmCalls: Int = Self.warmCalls, seed: UInt64 = 1
  ) {
    self.secondsPerContender = secondsPerContender
    self.minimumSamples = minimumSamples
    self.maximumSamples = maximumSamples
    self.probeTolerance = probeTolerance
    self.shortestSampleNanoseconds = shortestSampleNanoseconds
    self.warmCallBelowNanoseconds = warmCallBelowNanoseconds
    self.warmCalls = warmCalls
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
