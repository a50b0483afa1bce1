import ConvolutionModel

/// What tells the records of one run apart: a resumed run skips the keys that it finds in its output.
public struct RecordKey: Hashable, Sendable {
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

  /// Names a record.
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

  /// The key of a kernel's measurement on a workload.
  public init(_ workload: Workload, kernel: KernelID, threads: Int, cacheState: String = "warm") {
    self.init(
      problem: workload.operation.description, layer: workload.layer, network: workload.network,
      kernel: kernel.description, threads: threads, epilogue: workload.operation.epilogueName, cacheState: cacheState)
  }
}

extension BenchmarkRecord {
  /// What tells this record from the others of its run.
  public var key: RecordKey {
    RecordKey(
      problem: problem, layer: layer, network: network, kernel: kernel, threads: threads, epilogue: epilogue,
      cacheState: cacheState)
  }
}
