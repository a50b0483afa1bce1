/// A check that didn't hold.
public struct CheckFailure: Error, Hashable, Sendable {
  /// Which one.
  public let check: VerificationCheck
  /// What was seen, in a sentence.
  public let reason: String
  /// The error, where outputs were compared.
  public var error: MeasuredError?
  /// Whether it's the check that couldn't be made, through no fault of the kernel.
  public var isUnfit = false

  /// Describes what was seen.
  public init(check: VerificationCheck, reason: String, error: MeasuredError? = nil, isUnfit: Bool = false) {
    self.check = check
    self.reason = reason
    self.error = error
    self.isUnfit = isUnfit
  }
}
