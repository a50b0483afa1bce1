import Verification

/// What a worker did wrong.
public struct ExternalFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Half a sentence: "the worker ended with status 3; its standard error: …".
  public let description: String
  /// The check that shows it: ``VerificationCheck/external`` for what is wrong with the conversation, another for what is
  /// wrong with the files.
  public let check: VerificationCheck

  /// Describes what was seen.
  public init(_ description: String, check: VerificationCheck = .external) {
    self.description = description
    self.check = check
  }
}
