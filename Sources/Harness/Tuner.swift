import Convolution
import ConvolutionModel
import Foundation
import Measurement

/// Measures the planner's candidates on workloads and keeps what is clearly better than the cost model's choice.
public struct Tuner {
  /// The problems.
  public let workloads: [Workload]
  /// The layouts that each is planned in.
  public let layouts: [TensorLayout]
  /// How exact a kernel must be.
  public let accuracy: AccuracyDemand
  /// How: verification, time, caches and threads.
  public let options: RunOptions

  /// A candidate that is expected to cost more than this many times the cheapest isn't measured.
  public static let hopelessCost = 4.0

  /// Plans the tuning.
  public init(
    workloads: [Workload], layouts: [TensorLayout], accuracy: AccuracyDemand = .any, options: RunOptions
  ) {
    self.workloads = workloads
    self.layouts = layouts
    self.accuracy = accuracy
    self.options = options
  }

  /// Measures everything.
  ///
  /// - Parameter handler: called with each operation's comparison and the choice to keep, as soon as they are there.
  /// - Throws: what the handler throws.
  public func run(
    cancelled: CancellationFlag = CancellationFlag(),
    handler: (Workload, HeuristicLoss, Wisdom) throws -> Void
  ) throws {
    var options = options
    options.commit = options.commit ?? SourceRevision.current
    let weights: WeightResidency = options.cacheState == .warm ? .warm : .cold
    for workload in workloads {
      for layout in layouts {
        if cancelled.isCancelled { return }
        let operation = workload.operation
        let candidates = Planner.candidates(
          for: operation, layout: layout, weights: weights, threads: options.threads
        ).filter { accuracy.objection(to: $0.kernel.errorBound(for: operation)) == nil }
        let kernels = candidates.filter { $0.cost <= Self.hopelessCost * candidates[0].cost }.map(\.kernel)
        var records: [BenchmarkRecord] = []
        _ = try BenchmarkRunner(workloads: [workload], kernels: kernels, options: options)
          .run(cancelled: cancelled) { event in if case .record(let record) = event { records.append(record) } }
        if cancelled.isCancelled { return }
        guard let loss = HeuristicLoss(records) else { continue }
        try handler(workload, loss, wisdom(operation, layout: layout, weights: weights, loss))
      }
    }
  }

  /// The choice to keep: the best where that is certain, or else the cost model's.
  private func wisdom(
    _ operation: ConvolutionOperation, layout: TensorLayout, weights: WeightResidency, _ loss: HeuristicLoss
  ) -> Wisdom {
    let kept = loss.standing == .larger ? loss.best : loss.heuristic
    var wisdom = Wisdom()
    let key = Wisdom.Key(operation, layout: layout, threads: options.threads, accuracy: accuracy, weights: weights)
    wisdom[key] = Wisdom.Entry(
      kernel: kept.kernel, nanoseconds: kept.medianNanoseconds ?? 0, date: Int(Date.now.timeIntervalSince1970))
    return wisdom
  }
}
