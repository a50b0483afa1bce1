/// How a plan came to its kernel: what decided, and what it was chosen over.
public struct PlanDecision: Hashable, Sendable {
  /// What decided.
  public enum Source: Hashable, Sendable {
    /// The caller named the kernel.
    case named
    /// The cost model, without any timing.
    case heuristic
    /// Times taken while planning.
    case measured
    /// A choice that was measured earlier.
    case wisdom
    /// The weights that were given are packed for it.
    case packedWeights
  }

  /// One kernel that was thought of.
  public struct Alternative: Hashable, Sendable {
    /// The kernel.
    public var kernel: KernelID
    /// What the cost model expects, in multiply-adds at the peak of the instruction set.
    public var cost: Double
    /// The median time of one run; nil where it wasn't measured.
    public var nanoseconds: Double?
    /// Its time by the chosen kernel's, the median over the rounds that measured both; nil where there are none.
    public var ratio: Double?
    /// Why it couldn't be chosen, or wasn't measured, as half a sentence.
    public var reason: String?

    /// Describes a kernel that was thought of.
    public init(
      kernel: KernelID, cost: Double, nanoseconds: Double? = nil, ratio: Double? = nil, reason: String? = nil
    ) {
      self.kernel = kernel
      self.cost = cost
      self.nanoseconds = nanoseconds
      self.ratio = ratio
      self.reason = reason
    }
  }

  /// What decided.
  public var source: Source
  /// How exact the kernel had to be.
  public var accuracy: AccuracyDemand
  /// Where the weights were taken to be.
  public var weights: WeightResidency
  /// The chosen kernel; nil where the caller named it.
  public var chosen: Alternative?
  /// All others, the best first; those that were ruled out last.
  public var others: [Alternative]
  /// What else happened: wisdom that couldn't be followed, a time that was too short to measure anything.
  public var notes: [String]

  /// Describes a decision.
  public init(
    source: Source, accuracy: AccuracyDemand = .any, weights: WeightResidency = .warm, chosen: Alternative? = nil,
    others: [Alternative] = [], notes: [String] = []
  ) {
    self.source = source
    self.accuracy = accuracy
    self.weights = weights
    self.chosen = chosen
    self.others = others
    self.notes = notes
  }

  /// The caller named the kernel.
  public static let named = PlanDecision(source: .named)
}
