import Harness

/// `{"layers": […], "means": […]}`, the names as in ``PeerComparison``.
extension PeerComparison: Encodable {
  private enum CodingKeys: String, CodingKey { case layers, means }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(layers, forKey: .layers)
    try container.encode(means, forKey: .means)
  }
}

extension PeerComparison.Entry {
  init(_ record: BenchmarkRecord) {
    let isShown = record.shownNanoseconds != nil
    self.init(
      kernel: record.kernel, verdict: record.verdict, reason: record.reason, nanoseconds: record.shownNanoseconds,
      gflops: isShown ? record.gflops : nil, reorderNanoseconds: record.reorderNanoseconds,
      implementation: record.implementation)
  }
}

extension PeerComparison.Layer: Encodable {
  private enum CodingKeys: String, CodingKey {
    case network, layer, count, problem, epilogue, threads, ours, peers, best, ratio, interval, noiseFloor, outcome
  }

  /// `ours` is an entry or null; `peers` has one for each peer by its name; `best` is the name of the fastest; `interval`
  /// is an array of two numbers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let workload = group.workload
    try container.encode(workload.network, forKey: .network)
    try container.encode(workload.layer, forKey: .layer)
    try container.encode(workload.count, forKey: .count)
    try container.encode(workload.operation.description, forKey: .problem)
    try container.encode(group.records.first?.epilogue, forKey: .epilogue)
    try container.encode(group.records.first?.threads, forKey: .threads)
    try container.encode(ours.map(PeerComparison.Entry.init), forKey: .ours)
    try container.encode(
      Dictionary(
        peers.map { (PeerComparison.name($0.kernel), PeerComparison.Entry($0)) }, uniquingKeysWith: { _, last in last }),
      forKey: .peers)
    try container.encode(best.map { PeerComparison.name($0.kernel) }, forKey: .best)
    try container.encode(estimate?.ratio, forKey: .ratio)
    try container.encode(estimate.map { [$0.interval.lowerBound, $0.interval.upperBound] }, forKey: .interval)
    try container.encode(noiseFloor, forKey: .noiseFloor)
    try container.encode(outcome, forKey: .outcome)
  }
}
