import Harness
import Measurement

/// One kernel on one layer, before and after.
public struct ComparisonRow: Encodable, Sendable, Equatable {
  /// What became of it.
  public enum Status: String, Encodable, Sendable, CaseIterable {
    /// The slowdown's interval clears the noise floor and the threshold.
    case slower
    /// A slowdown whose interval clears the noise floor, but not the threshold.
    case slightlySlower = "slightly slower"
    /// The speedup's interval clears the noise floor.
    case faster
    /// No difference that could be told from noise.
    case unchanged
    /// It passed in A and doesn't in B.
    case broken
    /// It passes in B and didn't in A.
    case mended
    /// It has times in A, and in B, though it passed, none.
    case untimed
    /// Both have times, but too few samples to know the noise.
    case undecided = "too few samples"
    /// Neither has a time.
    case unverified = "no times"
    /// There is no such record in B.
    case onlyInA = "only in A"
    /// There is no such record in A.
    case onlyInB = "only in B"

    /// Whether it fails a comparison.
    public var isRegression: Bool { self == .slower || self == .broken }

    /// Whether the row stands in the short table.
    public var isChange: Bool {
      switch self {
      case .slower, .slightlySlower, .faster, .broken, .mended, .untimed: true
      case .unchanged, .undecided, .unverified, .onlyInA, .onlyInB: false
      }
    }
  }

  /// The network's id.
  public let network: String?
  /// The layer's name.
  public let layer: String
  /// The operation in benchdnn's notation.
  public let problem: String
  /// What is applied to the sums.
  public let epilogue: String
  /// The kernel's id.
  public let kernel: String
  /// Threads of a run.
  public let threads: Int
  /// The state of the caches.
  public let cacheState: String
  /// What became of it.
  public let status: Status
  /// Time of B by time of A, each relative to the probe beside it: above 1, B is slower. Nil where a side has no times.
  public let ratio: Double?
  /// The lower end of the ratio's interval.
  public let lower: Double?
  /// The upper end of the ratio's interval.
  public let upper: Double?
  /// By how much, as a share, the same code differed from itself; a ratio within 1 ± this says nothing.
  public let noiseFloor: Double?
  /// Rounds that the ratio is the median of; nil for records of two separate runs.
  public let rounds: Int?
  /// The verdicts' reasons where they say why it is broken or mended.
  public let note: String?

  init(
    _ key: MeasurementKey, status: Status, estimate: RatioEstimate? = nil, noiseFloor: Double? = nil,
    rounds: Int? = nil, note: String? = nil
  ) {
    network = key.network
    layer = key.layer
    problem = key.problem
    epilogue = key.epilogue
    kernel = key.kernel
    threads = key.threads
    cacheState = key.cacheState
    self.status = status
    ratio = estimate?.ratio
    lower = estimate?.interval.lowerBound
    upper = estimate?.interval.upperBound
    self.noiseFloor = noiseFloor
    self.rounds = rounds
    self.note = note
  }
}
