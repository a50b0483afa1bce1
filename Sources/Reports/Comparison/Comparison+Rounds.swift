import Harness
import Measurement

/// Which of the two is run.
public enum ComparisonSide: String, Sendable, Hashable {
  case a = "A"
  case b = "B"
}

/// Processes of both sides in turn: A B, B A, A B, …
///
/// The order turns over each round, so that a machine that steadily slows down favours neither; and so two processes of
/// one side follow each other between rounds, as far apart as those of a round, which measures the noise at no cost.
public struct PairedRounds: Sendable {
  /// What each process recorded, in the order in which they ran.
  public private(set) var processes: [(side: ComparisonSide, records: [ComparableRecord])] = []

  /// Begins without any.
  public init() {}

  /// The sides of a number of rounds in the order in which they run.
  public static func order(rounds: Int) -> [ComparisonSide] {
    (0..<max(0, rounds)).flatMap { $0 % 2 == 0 ? [ComparisonSide.a, .b] : [.b, .a] }
  }

  /// Adds what the next process recorded.
  public mutating func append(_ side: ComparisonSide, _ records: [ComparableRecord]) {
    processes.append((side, records))
  }

  /// Rounds that both sides have finished.
  public var completeRounds: Int { processes.count / 2 }
}

extension Comparison {
  /// Compares processes that ran in turn: the median over the rounds of the ratio within each.
  ///
  /// The noise floor of a row is how far neighbouring processes of one side are from each other, A against A and
  /// B against B.
  public init(_ rounds: PairedRounds, a: String, b: String, threshold: Double) throws(ComparisonError) {
    let whole = rounds.processes.prefix(2 * rounds.completeRounds)
    let recordsOfA = whole.filter { $0.side == .a }.flatMap(\.records)
    let recordsOfB = whole.filter { $0.side == .b }.flatMap(\.records)
    if recordsOfA.isEmpty { throw .noRecords(a) }
    if recordsOfB.isEmpty { throw .noRecords(b) }

    var order: [MeasurementKey] = []
    var seen: Set<MeasurementKey> = []
    for record in recordsOfA + recordsOfB where seen.insert(record.key).inserted { order.append(record.key) }
    let tables = whole.map { process in
      (side: process.side, records: Dictionary(process.records.map { ($0.key, $0) }, uniquingKeysWith: { $1 }))
    }
    let drafts = order.map { key in
      Self.draft(key, tables.map { (side: $0.side, record: $0.records[key]) })
    }
    self.init(
      a: a, b: b, method: .interleaved, threshold: threshold, notes: Self.doubts(recordsOfA, recordsOfB),
      drafts: drafts)
  }

  private static func draft(
    _ key: MeasurementKey, _ processes: [(side: ComparisonSide, record: ComparableRecord?)]
  ) -> Draft {
    // One process that fails is enough: a kernel that is right only sometimes is broken.
    func standing(_ side: ComparisonSide) -> ComparableRecord? {
      let records = processes.filter { $0.side == side }.compactMap(\.record)
      return records.first { $0.verdict != .passed } ?? records.first { !$0.costs.isEmpty } ?? records.first
    }
    if let draft = withoutTimes(key, standing(.a), standing(.b)) { return draft }
    let costs = processes.map { $0.record?.medianCost }
    var ratios: [Double] = []
    for first in stride(from: 0, to: processes.count - 1, by: 2) {
      guard let one = costs[first], let other = costs[first + 1] else { continue }
      ratios.append(processes[first].side == .a ? other / one : one / other)
    }
    var selfRatios: [Double] = []
    for first in stride(from: 1, to: processes.count - 1, by: 2) {
      guard let one = costs[first], let other = costs[first + 1] else { continue }
      selfRatios.append(other / one)
    }
    var draft = Draft(key: key)
    draft.rounds = ratios.count
    draft.estimate = RatioEstimate(rounds: ratios)
    draft.noise = RatioEstimate(rounds: selfRatios)?.noiseFloor
    return draft
  }
}
