import ConvolutionModel

/// What a runner tells while it runs, in order.
public enum RunEvent: Sendable {
  /// What is being done to a kernel.
  public enum Activity: String, Sendable {
    /// Its results are checked.
    case verifying
    /// It is timed.
    case timing
  }
  /// The run begins; `total` records at most will follow.
  case started(total: Int)
  /// Work on a kernel begins; `index` counts from 0 to `total − 1` and is the same for the verification and the timing
  /// of one kernel on one workload.
  case begins(index: Int, total: Int, workload: Workload, kernel: KernelID, activity: Activity)
  /// All there is to know of one kernel on one workload.
  case record(BenchmarkRecord)
  /// A kernel isn't run on a workload, and why: too slow to be asked without `--full`. No record of it follows.
  case skipped(workload: Workload, kernel: KernelID, reason: String)
  /// The run ended.
  case finished(RunSummary)
}
