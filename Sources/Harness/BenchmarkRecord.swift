import ConvolutionModel
import Measurement
import Verification

/// What is known of one kernel on one problem: verdict, error, all samples and where they were taken. One line of a record
/// file.
///
/// Everything that a time depends on stands beside it. Where nothing was timed, the times are nil and
/// ``samplesNanoseconds`` is empty; ``reason`` says why.
public struct BenchmarkRecord: Codable, Sendable, Equatable {
  /// The version of this format that is written today.
  public static let currentSchemaVersion = 1

  /// The version of the format: ``currentSchemaVersion``.
  public var schemaVersion: Int
  /// When the record was made: ISO 8601 in UTC, to the second.
  public var date: String
  /// The source's commit, `-dirty` appended where it had uncommitted changes, or "unknown".
  public var commit: String
  /// What it ran on.
  public var machine: MachineIdentity
  /// The operation in benchdnn's notation, see ``/ConvolutionModel/ConvolutionOperation/description``.
  public var problem: String
  /// The network that the layer belongs to, by its id; nil for problems given by hand.
  public var network: String?
  /// The layer's name.
  public var layer: String
  /// How many times the network runs a layer of this shape.
  public var count: Int
  /// The kernel's id.
  public var kernel: String
  /// The kernel's layout: `nchw` or `nhwc`.
  public var layout: String
  /// The instruction set that the kernel runs: `baseline`, `avx2` or `avx512`; "external" where a library chose one, see
  /// ``implementation``.
  public var isa: String
  /// What a library runs inside: the core type of a BLAS. Nil for the package's own code.
  public var implementation: String?
  /// Threads of a run.
  public var threads: Int
  /// The seed of the data and of the order of measurements.
  public var seed: UInt64
  /// What is applied to the sums, see ``/ConvolutionModel/Epilogue``: "none", "bias+relu", "relu6 then bias".
  public var epilogue: String
  /// What verification said.
  public var verdict: Verdict
  /// Why the verdict isn't ``/Verification/Verdict/passed``, or why a kernel that passed has no times.
  public var reason: String?
  /// The largest error found, and where; nil where nothing was compared.
  public var error: MeasuredError?
  /// The share of outputs compared with the oracle, 0…1.
  public var checkedShare: Double
  /// Nanoseconds of one call, one number a sample, in the order in which they were taken.
  public var samplesNanoseconds: [Double]
  /// The FMA peak of one core beside each sample: the mean of the probes before and after it.
  public var probeGflops: [Double]
  /// How many calls each sample averages over.
  public var callsPerSample: Int
  /// Samples thrown away because the probes around them disagreed.
  public var droppedSamples: Int
  /// What the caches held when a sample began: "warm", an untimed call came directly before; "cold-weights", input, output
  /// and workspace only; "cold", other memory.
  public var cacheState: String
  /// The shortest sample.
  public var minNanoseconds: Double?
  /// The median sample.
  public var medianNanoseconds: Double?
  /// Effective GFLOP/s: 2 · multiply-adds of the direct convolution, taps on padding included, by the median.
  public var gflops: Double?
  /// GFLOP/s without the taps on padding.
  public var gflopsWithoutPadding: Double?
  /// Median over the samples of effective GFLOP/s by (the probe beside the sample · ``threads``); nil of a
  /// debug build, whose probe falls short of the peak as its kernels do.
  public var fractionOfPeak: Double?
  /// Nanoseconds that it took to make the plan, weights packed, once.
  public var planNanoseconds: Double?
  /// Bytes of scratch memory that a run needs.
  public var workspaceBytes: Int?
  /// Bytes that the packed weights take.
  public var packedWeightsBytes: Int?
  /// Nanoseconds that a run would take in addition to convert between ``layout`` and the layout in which an external kernel
  /// works, as its worker reports; nil where nothing is converted.
  public var reorderNanoseconds: Double?
  /// What makes the times doubtful: a debug build, a missing pin, a busy machine.
  public var warnings: [String]
  /// The round of each sample. Samples of two records of one workload and run with the same number were taken one right
  /// after the other: ratios are taken round by round. Nil where nothing was timed.
  public var sampleRounds: [Int]?
  /// Which sampling the rounds are of. A record that a resumed run added has rounds of its own, which share nothing but
  /// their numbers with those before. Nil where nothing was timed, and in records from before this was kept.
  public var sampling: String?
  /// Where the true median of the times lies in 95 % of cases, by bootstrap: two numbers in nanoseconds.
  public var medianInterval: ClosedRange<Double>?
  /// How far the ratio of a kernel to itself, entered twice in the same rounds, reaches from 1: 0.01 is one hundredth. Lesser
  /// differences between this workload's kernels are ties.
  public var noiseFloor: Double?
  /// What a call of a plan that does nothing took in nanoseconds: part of each sample, not subtracted.
  public var callOverheadNanoseconds: Double?
  /// The instruction set of the probes: the kernel's own, or for a library's kernel the machine's best.
  public var probeIsa: String?
  /// By what share the probes changed from the first third of the samples to the last.
  public var probeDrift: Double?
  /// What others did while this workload was timed.
  public var load: BusyMonitor.Load?
  /// Nanoseconds of each stage of a run, the median over runs that were watched, by ``/ConvolutionModel/KernelStage``. Nil
  /// unless asked for and told apart by the kernel.
  public var stageNanoseconds: [String: Double]?
  /// What makes the library choose this kernel for a plan of this layout, thread count and state of the caches: "heuristic"
  /// or "wisdom". Nil where it chooses another.
  public var chosenBy: String?

