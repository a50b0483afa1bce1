import Verification

/// How a run verifies and times.
public struct RunOptions: Sendable {
  /// The seed of the data and of the order of measurements.
  public var seed: UInt64
  /// How long one kernel is timed on one problem, in seconds; warm-up and probes come on top.
  public var secondsPerMeasurement: Double
  /// Threads of a run.
  public var threads: Int
  /// Whether to stop after the verdicts.
  public var verifyOnly: Bool
  /// How many outputs verification compares with the oracle.
  public var coverage: Coverage
  /// A kernel whose one run would take longer isn't timed; nil times everything.
  public var slowLimitSeconds: Double?
  /// Whether verification puts inaccessible pages around every buffer.
  public var guardPages: Bool
  /// The commit that records name; nil asks git.
  public var commit: String?

  /// Chooses how to run.
  public init(
    seed: UInt64 = 1, secondsPerMeasurement: Double = 0.2, threads: Int = 1, verifyOnly: Bool = false,
    coverage: Coverage = .sampled(maximumMultiplyAdds: 20_000_000),
    slowLimitSeconds: Double? = 1, guardPages: Bool = true, commit: String? = nil
  ) {
    self.seed = seed
    self.secondsPerMeasurement = secondsPerMeasurement
    self.threads = threads
    self.verifyOnly = verifyOnly
    self.coverage = coverage
    self.slowLimitSeconds = slowLimitSeconds
    self.guardPages = guardPages
    self.commit = commit
  }
}
