/// What was measured of one contender.
public struct ContenderSamples: Hashable, Sendable {
  /// Nanoseconds of one call, one number a sample, in the order in which they were taken.
  public var samplesNanoseconds: [Double]
  /// The FMA peak beside each sample in GFLOP/s: the mean of the probes before and after it.
  public var probeGflops: [Double]
  /// How many calls each sample averages over.
  public var callsPerSample: Int
  /// Samples left out because the probes around them disagreed.
  public var dropped: Int

  /// Gathers measurements.
  public init(
    samplesNanoseconds: [Double] = [], probeGflops: [Double] = [], callsPerSample: Int = 1, dropped: Int = 0
  ) {
    self.samplesNanoseconds = samplesNanoseconds
    self.probeGflops = probeGflops
    self.callsPerSample = callsPerSample
    self.dropped = dropped
  }
}
