import Convolution
import ConvolutionModel
import Measurement
import Verification

/// How a run verifies and times.
public struct RunOptions: Sendable {
  /// The seed of the data and of the order of measurements.
  public var seed: UInt64
  /// How long one kernel is timed on one problem, in seconds; warm-up and probes come on top. Nil leaves the end to
  /// ``samplesPerMeasurement``.
  public var secondsPerMeasurement: Double?
  /// How many samples of one kernel are taken on one problem; nil leaves the end to ``secondsPerMeasurement``.
  public var samplesPerMeasurement: Int?
  /// What the caches hold when a sample begins.
  public var cacheState: CacheState
  /// Whether the stages of kernels that tell them apart are timed, in runs of their own. Of single-threaded runs only.
  public var timesStages: Bool
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
  /// What was measured earlier, for the records to tell what the library chooses; without, that is the cost model's choice.
  public var wisdom: Wisdom?
  /// The commit that records name; nil asks git.
  public var commit: String?

  /// Chooses how to run.
  public init(
    seed: UInt64 = 1, secondsPerMeasurement: Double? = 0.2, samplesPerMeasurement: Int? = nil,
    cacheState: CacheState = .warm, timesStages: Bool = false, threads: Int = 1, verifyOnly: Bool = false,
    coverage: Coverage = .sampled(maximumMultiplyAdds: 20_000_000),
    slowLimitSeconds: Double? = 1, guardPages: Bool = true, wisdom: Wisdom? = nil, commit: String? = nil
  ) {
    self.seed = seed
    self.secondsPerMeasurement = secondsPerMeasurement
    self.samplesPerMeasurement = samplesPerMeasurement
    self.cacheState = cacheState
    self.timesStages = timesStages
    self.threads = threads
    self.verifyOnly = verifyOnly
    self.coverage = coverage
    self.slowLimitSeconds = slowLimitSeconds
    self.guardPages = guardPages
    self.wisdom = wisdom
    self.commit = commit
  }

  /// How the sampler is told.
  var samplerOptions: SamplerOptions {
    // Without either bound a run would never end.
    let seconds = secondsPerMeasurement ?? (samplesPerMeasurement == nil ? 0.2 : nil)
    return SamplerOptions(seconds: seconds, samples: samplesPerMeasurement, seed: seed)
  }

  /// What kernels have to pass: everything there is where nothing is timed, and what takes no longer than timing otherwise.
  var verification: VerificationOptions {
    verifyOnly
      ? .thorough(seed: seed, coverage: coverage, threads: threads, guardPages: guardPages)
      : VerificationOptions(seed: seed, coverage: coverage, threads: threads, guardPages: guardPages)
  }

  /// The key that a record of a kernel on a workload has in a run like this.
  public func key(_ workload: Workload, _ kernel: any ConvolutionKernel) -> RecordKey {
    RecordKey(workload, kernel: kernel.id, threads: threads, seed: seed, cacheState: cacheState.rawValue)
  }
}
