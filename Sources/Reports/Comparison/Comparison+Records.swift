import Harness
import Measurement

/// Comparing what two separate runs recorded.
extension Comparison {
  /// Compares two sets of records. Of records with one key the last counts, as when a run is resumed.
  ///
  /// The noise floor of a row is how far the first half of a side's samples is from the second, the larger of both
  /// sides; what differed between the two runs as a whole isn't in it.
  ///
  /// - Parameters:
  ///   - a: what A is, for the reader.
  ///   - b: what B is.
  ///   - threshold: the slowdown that is tolerated, as a share.
  /// - Throws: ``ComparisonError`` where the records are of different machines, and more than one on a side.
  public init(
    _ recordsOfA: [ComparableRecord], named a: String, with recordsOfB: [ComparableRecord], named b: String,
    threshold: Double
  ) throws(ComparisonError) {
    if recordsOfA.isEmpty { throw .noRecords(a) }
    if recordsOfB.isEmpty { throw .noRecords(b) }
    var notes: [String] = []
    var hosts: Set<ComparableRecord.Hardware> = []
    for side in [recordsOfA, recordsOfB] {
      hosts.formUnion(
        MachineHosts(side.map { (kind: $0.machine.kind, host: $0.machine.host, subject: $0.key) }).toldApart)
    }
    func machine(_ record: ComparableRecord) -> ComparableRecord.Hardware {
      hosts.contains(record.machine.kind) ? record.machine : record.machine.kind
    }
    let machinesOfA = Self.distinct(recordsOfA.map(machine))
    let machinesOfB = Self.distinct(recordsOfB.map(machine))
    let shared = machinesOfA.filter(machinesOfB.contains)
    if shared.isEmpty, machinesOfA.count > 1 || machinesOfB.count > 1 {
      throw .noSharedMachine(machinesOfA.map(\.description), machinesOfB.map(\.description))
    }
    if shared.isEmpty {
      notes.append(
        "different machines: A is of \(machinesOfA[0]); B of \(machinesOfB[0]); the ratios are those of the machines too"
      )
    }
    for machine in machinesOfA + machinesOfB where !shared.isEmpty && !shared.contains(machine) {
      notes.append("records of \(machine) have no counterpart: that machine is on one side only")
    }
    notes += Self.otherHosts(recordsOfA, recordsOfB, toldApart: hosts)
    let versions = Set((recordsOfA + recordsOfB).map(\.schemaVersion)).sorted()
    if versions.count > 1 {
      notes.append("schema versions \(versions.map(String.init).joined(separator: " and ")) are compared")
    }
    notes += Self.doubts(recordsOfA, recordsOfB)

    let (first, order) = Self.latest(recordsOfA, on: shared.isEmpty ? { _ in nil } : machine)
    let (second, secondOrder) = Self.latest(recordsOfB, on: shared.isEmpty ? { _ in nil } : machine)
    let keys = order + secondOrder.filter { first[$0] == nil }
    let drafts = keys.map { place in
      Self.draft(place.key, first[place], second[place])
    }
    self.init(a: a, b: b, method: .separateRuns, threshold: threshold, notes: notes, drafts: drafts)
  }

  private struct Place: Hashable {
    let key: MeasurementKey
    let machine: ComparableRecord.Hardware?
  }

  private static func latest(
    _ records: [ComparableRecord], on machine: (ComparableRecord) -> ComparableRecord.Hardware?
  ) -> (records: [Place: ComparableRecord], order: [Place]) {
    var latest: [Place: ComparableRecord] = [:]
    var order: [Place] = []
    for record in records {
      let place = Place(key: record.key, machine: machine(record))
      if latest.updateValue(record, forKey: place) == nil { order.append(place) }
    }
    return (latest, order)
  }

  private static func draft(_ key: MeasurementKey, _ a: ComparableRecord?, _ b: ComparableRecord?) -> Draft {
    if let draft = withoutTimes(key, a, b) { return draft }
    guard let a, let b else { return Draft(key: key, status: .unverified) }
    var draft = Draft(key: key)
    draft.estimate = RatioEstimate(samples: b.costs, to: a.costs, resamples: 500)
    let noises = [a, b].compactMap { RatioEstimate.noiseFloor(ofHalves: $0.costs, resamples: 500) }
    draft.noise = noises.count == 2 ? noises.max() : nil
    return draft
  }

  /// Says where one host is compared with another of its kind.
  private static func otherHosts(
    _ a: [ComparableRecord], _ b: [ComparableRecord], toldApart: Set<ComparableRecord.Hardware>
  ) -> [String] {
    distinct(a.map(\.machine.kind)).filter { !toldApart.contains($0) }.compactMap { kind in
      func hosts(_ records: [ComparableRecord]) -> [String] {
        distinct(records.filter { $0.machine.kind == kind }.compactMap(\.machine.host)).sorted()
      }
      let (ofA, ofB) = (hosts(a), hosts(b))
      if ofA.isEmpty || ofB.isEmpty || ofA == ofB { return nil }
      return "A is of \(ofA.joined(separator: ", ")), B of \(ofB.joined(separator: ", ")): other hosts of one kind "
        + "(\(kind)), whose difference is in the ratios"
    }
  }

  /// Warnings that stand in the records of either side, each kind once.
  static func doubts(_ a: [ComparableRecord], _ b: [ComparableRecord]) -> [String] {
    zip(["A", "B"], [a, b]).flatMap { name, records in
      let doubtful = records.filter { !$0.warnings.isEmpty }.count
      guard doubtful > 0, let first = records.flatMap(\.warnings).first else { return [String]() }
      return ["\(doubtful) of \(records.count) records of \(name) carry warnings, such as: \(first)"]
    }
  }

  private static func distinct<Element: Hashable>(_ elements: [Element]) -> [Element] {
    var seen: Set<Element> = []
    return elements.filter { seen.insert($0).inserted }
  }
}

/// Why there is nothing to compare.
public enum ComparisonError: Error, Hashable, Sendable {
  /// A side is empty.
  case noRecords(String)
  /// The sides are of different machines, several of them, so that nothing says which belongs to which.
  case noSharedMachine([String], [String])
}

extension ComparisonError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noRecords(let side): "\(side) holds no records; expected the output of bench run"
    case .noSharedMachine(let a, let b):
      "no machine is on both sides: A has \(a.joined(separator: " and ")); B has \(b.joined(separator: " and "))"
    }
  }
}
