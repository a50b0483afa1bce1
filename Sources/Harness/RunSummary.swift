import Verification

/// How a run ended, in counts.
public struct RunSummary: Sendable, Equatable {
  /// Problems that at least one kernel was asked about.
  public var problems: Int
  /// Kernels that were asked about at least one problem.
  public var kernels: Int
  /// Pairs of kernel and problem that passed.
  public var passed: Int
  /// Pairs whose result is wrong.
  public var failed: Int
  /// Pairs whose check compared too little to be believed.
  public var mistrusted: Int
  /// Pairs that the kernel refuses.
  public var unsupported: Int
  /// Pairs whose kernel can't run on this machine.
  public var unavailable: Int
  /// Pairs left out because they would take too long; see ``RunOptions/slowLimitSeconds``.
  public var skipped: Int
  /// Whether the run was stopped before its end.
  public var wasCancelled: Bool

  /// Counts, all zero unless given.
  public init(
    problems: Int = 0, kernels: Int = 0, passed: Int = 0, failed: Int = 0, mistrusted: Int = 0, unsupported: Int = 0,
    unavailable: Int = 0, skipped: Int = 0, wasCancelled: Bool = false
  ) {
    self.problems = problems
    self.kernels = kernels
    self.passed = passed
    self.failed = failed
    self.mistrusted = mistrusted
    self.unsupported = unsupported
    self.unavailable = unavailable
    self.skipped = skipped
    self.wasCancelled = wasCancelled
  }

  /// Whether a result was wrong or couldn't be believed.
  public var hasFailures: Bool { failed + mistrusted > 0 }

  /// Counts one more verdict.
  public mutating func add(_ verdict: Verdict) {
    switch verdict {
    case .passed: passed += 1
    case .failed: failed += 1
    case .mistrusted: mistrusted += 1
    case .unsupported: unsupported += 1
    case .unavailable: unavailable += 1
    }
  }
}

extension RunSummary: CustomStringConvertible {
  public var description: String {
    "\(problems) problems, \(kernels) kernels: \(passed) passed, \(failed) failed, \(mistrusted) mistrusted, "
      + "\(unsupported) unsupported, \(unavailable) unavailable"
  }
}
