import Measurement
import Verification

/// What is known of one GEMM implementation on one shape.
public struct GEMMRecord: Codable, Sendable, Equatable {
  /// The version of this format that is written today.
  public static let currentSchemaVersion = 1

  /// What tells these records from others in a file.
  public var kind = RecordKind.matrixProduct
  /// The version of the format: ``currentSchemaVersion``.
  public var schemaVersion = currentSchemaVersion
  /// When it was measured: ISO 8601 in UTC, to the second.
  public var date: String
  /// The source's commit, see ``BenchmarkRecord/commit``.
  public var commit: String
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
  /// The round of each sample, see ``BenchmarkRecord/sampleRounds``.
  public var sampleRounds: [Int]
  /// The FMA peak of one core beside each sample.
  public var probeGflops: [Double]
  /// The instruction set of the probes: that of the implementation, or where that isn't known, the machine's best.
  public var probeIsa: String?
  /// The shortest sample.
  public var minNanoseconds: Double?
  /// The median sample.
  public var medianNanoseconds: Double?
  /// 2·m·n·k by the median.
  public var gflops: Double?
  /// Median over the samples of the rate by (the probe beside the sample · threads).
  public var fractionOfPeak: Double?
  /// How far the ratio of an implementation to itself, entered twice in the same rounds, reaches from 1. Lesser differences
  /// on this shape are ties.
  public var noiseFloor: Double?
  /// What makes the times doubtful.
  public var warnings: [String]

  /// Makes a record; all that only a timed product has is empty unless given.
  public init(
    date: String, commit: String, machine: MachineIdentity, shape: GEMMShape, layers: [String], backend: String,
    coreType: String? = nil, threads: Int = 1, seed: UInt64 = 1, verdict: Verdict, reason: String? = nil,
    maxScaledError: Double? = nil, checkedElements: Int = 0, samplesNanoseconds: [Double] = [],
    sampleRounds: [Int] = [], probeGflops: [Double] = [], probeIsa: String? = nil, minNanoseconds: Double? = nil,
    medianNanoseconds: Double? = nil,
    gflops: Double? = nil, fractionOfPeak: Double? = nil, noiseFloor: Double? = nil, warnings: [String] = []
  ) {
    self.date = date
    self.commit = commit
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
    self.sampleRounds = sampleRounds
    self.probeGflops = probeGflops
    self.probeIsa = probeIsa
    self.minNanoseconds = minNanoseconds
    self.medianNanoseconds = medianNanoseconds
    self.gflops = gflops
    self.fractionOfPeak = fractionOfPeak
    self.noiseFloor = noiseFloor
    self.warnings = warnings
  }

  /// The sizes.
  public var shape: GEMMShape { GEMMShape(m: m, n: n, k: k) }
}

/// What tells the records of one file apart: a resumed comparison leaves out the shapes of which it finds all keys.
public struct GEMMRecordKey: Hashable, Sendable {
  /// The sizes.
  public let shape: GEMMShape
  /// The implementation.
  public let backend: String
  /// The core type that it runs its kernels for.
  public let coreType: String?
  /// Threads of a product.
  public let threads: Int
  /// The seed of the data and of the order of measurements.
  public let seed: UInt64
}

extension GEMMRecord {
  /// What tells this record from the others of its file.
  public var key: GEMMRecordKey {
    GEMMRecordKey(shape: shape, backend: backend, coreType: coreType, threads: threads, seed: seed)
  }

  /// Whether nothing is left to do: the product was timed, or can't be.
  public var isDone: Bool { verdict != .passed || medianNanoseconds != nil }
}

/// Comparison with another implementation on the same shape.
extension GEMMRecord {
  /// How many times as long this implementation takes as another, round by round; by all samples where they share no round.
  public func ratio(to other: GEMMRecord) -> RatioEstimate? {
    RatioEstimate(of: contenderSamples, to: other.contenderSamples)
      ?? RatioEstimate(samples: samplesNanoseconds, to: other.samplesNanoseconds)
  }

  /// What that comes to beside the noise of the shape.
  public func standing(of ratio: RatioEstimate, to other: GEMMRecord) -> RatioEstimate.Standing {
    ratio.standing(noiseFloor: [noiseFloor, other.noiseFloor].compactMap(\.self).max())
  }

  private var contenderSamples: ContenderSamples {
    ContenderSamples(samplesNanoseconds: samplesNanoseconds, rounds: sampleRounds, probeGflops: probeGflops)
  }
}
