import ConvolutionModel
import Measurement
import Verification

/// Verifies kernels on workloads and times those that passed.
///
/// Of each workload, all kernels are verified first; then those that passed are timed together, in the same interleaved
/// rounds. A kernel that didn't pass is never timed.
public struct BenchmarkRunner {
  /// The problems, in the order in which they're run.
  public let workloads: [Workload]
  /// The kernels that are asked about every problem.
  public let kernels: [any ConvolutionKernel]
  /// How.
  public let options: RunOptions

  /// Plans a run; nothing is allocated before ``run(skipping:cancelled:handler:)``.
  public init(workloads: [Workload], kernels: [any ConvolutionKernel], options: RunOptions) {
    self.workloads = workloads
    self.kernels = kernels
    self.options = options
  }

  /// Runs everything.
  ///
  /// - Parameters:
  ///   - skipping: records that are there already.
  ///   - cancelled: asked between kernels and samples. What isn't recorded until then is lost, of the workload at work
  ///     only: a half-timed kernel gives no record, so that a resumed run takes it up again.
  ///   - handler: called on this thread with every event; what it throws ends the run.
  /// - Returns: the counts of this run, skipped keys not included.
  /// - Throws: what the handler throws.
  public func run(
    skipping: Set<RecordKey> = [], cancelled: CancellationFlag = CancellationFlag(),
    handler: (RunEvent) throws -> Void
  ) throws -> RunSummary {
    let pending = workloads.map { workload in
      kernels.filter { !skipping.contains(options.key(workload, $0)) }
    }
    var progress = RunProgress(total: pending.map(\.count).reduce(0, +))
    var prediction = CostPrediction()
    let context = RecordContext(options)
    try handler(.started(total: progress.total))
    for (workload, kernels) in zip(workloads, pending) where !kernels.isEmpty {
      if cancelled.isCancelled { break }
      let run = WorkloadRun(workload: workload, context: context, cancelled: cancelled)
      try run.run(kernels, progress: &progress, prediction: &prediction, handler: handler)
    }
    progress.summary.wasCancelled = cancelled.isCancelled
    try handler(.finished(progress.summary))
    return progress.summary
  }
}

/// Where a run stands.
struct RunProgress {
  /// Pairs of workload and kernel in all.
  let total: Int
  /// Pairs of the workloads before the current one.
  var done = 0
  var summary = RunSummary()
  private var kernels: Set<KernelID> = []
  private var problems: Set<String> = []

  init(total: Int) { self.total = total }

  mutating func count(_ record: BenchmarkRecord, _ workload: Workload, _ kernel: KernelID) {
    summary.add(record.verdict)
    kernels.insert(kernel)
    // The same shape under two epilogues is two problems to a kernel.
    problems.insert(workload.operation.description + " " + workload.operation.epilogueName)
    summary.kernels = kernels.count
    summary.problems = problems.count
  }
}
