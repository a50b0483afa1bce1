import Convolution
import ConvolutionModel
import Foundation
import Measurement

/// Numbers for the planner's cost model, fitted to times in records.
///
/// What is minimised is how far the logarithms of expected and measured times lie apart: that of the fastest kernel of each
/// layer, and how much further or less far those of the others do, since only that decides a choice. The others count by how
/// close they come to the fastest: nobody chooses between slow ones. Single times far off count less than by their square,
/// and what the records say nothing about stays where it was.
public struct CostFit: Sendable {
  /// The numbers.
  package let table: CostTable
  /// Times that were fitted to.
  public let count: Int
  /// The median factor between expected and measured times, in either direction, less 1.
  public let spread: Double

  /// Distances in logarithms that count in full.
  private static let ordinary = 0.1
  /// What a distance from the numbers before counts, beside that of one time.
  private static let inertia = 0.05
  /// Factors that numbers are changed by, as logarithms, from the first to the last.
  private static let steps = (first: 0.5, last: 0.002)
  private static let mostSweeps = 2000

  /// Fits to records; nil where none of them has a time of a kernel that the table knows.
  ///
  /// - Parameter records: of any machines, layers and states of the caches.
  public init?(_ records: [BenchmarkRecord]) { self.init(records, from: .fitted) }

  /// Fits as ``init(_:)`` does, from the numbers of another table.
  package init?(_ records: [BenchmarkRecord], from start: CostTable) {
    let layers = HeuristicLoss.groups(of: records).map { Sample.all(of: $0, table: start) }.filter { !$0.isEmpty }
    if layers.isEmpty { return nil }
    var table = start
    typealias Number = (path: WritableKeyPath<CostTable, Double>, most: Double, layers: [[Sample]])
    var numbers: [Number] = [
      (\.perByteFromThirdLevel, 1e3, layers), (\.perByteFromMemory, 1e3, layers), (\.hiddenPart, 1, layers),
    ]
    for row in table.rows.indices {
      let layers = layers.filter { $0.contains { $0.row == row } }
      if layers.isEmpty { continue }
      numbers.append((\.rows[row].share, 1, layers))
      numbers.append((\.rows[row].perInput, 1e4, layers))
      numbers.append((\.rows[row].perOutput, 1e4, layers))
    }
    // One number at a time, up and down, by less and less: no derivatives, and nothing is ever made worse.
    var step = Self.steps.first
    var sweeps = 0
    while step > Self.steps.last, sweeps < Self.mostSweeps {
      sweeps += 1
      var isBetter = false
      for (path, most, layers) in numbers {
        func loss(_ table: CostTable) -> Double {
          let moved = log(table[keyPath: path] / start[keyPath: path])
          return layers.reduce(Self.inertia * moved * moved) { $0 + Self.loss($1, table) }
        }
        let before = loss(table)
        for factor in [exp(step), exp(-step)] {
          var other = table
          other[keyPath: path] = min(most, table[keyPath: path] * factor)
          if loss(other) < before - 1e-9 {
            table = other
            isBetter = true
            break
          }
        }
      }
      if !isBetter { step /= 2 }
    }
    self.table = table
    count = layers.joined().count
    spread = exp(Statistics.median(layers.joined().map { abs($0.distance(table)) }) ?? 0) - 1
  }

  /// What the distances of one layer's times count.
  private static func loss(_ layer: [Sample], _ table: CostTable) -> Double {
    // A square for ordinary distances, in proportion beyond.
    func count(_ distance: Double) -> Double {
      let distance = distance / ordinary
      return (1 + distance * distance).squareRoot() - 1
    }
    let common = layer[0].distance(table)
    return layer.dropFirst().reduce(count(common)) { $0 + $1.weight * count($1.distance(table) - common) }
  }

  /// What choices by the numbers lose on records.
  public func losses(of records: [BenchmarkRecord]) -> [HeuristicLoss] { HeuristicLoss.all(of: records, table: table) }

  /// The Swift file that holds the numbers.
  ///
  /// - Parameter machines: what the records are of, in words.
  public func source(machines: String) -> String {
    table.source(note: [
      "Fitted to \(count) times of \(machines);",
      "half of them are within \((1000 * spread).rounded() / 10) % of what they say.",
    ])
  }

  /// One kernel's time on one layer.
  private struct Sample {
    let row: Int
    let work: KernelWork
    let lanes: Int
    let model: CostModel
    let weights: WeightResidency
    let threads: Int
    /// In the model's units.
    let measured: Double
    let weight: Double

    /// The times of one group of records, the shortest first.
    static func all(of group: [BenchmarkRecord], table: CostTable) -> [Sample] {
      guard let first = group.first, let operation = try? ProblemLine.parse(first.problem).operation() else {
        return []
      }
      let timed = group.filter { $0.verdict == .passed && ($0.fractionOfPeak ?? 0) > 0 }
      let best = timed.compactMap(\.fractionOfPeak).max() ?? 1
      let model = CostModel(first.machine)
      return timed.compactMap { record in
        guard let share = record.fractionOfPeak, let id = KernelID(record.kernel), let row = table.row(of: id),
          id.isa ?? model.isa == model.isa
        else { return nil }
        let lanes = model.lanes(of: id)
        return Sample(
          row: row, work: KernelWork(id, operation, lanes: lanes), lanes: lanes, model: model,
          weights: record.cacheState == CacheState.warm.rawValue ? .warm : .cold, threads: record.threads,
          measured: Double(operation.multiplyAdds) / (share * Double(record.threads)),
          weight: share * share / (best * best))
      }
      .sorted { $0.weight > $1.weight }
    }

    /// The logarithm of expected by measured.
    func distance(_ table: CostTable) -> Double {
      var model = model
      model.table = table
      return log(
        model.cost(of: work, by: table.rows[row], lanes: lanes, weights: weights, threads: threads) / measured)
    }
  }
}
