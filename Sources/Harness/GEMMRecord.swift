import Measurement
import Verification

/// What is known of one GEMM implementation on one shape.
public struct GEMMRecord: Codable, Sendable, Equatable {
  /// When it was measured: ISO 8601 in UTC, to the second.
  public var date: String
  /// What it ran on.
  public var machine: MachineIdentity
  /// Rows of the result.
  public var m: Int
  /// Columns of the result.
  public var n: Int
  /// Length of the sums.
  public var k: Int
  /// The layers with this shape.
  public var layers: [String]
  /// The implementation: `own`, `openblas`, `blis`.
  public var backend: String
  /// The core type that a library runs its kernels for; nil where there is no such thing.
  public var coreType: String?
  /// Threads of a product.
  public var threads: Int
  /// Seed of the data and of the order of measurements.
  public var seed: UInt64
  /// What the comparison with products in double precision said.
  public var verdict: Verdict
  /// Why the verdict isn't passed.
  public var reason: String?
  /// The largest error as a share of what is allowed; nil where nothing was compared.
  public var maxScaledError: Double?
  /// Elements of the result that were compared.
  public var checkedElements: Int
  /// Nanoseconds of one product, one number a sample.
  public var samplesNanoseconds: [Double]
  /// The FMA peak of one core beside each sample.
  public var probeGflops: [Double]
  /// The shortest sample.
  public var minNanoseconds: Double?
  /// The median sample.
  public var medianNanoseconds: Double?
  /// 2·m·n·k by the median.
  public var gflops: Double?
  /// Median over the samples of the rate by (the probe beside the sample · threads).
  public var fractionOfPeak: Double?
  /// What makes the times doubtful.
  public var warnings: [String]

  /// Makes a record; all that only a timed product has is empty unless given.
  public init(
    date: String, machine: MachineIdentity, shape: GEMMShape, layers: [String], backend: String,
    coreType: String? = nil, threads: Int = 1, seed: UInt64 = 1, verdict: Verdict, reason: String? = nil,
    maxScaledError: Double? = nil, checkedElements: Int = 0, samplesNanoseconds: [Double] = [],
    probeGflops: [Double] = [], minNanoseconds: Double? = nil, medianNanoseconds: Double? = nil,
    gflops: Double? = nil, fractionOfPeak: Double? = nil, warnings: [String] = []
  ) {
    self.date = date
    self.machine = machine
    m = shape.m
    n = shape.n
    k = shape.k
    self.layers = layers
    self.backend = backend
    self.coreType = coreType
    self.threads = threads
    self.seed = seed
    self.verdict = verdict
    self.reason = reason
    self.maxScaledError = maxScaledError
    self.checkedElements = checkedElements
    self.samplesNanoseconds = samplesNanoseconds
    self.probeGflops = probeGflops
    self.minNanoseconds = minNanoseconds
    self.medianNanoseconds = medianNanoseconds
    self.gflops = gflops
    self.fractionOfPeak = fractionOfPeak
    self.warnings = warnings
  }

  /// The sizes.
  public var shape: GEMMShape { GEMMShape(m: m, n: n, k: k) }
}
