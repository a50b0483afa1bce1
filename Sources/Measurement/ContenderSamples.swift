/// What was measured of one contender.
public struct ContenderSamples: Hashable, Sendable {
  /// Nanoseconds of one call, one number a sample, in the order in which they were taken.
  public var samplesNanoseconds: [Double]
  /// The round that each sample was taken in, counted from 0: samples of two contenders with the same number were taken
  /// one right after the other, so their ratio is free of what slowed the machine down in other rounds.
  public var rounds: [Int]
  /// The FMA peak beside each sample in GFLOP/s: the mean of the probes before and after it.
  public var probeGflops: [Double]
  /// How many calls each sample averages over.
  public var callsPerSample: Int
  /// Samples left out because the probes around them disagreed.
  public var dropped: Int

  /// Gathers measurements.
  public init(
    samplesNanoseconds: [Double] = [], rounds: [Int] = [], probeGflops: [Double] = [], callsPerSample: Int = 1,
    dropped: Int = 0
  ) {
    self.samplesNanoseconds = samplesNanoseconds
    self.rounds = rounds
    self.probeGflops = probeGflops
    self.callsPerSample = callsPerSample
    self.dropped = dropped
  }
}
