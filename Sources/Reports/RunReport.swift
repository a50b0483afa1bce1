import ConvolutionModel
import Harness

/// The records of a run in the order of its workloads, those of an earlier run that it resumes included.
public struct RunReport: Sendable {
  /// What tells two workloads apart.
  private struct WorkloadKey: Hashable {
    let problem: String
    let layer: String
    let network: String?
    let epilogue: String
  }

  /// One group a workload.
  public private(set) var groups: [ResultGroup]
  private var positions: [WorkloadKey: Int] = [:]

  /// Begins a report without records.
  public init(workloads: [Workload]) {
    groups = workloads.map { ResultGroup($0) }
    for (position, workload) in workloads.enumerated() {
      let key = Self.key(of: workload)
      if positions[key] == nil { positions[key] = position }
    }
  }

  /// Adds a record; one of a workload that isn't in the report is left out.
  ///
  /// - Returns: whether it was added.
  @discardableResult
  public mutating func add(_ record: BenchmarkRecord) -> Bool {
    let key = WorkloadKey(
      problem: record.problem, layer: record.layer, network: record.network, epilogue: record.epilogue)
    guard let position = positions[key] else { return false }
    groups[position].append(record)
    return true
  }

  /// Notes a kernel that isn't run.
  public mutating func skip(_ workload: Workload, kernel: KernelID, reason: String) {
    guard let position = position(of: workload) else { return }
    groups[position].skip(kernel: kernel, reason: reason)
  }

  /// The position of a workload's group.
  public func position(of workload: Workload) -> Int? { positions[Self.key(of: workload)] }

  /// All records, workload by workload.
  public var records: [BenchmarkRecord] { groups.flatMap(\.records) }

  private static func key(of workload: Workload) -> WorkloadKey {
    WorkloadKey(
      problem: workload.operation.description, layer: workload.layer, network: workload.network,
      epilogue: workload.operation.epilogueName)
  }
}
