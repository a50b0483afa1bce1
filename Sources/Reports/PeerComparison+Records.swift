import ConvolutionModel
import Harness

extension PeerComparison {
  /// Compares what earlier runs left, for each number of threads and state of the caches by itself.
  ///
  /// Of records of one kernel on one layer the last counts; one whose problem can't be read takes part in nothing.
  public static func comparisons(
    of records: [BenchmarkRecord]
  ) -> [(threads: Int, cacheState: String, comparison: PeerComparison)] {
    struct Conditions: Hashable {
      let threads: Int
      let cacheState: String
    }
    var order: [Conditions] = []
    var parts: [Conditions: [BenchmarkRecord]] = [:]
    for record in records {
      let conditions = Conditions(threads: record.threads, cacheState: record.cacheState)
      if parts[conditions] == nil { order.append(conditions) }
      parts[conditions, default: []].append(record)
    }
    return order.map { ($0.threads, $0.cacheState, PeerComparison(report(parts[$0] ?? []))) }
  }

  /// Records as a report of the workloads that they name, in the order in which those first appear.
  private static func report(_ records: [BenchmarkRecord]) -> RunReport {
    var latest: [RecordKey: BenchmarkRecord] = [:]
    var keys: [RecordKey] = []
    var workloads: [Workload] = []
    var known: Set<Workload> = []
    for record in records {
      guard let workload = workload(of: record) else { continue }
      if known.insert(workload).inserted { workloads.append(workload) }
      if latest.updateValue(record, forKey: record.key) == nil { keys.append(record.key) }
    }
    var report = RunReport(workloads: workloads)
    for key in keys { if let record = latest[key] { report.add(record) } }
    return report
  }

  private static func workload(of record: BenchmarkRecord) -> Workload? {
    // Of a separable convolution each half has its epilogue.
    let parts = record.epilogue.split(separator: " then ").map(String.init)
    guard let first = parts.first, let line = try? ProblemLine.parse(record.problem),
      let epilogue = try? Epilogue(name: first), let second = try? Epilogue(name: parts.last ?? "none"),
      let operation = try? line.operation(epilogue: epilogue, pointwiseEpilogue: second)
    else { return nil }
    return Workload(network: record.network, layer: record.layer, count: record.count, operation: operation)
  }
}
