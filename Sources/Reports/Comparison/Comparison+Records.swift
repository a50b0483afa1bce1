import Harness
import Measurement

/// Comparing what two separate runs recorded.
extension Comparison {
  /// Compares two sets of records. Of records with one key the last counts, as when a run is resumed.
  ///
  /// The noise floor of a row is how much the first half of a side's samples differs from the second, the larger of both
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
    let machinesOfA = Self.distinct(recordsOfA.map(\.machine))
    let machinesOfB = Self.distinct(recordsOfB.map(\.machine))
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
    let versions = Set((recordsOfA + recordsOfB).map(\.schemaVersion)).sorted()
    if versions.count > 1 {
      notes.append("schema versions \(versions.map(String.init).joined(separator: " and ")) are compared")
    }
    notes += Self.doubts(recordsOfA, recordsOfB)

    let (first, order) = Self.latest(recordsOfA, ignoringMachine: shared.isEmpty)
    let (second, secondOrder) = Self.latest(recordsOfB, ignoringMachine: shared.isEmpty)
    let keys = order + secondOrder.filter { first[$0] == nil }
    let drafts = keys.map { place in
      Self.draft(place.key, first[place], second[place])
    }
    self.init(a: a, b: b, method: .separateRuns, threshold: threshold, notes: notes, drafts: drafts)
  }

  private struct Place: Hashable {
    let key: ComparisonKey
    let machine: ComparableRecord.Hardware?
  }

  private static func latest(
    _ records: [ComparableRecord], ignoringMachine: Bool
  ) -> (records: [Place: ComparableRecord], order: [Place]) {
    var latest: [Place: ComparableRecord] = [:]
    var order: [Place] = []
    for record in records {
      let place = Place(key: record.key, machine: ignoringMachine ? nil : record.machine)
      if latest.updateValue(record, forKey: place) == nil { order.append(place) }
    }
    return (latest, order)
  }

  private static func draft(_ key: ComparisonKey, _ a: ComparableRecord?, _ b: ComparableRecord?) -> Draft {
    if let draft = withoutTimes(key, a, b) { return draft }
    guard let a, let b else { return Draft(key: key, status: .unverified) }
    var draft = Draft(key: key)
    draft.estimate = RatioInterval(samples: b.costs, to: a.costs, resamples: 500)
    let noises = [a, b].compactMap { halvesDistance($0.costs) }
    draft.noise = noises.count == 2 ? noises.max() : nil
    return draft
  }

  /// How much the median of the first half of the samples differs from that of the second; nil of too few.
  static func halvesDistance(_ costs: [Double]) -> Double? {
    guard costs.count >= fewestSamples, let first = Statistics.median(Array(costs.prefix(costs.count / 2))),
      let second = Statistics.median(Array(costs.suffix(costs.count / 2)))
    else { return nil }
    return distance(first / second)
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
