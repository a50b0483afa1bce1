import ConvolutionModel

/// What was measured, and how: what two records must share to be compared.
public struct MeasurementKey: Hashable, Sendable {
  /// The operation in benchdnn's notation.
  public let problem: String
  /// The layer's name.
  public let layer: String
  /// The network's id.
  public let network: String?
  /// The kernel's id.
  public let kernel: String
  /// Threads of a run.
  public let threads: Int
  /// The epilogue's name, see ``/ConvolutionModel/ConvolutionOperation/epilogueName``.
  public let epilogue: String
  /// What the caches held when a sample began, see ``BenchmarkRecord/cacheState``.
  public let cacheState: String

  /// Names a measurement.
  public init(
    problem: String, layer: String, network: String?, kernel: String, threads: Int, epilogue: String,
    cacheState: String = "warm"
  ) {
    self.problem = problem
    self.layer = layer
    self.network = network
    self.kernel = kernel
    self.threads = threads
    self.epilogue = epilogue
    self.cacheState = cacheState
  }
}

/// What tells the records of one file apart: a resumed run skips the keys that it finds in its output.
public struct RecordKey: Hashable, Sendable {
  /// What was measured.
  public let measurement: MeasurementKey
  /// The seed of the data and of the order of measurements: another one makes other data, which are verified anew.
  public let seed: UInt64

  /// Names a record.
  public init(_ measurement: MeasurementKey, seed: UInt64) {
    self.measurement = measurement
    self.seed = seed
  }

  /// The key of a kernel's measurement on a workload.
  public init(_ workload: Workload, kernel: KernelID, threads: Int, seed: UInt64, cacheState: String = "warm") {
    let operation = workload.operation
    measurement = MeasurementKey(
      problem: operation.description, layer: workload.layer, network: workload.network, kernel: kernel.description,
      threads: threads, epilogue: operation.epilogueName, cacheState: cacheState)
    self.seed = seed
  }
}

extension BenchmarkRecord {
  /// What was measured, whatever the seed.
  public var measurement: MeasurementKey {
    MeasurementKey(
      problem: problem, layer: layer, network: network, kernel: kernel, threads: threads, epilogue: epilogue,
      cacheState: cacheState)
  }

  /// What tells this record from the others of its file.
  public var key: RecordKey { RecordKey(measurement, seed: seed) }
}
