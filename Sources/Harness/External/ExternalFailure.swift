/// What a worker did wrong.
public struct ExternalFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// Half a sentence: "the worker ended with status 3; its standard error: …".
  public let description: String

  /// Describes what was seen.
  public init(_ description: String) { self.description = description }
}
