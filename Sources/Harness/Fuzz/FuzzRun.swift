import ConvolutionModel
import Measurement
import Verification

/// Verifies kernels on random operations until the time is up.
public struct FuzzRun {
  /// How long, and from where.
  public struct Options: Hashable, Sendable {
    /// Seconds to spend; nil for no limit.
    public var seconds: Double?
    /// Pairs of kernel and operation to verify; nil for no limit.
    public var cases: Int?
    /// Where the random operations start: the same seed gives the same operations and data.
    public var seed: UInt64
    /// Failures after which it ends.
    public var mostFailures: Int

    /// Chooses options.
    public init(seconds: Double? = 60, cases: Int? = nil, seed: UInt64 = 1, mostFailures: Int = 10) {
      self.seconds = seconds
      self.cases = cases
      self.seed = seed
      self.mostFailures = mostFailures
    }
  }

  /// What happens meanwhile.
  public enum Event: Sendable {
    /// So many cases have been verified, on so many operations.
    case progress(cases: Int, operations: Int)
    /// A kernel failed; the operation is the least one that shows it.
    case failed(FuzzFailure)
  }

  /// What came of it.
  public struct Summary: Hashable, Sendable {
    /// Operations that at least one kernel was verified on.
    public var operations = 0
    /// Pairs of kernel and operation that passed.
    public var passed = 0
    /// Pairs that couldn't be verified: there was no memory for it, say.
    public var mistrusted = 0
    /// The failures, each kernel's and check's first.
    public var failures: [FuzzFailure] = []
    /// Pairs by kernel that passed.
    public var passedByKernel: [KernelID: Int] = [:]
    /// Whether somebody ended it early.
    public var wasCancelled = false

    /// Pairs of kernel and operation that were verified.
    public var cases: Int { passed + mistrusted + failures.count }
  }

  private let kernels: [any ConvolutionKernel]
  private let pastFailures: [ConvolutionOperation]
  private let options: Options

  /// Plans a run.
  ///
  /// - Parameters:
  ///   - kernels: those that this machine can't run are left out.
  ///   - pastFailures: operations on which, or around which, kernels failed before.
  public init(
    kernels: [any ConvolutionKernel], pastFailures: [ConvolutionOperation] = [], options: Options = Options()
  ) {
    self.kernels = kernels.filter { $0.availability.reason == nil }
    self.pastFailures = pastFailures
    self.options = options
  }

  /// Kernels beside the one that an operation is drawn for.
  private static let company = 5

  /// Runs.
  public func run(
    cancelled: CancellationFlag = CancellationFlag(), handler: (Event) -> Void = { _ in }
  ) -> Summary {
    var summary = Summary()
    guard !kernels.isEmpty else { return summary }
    var fuzzer = OperationFuzzer(seed: options.seed, pastFailures: pastFailures)
    let start = MonotonicClock.nanoseconds()
    func isOver() -> Bool {
      if let seconds = options.seconds, Double(MonotonicClock.nanoseconds() - start) > seconds * 1e9 { return true }
      if let cases = options.cases, summary.cases >= cases { return true }
      // Workers of other programs may be gone by now.
      if !kernels.contains(where: { $0.availability == .available }) { return true }
      return summary.failures.count >= options.mostFailures || cancelled.isCancelled
    }
    while !isOver() {
      let first = fuzzer.pick(kernels)
      let operation = fuzzer.next(around: first)
      let (seed, threads) = (fuzzer.number(), fuzzer.pick([1, 1, 2, 3]))
      let others = (0..<Self.company).map { _ in fuzzer.pick(kernels) }
      let subject = VerificationSubject(operation, options: .thorough(seed: seed, threads: threads))
      // Outputs that see nothing but padding, say. Other operations have such outputs beside better ones.
      if subject.distrust != nil { continue }
      var seen: Set<KernelID> = []
      var wasRun = false
      for kernel in [first] + others where seen.insert(kernel.id).inserted && !isOver() {
        guard kernel.support(for: operation).isSupported else { continue }
        wasRun = true
        let report = subject.report(on: kernel, librariesMayChooseAnew: true)
        switch report.verdict {
        case .passed:
          summary.passed += 1
          summary.passedByKernel[kernel.id, default: 0] += 1
        case .mistrusted: summary.mistrusted += 1
        case .failed:
          let failure = FuzzFailure(
            kernel: kernel.id, external: (kernel as? ExternalKernel)?.worker.command, operation: operation, seed: seed,
            threads: threads,
            check: report.failures[0].check, reason: report.failures[0].reason, found: operation)
          var shrinker = FailureShrinker(kernel: kernel, cancelled: cancelled)
          let least = shrinker.shrink(failure)
          // The same mistake is found again and again.
          if !summary.failures.contains(where: { $0.kernel == least.kernel && $0.check == least.check }) {
            summary.failures.append(least)
            handler(.failed(least))
          }
        case .unsupported, .unavailable: break
        }
      }
      if wasRun { summary.operations += 1 }
      handler(.progress(cases: summary.cases, operations: summary.operations))
    }
    summary.wasCancelled = cancelled.isCancelled
    return summary
  }
}
