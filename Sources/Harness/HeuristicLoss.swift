import Convolution
import ConvolutionKernels
import ConvolutionModel
import Foundation
import Measurement
import Verification

/// What the planner's cost model picks of one operation's kernels, beside the best of them by the times in records.
public struct HeuristicLoss: Sendable {
  /// What the cost model picks.
  public let heuristic: BenchmarkRecord
  /// The one with the shortest times.
  public let best: BenchmarkRecord
  /// The heuristic's time by the best one's, round by round where they shared rounds; 1 where they're one kernel.
  public let ratio: Double
  /// The same with its interval; nil where they're one kernel, or share no rounds.
  public let estimate: RatioEstimate?

  /// Whether the difference clears the noise of the layer.
  public var standing: RatioEstimate.Standing {
    heuristic.kernel == best.kernel ? .tie : estimate.map { heuristic.standing(of: $0, to: best) } ?? .undecided
  }

  /// Compares the kernels of one operation, layout and state of the caches; nil where none of the records has times, or
  /// their problem can't be read.
  ///
  /// - Parameter records: of one sampling. Other instruction sets than the machine's best are left out, as the planner
  ///   does.
  public init?(_ records: [BenchmarkRecord]) { self.init(records, table: .fitted) }

  /// Compares the kernels as ``init(_:)`` does, by the numbers of a table.
  package init?(_ records: [BenchmarkRecord], table: CostTable) {
    guard let first = records.first, let line = try? ProblemLine.parse(first.problem),
      let operation = try? line.operation()
    else { return nil }
    var model = CostModel(first.machine)
    model.table = table
    let weights: WeightResidency = first.cacheState == CacheState.warm.rawValue ? .warm : .cold
    var ranked: [BenchmarkRecord] = []
    var costs: [(cost: Double, errorConstant: Double)] = []
    for record in records {
      guard record.verdict == .passed, record.medianNanoseconds != nil, let id = KernelID(record.kernel),
        id.isa ?? first.machine.isa == first.machine.isa
      else { continue }
      let cost = model.cost(of: id, operation, weights: weights, threads: record.threads)
      guard cost.isFinite, let kernel = KernelRegistry.builtIn.first(where: { $0.id == id }) else { continue }
      ranked.append(record)
      costs.append((cost, kernel.errorBound(for: operation).constant))
    }
    guard let picked = Planner.preferred(costs).map({ ranked[$0] }) else { return nil }
    func ratio(_ record: BenchmarkRecord, to other: BenchmarkRecord) -> Double {
      record.ratio(to: other)?.ratio ?? record.medianNanoseconds! / other.medianNanoseconds!
    }
    let fastest = ranked.min { ratio($0, to: picked) < ratio($1, to: picked) } ?? picked
    heuristic = picked
    best = fastest
    self.estimate = picked.kernel == fastest.kernel ? nil : picked.ratio(to: fastest)
    self.ratio = picked.kernel == fastest.kernel ? 1 : max(1, ratio(picked, to: fastest))
  }

  /// Groups records by what a plan is made for, in the order of their first ones, and compares each group.
  public static func all(of records: [BenchmarkRecord]) -> [HeuristicLoss] { all(of: records, table: .fitted) }

  /// Compares each group as ``all(of:)`` does, by the numbers of a table.
  package static func all(of records: [BenchmarkRecord], table: CostTable) -> [HeuristicLoss] {
    groups(of: records).compactMap { HeuristicLoss($0, table: table) }
  }

  /// Groups records by what a plan is made for, in the order of their first ones.
  static func groups(of records: [BenchmarkRecord]) -> [[BenchmarkRecord]] {
    var order: [[String]] = []
    var groups: [[String]: [BenchmarkRecord]] = [:]
    for record in records {
      let key = [
        record.machine.cpuModel, record.problem, record.epilogue, record.layout, "\(record.threads)", record.cacheState,
      ]
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(record)
    }
    return order.map { groups[$0]! }
  }
}

/// What the cost model loses over many layers.
public struct HeuristicLossSummary: Sendable, Equatable {
  /// Layers, each once in every layout and state of the caches.
  public let layers: Int
  /// The geometric mean of the ratios, less 1.
  public let mean: Double
  /// The largest ratio, less 1.
  public let worst: Double

  /// Sums up; nil without any.
  public init?(_ losses: [HeuristicLoss]) {
    guard let worst = losses.map(\.ratio).max() else { return nil }
    layers = losses.count
    let logarithms = losses.map { log($0.ratio) }
    mean = exp(logarithms.reduce(0, +) / Double(losses.count)) - 1
    self.worst = worst - 1
  }
}
