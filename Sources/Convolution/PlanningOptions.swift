import ConvolutionModel

/// How a plan's kernel is chosen, and what is demanded of it.
public struct PlanningOptions: Hashable, Sendable {
  /// What decides between the kernels that meet the demands.
  public enum Mode: Hashable, Sendable {
    /// A model of what kernels cost; nothing is timed.
    case heuristic
    /// Times, taken while planning, within so many seconds: packing, first calls and rounds together; a call or a packing
    /// that has begun is finished. Where the time doesn't suffice to compare anything, the model decides.
    case measured(seconds: Double)
  }

  /// What decides. Wisdom goes before it.
  public var mode: Mode
  /// How exact the kernel must be; any by default.
  public var accuracy: AccuracyDemand
  /// Where runs will find their weights; warm by default. Where measured, a run with cold weights costs milliseconds
  /// of emptying caches.
  public var weights: WeightResidency
  /// Bytes of workspace that a run may need at most; nil for no limit.
  public var workspaceLimit: Int?
  /// Choices that were measured earlier; consulted first.
  public var wisdom: Wisdom?

  /// Chooses how to plan.
  public init(
    mode: Mode = .heuristic, accuracy: AccuracyDemand = .any, weights: WeightResidency = .warm,
    workspaceLimit: Int? = nil, wisdom: Wisdom? = nil
  ) {
    self.mode = mode
    self.accuracy = accuracy
    self.weights = weights
    self.workspaceLimit = workspaceLimit
    self.wisdom = wisdom
  }

  /// By the cost model, without any demand.
  public static let heuristic = PlanningOptions()

  /// By the cost model.
  public static func heuristic(
    accuracy: AccuracyDemand = .any, weights: WeightResidency = .warm, workspaceLimit: Int? = nil,
    wisdom: Wisdom? = nil
  ) -> PlanningOptions {
    PlanningOptions(accuracy: accuracy, weights: weights, workspaceLimit: workspaceLimit, wisdom: wisdom)
  }

  /// By times, see ``Mode/measured(seconds:)``.
  public static func measured(
    seconds: Double = 0.2, accuracy: AccuracyDemand = .any, weights: WeightResidency = .warm,
    workspaceLimit: Int? = nil, wisdom: Wisdom? = nil
  ) -> PlanningOptions {
    PlanningOptions(
      mode: .measured(seconds: seconds), accuracy: accuracy, weights: weights, workspaceLimit: workspaceLimit,
      wisdom: wisdom)
  }

  /// Refuses what can't be meant.
  ///
  /// - Throws: ``ConvolutionError/invalidPlanning(option:value:expected:)``.
  func check() throws(ConvolutionError) {
    if case .measured(let seconds) = mode, !(seconds >= 0 && seconds.isFinite) {
      throw .invalidPlanning(option: "the time for measuring", value: "\(seconds) s", expected: "0 or more seconds")
    }
    if let workspaceLimit, workspaceLimit < 0 {
      throw .invalidPlanning(option: "the workspace limit", value: "\(workspaceLimit)", expected: "0 or more bytes")
    }
    if case .bound(let constant) = accuracy, !(constant > 0 && constant.isFinite) {
      throw .invalidPlanning(option: "the accuracy bound", value: "\(constant)", expected: "a positive number")
    }
  }
}
