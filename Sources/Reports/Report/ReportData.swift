import Foundation
import Harness
import Measurement

/// Records in the order of a report: by machine, hosts of one kind told apart where they measured the same, the newest commit apart from the older ones, by layer.
struct ReportData: Sendable {
  /// All that is known of one machine.
  struct Machine: Sendable {
    let name: String
    let identity: MachineIdentity
    /// Commits, oldest first.
    let commits: [String]
    /// All entries.
    let entries: [ReportEntry]
    /// The newest commit's entries by layer, in the order in which they came.
    let layers: [Layer]
    /// Those of ``layers`` that share the conditions (threads, caches, batch) of most, titled without them: a picture of all
    /// layers compares like with like.
    let mainLayers: [Layer]
    /// What its memory was measured to do; nil where nobody measured.
    let ceilings: MachineCeilings?
    /// The newest commit's layers beside other libraries, for every number of threads and state of the caches in which any
    /// was timed.
    let peers: [(conditions: String, comparison: PeerComparison)]
  }

  /// All kernels on one layer.
  struct Layer: Sendable {
    let group: ReportEntry.Group
    let title: String
    let entries: [ReportEntry]

    /// The entries with a time, fastest first.
    var ranked: [ReportEntry] {
      entries.filter { $0.nanoseconds != nil }.sorted { $0.nanoseconds! < $1.nanoseconds! }
    }
  }

  let machines: [Machine]

  /// Orders records. Of records of the same measurement, machine and commit the last counts.
  ///
  /// - Parameter resamples: how many medians are drawn for each interval.
  init(_ records: [BenchmarkRecord], ceilings: [MachineCeilings] = [], resamples: Int = 1000) {
    let hosts = MachineHosts(
      records.map {
        (kind: Self.kind($0.machine), host: $0.machine.host, subject: Measured(key: $0.measurement, commit: $0.commit))
      })
    func name(_ machine: MachineIdentity) -> String {
      let kind = Self.kind(machine)
      return [kind, hosts.name(machine.host, of: kind)].compactMap(\.self).joined(separator: ", ")
    }
    var order: [Identity] = []
    var latest: [Identity: BenchmarkRecord] = [:]
    for record in records {
      let identity = Identity(
        measured: Measured(key: record.measurement, commit: record.commit), machine: name(record.machine))
      if latest.updateValue(record, forKey: identity) == nil { order.append(identity) }
    }
    var byMachine: [String: [ReportEntry]] = [:]
    var names: [String] = []
    for record in order.compactMap({ latest[$0] }) {
      let name = name(record.machine)
      if byMachine[name] == nil { names.append(name) }
      byMachine[name, default: []].append(ReportEntry(record, resamples: resamples))
    }
    machines = names.map { machineName in
      let entries = byMachine[machineName] ?? []
      let commits = Self.commits(entries)
      let newest = entries.filter { $0.record.commit == commits.last }
      let identity = entries[0].record.machine
      return Machine(
        name: machineName, identity: identity, commits: commits, entries: entries, layers: Self.layers(newest),
        mainLayers: Self.layers(Self.main(newest)),
        ceilings: ceilings.last { name($0.machine) == machineName },
        peers: Self.peers(newest.map(\.record)))
    }
  }

  private struct Measured: Hashable {
    let key: MeasurementKey
    let commit: String
  }

  private struct Identity: Hashable {
    let measured: Measured
    let machine: String
  }

  /// The entries under the conditions that the most layers share; of equally many the first.
  private static func main(_ entries: [ReportEntry]) -> [ReportEntry] {
    struct Conditions: Hashable {
      let threads: Int
      let cacheState: String
      let batch: Int
    }
    func conditions(_ entry: ReportEntry) -> Conditions {
      Conditions(
        threads: entry.record.threads, cacheState: entry.record.cacheState, batch: entry.operation?.problem.batch ?? 1)
    }
    var order: [Conditions] = []
    var groups: [Conditions: Set<ReportEntry.Group>] = [:]
    for entry in entries where entry.nanoseconds != nil {
      if groups[conditions(entry)] == nil { order.append(conditions(entry)) }
      groups[conditions(entry), default: []].insert(entry.group)
    }
    let most = groups.values.map(\.count).max()
    guard let main = order.first(where: { groups[$0]?.count == most }) else { return entries }
    return entries.filter { conditions($0) == main }
  }

  private static func peers(_ records: [BenchmarkRecord]) -> [(conditions: String, comparison: PeerComparison)] {
    let comparisons = PeerComparison.comparisons(of: records).filter { !$0.comparison.means.isEmpty }
    let namesCaches = Set(comparisons.map(\.cacheState)).count > 1
    return comparisons.map { part in
      let threads = "\(part.threads) thread\(part.threads == 1 ? "" : "s")"
      return (namesCaches ? "\(threads), \(part.cacheState)" : threads, part.comparison)
    }
  }

  /// What a machine is, but for its host.
  static func kind(_ machine: MachineIdentity) -> String {
    let build = machine.buildConfiguration == .debug ? ", debug build" : ""
    return "\(machine.cpuModel), \(machine.cores) core\(machine.cores == 1 ? "" : "s"), \(machine.isa.rawValue)\(build)"
  }

  /// Commits by the time of their first record: ISO dates sort as text.
  private static func commits(_ entries: [ReportEntry]) -> [String] {
    var first: [String: String] = [:]
    for entry in entries {
      first[entry.record.commit] = min(first[entry.record.commit] ?? entry.record.date, entry.record.date)
    }
    return first.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
  }

  static func layers(_ entries: [ReportEntry]) -> [Layer] {
    var order: [ReportEntry.Group] = []
    var groups: [ReportEntry.Group: [ReportEntry]] = [:]
    for entry in entries {
      if groups[entry.group] == nil { order.append(entry.group) }
      groups[entry.group, default: []].append(entry)
    }
    let namesThreads = Set(order.map(\.threads)).count > 1
    let namesCaches = Set(order.map(\.cacheState)).count > 1
    let plain = order.map { [$0.network, $0.layer].compactMap { $0 }.joined(separator: " ") }
    // Where a name stands for several problems, the problem is part of it.
    var problems: [String: Set<String>] = [:]
    for (group, name) in zip(order, plain) { problems[name, default: []].insert(group.problem + group.epilogue) }
    return zip(order, plain).map { group, name in
      var parts = [name]
      if problems[name, default: []].count > 1 { parts.append("\(group.problem) \(group.epilogue)") }
      if namesThreads { parts.append("\(group.threads) thread\(group.threads == 1 ? "" : "s")") }
      if namesCaches { parts.append(group.cacheState) }
      return Layer(group: group, title: parts.joined(separator: ", "), entries: groups[group] ?? [])
    }
  }
}

extension [Double] {
  /// The geometric mean; nil of none, or where one isn't positive.
  var geometricMean: Double? {
    if isEmpty || contains(where: { !($0 > 0) || !$0.isFinite }) { return nil }
    return exp(reduce(0) { $0 + log($1) } / Double(count))
  }
}
