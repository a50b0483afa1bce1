/// What a verification found.
public struct VerificationReport: Sendable, Equatable {
  /// The outcome.
  public var verdict: Verdict
  /// Why the kernel wasn't asked to compute anything; nil where it was.
  public var refusal: String?
  /// The checks that didn't hold or couldn't be trusted, in the order in which they were made. Where one shows that a kernel is
  /// wrong, those that follow from it may show it too.
  public var failures: [CheckFailure]
  /// The largest error on zero-mean reals of a kernel that passed.
  public var passedError: MeasuredError?
  /// How many outputs were compared with the oracle's, in each class of data.
  public var checkedOutputs: Int
  /// How many outputs the operation has.
  public var totalOutputs: Int

  /// Gathers a report.
  public init(
    verdict: Verdict, refusal: String? = nil, failures: [CheckFailure] = [], passedError: MeasuredError? = nil,
    checkedOutputs: Int, totalOutputs: Int
  ) {
    self.verdict = verdict
    self.refusal = refusal
    self.failures = failures
    self.passedError = passedError
    self.checkedOutputs = checkedOutputs
    self.totalOutputs = totalOutputs
  }

  /// Why the kernel didn't pass, in a sentence; nil when it did.
  public var reason: String? { refusal ?? failures.first?.reason }
  /// The first check that failed or that couldn't be trusted.
  public var failedCheck: VerificationCheck? { failures.first?.check }
  /// The error of the first failed check; of a passed kernel, that on zero-mean reals. Nil where nothing was compared.
  public var error: MeasuredError? { failures.isEmpty ? passedError : failures.first?.error }
  /// The share of the outputs that was compared, from 0 to 1.
  public var checkedShare: Double { totalOutputs == 0 ? 0 : Double(checkedOutputs) / Double(totalOutputs) }
}
