import Foundation
import Harness
import Measurement
import Verification

/// Two sets of measurements, row by row: which kernels became slower or faster on which layers, and whether that can be
/// told from noise.
public struct Comparison: Encodable, Sendable {
  /// How the ratios were taken.
  public enum Method: String, Encodable, Sendable {
    /// From the records of two separate runs.
    case separateRuns = "separate runs"
    /// From processes of both sides that were run in turn.
    case interleaved
  }

  /// What A is: a file, a commit.
  public let a: String
  /// What B is.
  public let b: String
  /// How the ratios were taken.
  public let method: Method
  /// The slowdown, as a share, below which nothing fails.
  public let threshold: Double
  /// The median over the rows of their noise floors, as a share; nil without rows.
  public let typicalNoise: Double?
  /// What to know before believing the ratios.
  public let notes: [String]
  /// The rows: regressions first, the worst foremost.
  public let rows: [ComparisonRow]

  /// Rows that fail the comparison.
  public var regressions: [ComparisonRow] { rows.filter { $0.status.isRegression } }

  /// Whether at least one row could be judged.
  public var hasComparedAnything: Bool {
    rows.contains { row in
      switch row.status {
      case .slower, .slightlySlower, .faster, .unchanged, .broken, .mended, .untimed: true
      case .undecided, .unverified, .onlyInA, .onlyInB: false
      }
    }
  }

  /// How many rows there are of a status.
  public func count(_ status: ComparisonRow.Status) -> Int { rows.count { $0.status == status } }

  /// Rounds of two commits below which nothing can be decided: of `n` rounds, `n − 1` pairs tell the noise.
  public static let fewestRounds = RatioEstimate.fewestRounds + 1

  /// A row before the noise of the others is known.
  struct Draft {
    let key: MeasurementKey
    var status: ComparisonRow.Status?
    var estimate: RatioEstimate?
    var noise: Double?
    var rounds: Int?
    var note: String?
  }

  init(a: String, b: String, method: Method, threshold: Double, notes: [String], drafts: [Draft]) {
    self.a = a
    self.b = b
    self.method = method
    self.threshold = threshold
    self.notes = notes
    let typical = Statistics.median(drafts.filter { $0.estimate != nil }.compactMap(\.noise))
    typicalNoise = typical
    let judged = drafts.map { draft in
      // A row whose own noise happens to look small isn't better known than the others.
      let floor = draft.noise.map { max($0, typical ?? 0) }
      let status = draft.status ?? Self.status(draft.estimate, floor: floor, threshold: threshold)
      return ComparisonRow(
        draft.key, status: status, estimate: draft.estimate, noiseFloor: floor, rounds: draft.rounds, note: draft.note)
    }
    rows = judged.enumerated().sorted { left, right in
      let (first, second) = (Self.order(left.element), Self.order(right.element))
      return first == second ? left.offset < right.offset : first < second
    }.map(\.element)
  }

  /// What a ratio comes to: the whole interval must lie beyond the noise floor.
  static func status(_ estimate: RatioEstimate?, floor: Double?, threshold: Double) -> ComparisonRow.Status {
    guard let estimate else { return .undecided }
    switch estimate.standing(noiseFloor: floor) {
    case .larger:
      return estimate.standing(noiseFloor: floor.map { max($0, threshold) }) == .larger ? .slower : .slightlySlower
    case .smaller: return .faster
    case .tie: return .unchanged
    case .undecided: return .undecided
    }
  }

  private static func order(_ row: ComparisonRow) -> (Int, Double) {
    let group =
      switch row.status {
      case .broken: 0
      case .slower: 1
      case .slightlySlower: 2
      case .untimed: 3
      case .mended: 4
      case .faster: 5
      case .unchanged: 6
      case .undecided: 7
      case .unverified: 8
      case .onlyInA: 9
      case .onlyInB: 10
      }
    // Each group begins with what changed most.
    return (group, row.status == .faster ? row.ratio ?? 1 : -(row.ratio ?? 0))
  }

  /// The row of a key whose times can't be compared, since a side lacks it or its times; nil where both have times.
  static func withoutTimes(_ key: MeasurementKey, _ a: ComparableRecord?, _ b: ComparableRecord?) -> Draft? {
    func draft(_ status: ComparisonRow.Status, _ note: String? = nil) -> Draft {
      Draft(key: key, status: status, note: note)
    }
    guard let a else { return draft(.onlyInB) }
    guard let b else { return draft(.onlyInA) }
    switch (a.verdict == .passed, b.verdict == .passed) {
    case (true, false):
      return draft(.broken, "\(b.verdict.rawValue)" + (b.reason.map { ": \($0)" } ?? ""))
    case (false, true): return draft(.mended, "was \(a.verdict.rawValue)" + (a.reason.map { ": \($0)" } ?? ""))
    case (false, false): return draft(.unverified)
    case (true, true): break
    }
    switch (a.costs.isEmpty, b.costs.isEmpty) {
    case (false, true): return draft(.untimed, b.reason)
    case (true, _): return draft(.unverified)
    case (false, false): return nil
    }
  }
}