  /// Makes a record; all that only a timed kernel has is empty unless given.
  public init(
    schemaVersion: Int = currentSchemaVersion, date: String, commit: String, machine: MachineIdentity, problem: String,
    network: String? = nil, layer: String, count: Int = 1, kernel: String, layout: String, isa: String,
    implementation: String? = nil, threads: Int = 1, seed: UInt64 = 0, epilogue: String = "none", verdict: Verdict,
    reason: String? = nil, error: MeasuredError? = nil, checkedShare: Double = 0, samplesNanoseconds: [Double] = [],
    probeGflops: [Double] = [], callsPerSample: Int = 0, droppedSamples: Int = 0, cacheState: String = "warm",
    minNanoseconds: Double? = nil, medianNanoseconds: Double? = nil, gflops: Double? = nil,
    gflopsWithoutPadding: Double? = nil, fractionOfPeak: Double? = nil, planNanoseconds: Double? = nil,
    workspaceBytes: Int? = nil, packedWeightsBytes: Int? = nil, reorderNanoseconds: Double? = nil,
    warnings: [String] = [],
    sampleRounds: [Int]? = nil, sampling: String? = nil, medianInterval: ClosedRange<Double>? = nil,
    noiseFloor: Double? = nil,
    callOverheadNanoseconds: Double? = nil, probeIsa: String? = nil, probeDrift: Double? = nil,
    load: BusyMonitor.Load? = nil, stageNanoseconds: [String: Double]? = nil, chosenBy: String? = nil
  ) {
    self.schemaVersion = schemaVersion
    self.date = date
    self.commit = commit
    self.machine = machine
    self.problem = problem
    self.network = network
    self.layer = layer
    self.count = count
    self.kernel = kernel
    self.layout = layout
    self.isa = isa
    self.implementation = implementation
    self.threads = threads
    self.seed = seed
    self.epilogue = epilogue
    self.verdict = verdict
    self.reason = reason
    self.error = error
    self.checkedShare = checkedShare
    self.samplesNanoseconds = samplesNanoseconds
    self.probeGflops = probeGflops
    self.callsPerSample = callsPerSample
    self.droppedSamples = droppedSamples
    self.cacheState = cacheState
    self.minNanoseconds = minNanoseconds
    self.medianNanoseconds = medianNanoseconds
    self.gflops = gflops
    self.gflopsWithoutPadding = gflopsWithoutPadding
    self.fractionOfPeak = fractionOfPeak
    self.planNanoseconds = planNanoseconds
    self.workspaceBytes = workspaceBytes
    self.packedWeightsBytes = packedWeightsBytes
    self.reorderNanoseconds = reorderNanoseconds
    self.warnings = warnings
    self.sampleRounds = sampleRounds
    self.sampling = sampling
    self.medianInterval = medianInterval
    self.noiseFloor = noiseFloor
    self.callOverheadNanoseconds = callOverheadNanoseconds
    self.probeIsa = probeIsa
    self.probeDrift = probeDrift
    self.load = load
    self.stageNanoseconds = stageNanoseconds
    self.chosenBy = chosenBy
  }

  enum CodingKeys: String, CodingKey {
    case schemaVersion, date, commit, machine, problem, network, layer, count, kernel, layout, isa, implementation,
      threads, seed, epilogue, verdict, reason, error, checkedShare, samplesNanoseconds, probeGflops, callsPerSample,
      droppedSamples, cacheState, minNanoseconds, medianNanoseconds, gflops, gflopsWithoutPadding, fractionOfPeak,
      planNanoseconds, workspaceBytes, packedWeightsBytes, reorderNanoseconds, warnings, sampleRounds, sampling,
      medianInterval,
      noiseFloor,
      callOverheadNanoseconds, probeIsa, probeDrift, load, stageNanoseconds, chosenBy
  }
}
