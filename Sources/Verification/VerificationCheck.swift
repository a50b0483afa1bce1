/// What a verification looks at; a report names the check that didn't hold.
public enum VerificationCheck: String, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
  // Doing at all.
  /// The kernel makes a plan of an operation that it says it supports.
  case planning
  /// The plan runs.
  case running
  /// The memory to verify in could be had.
  case guardedMemory = "guarded memory"
  /// A foreign process kept to its protocol.
  case external

  // The use of memory.
  /// Nothing beside a buffer was touched, nor was anything written that is only to be read; told by inaccessible pages.
  case guardPages = "guard pages"
  /// Nothing close beside a buffer was written; told by what lies there.
  case strayWrite = "stray write"
  /// Planning left weights and biases as they were.
  case parametersUntouched = "parameters untouched"
  /// A run left its input as it was.
  case inputUntouched = "input untouched"
  /// A run left its residual as it was.
  case residualUntouched = "residual untouched"
  /// Every output was written.
  case completeOutput = "complete output"

  // The values.
  /// Whole numbers whose sums are exact.
  case exactIntegers = "exact integers"
  /// Reals of either sign.
  case zeroMeanReals = "zero-mean reals"

  // The same again.
  /// Another run, from other memory, or another plan gives the same bits.
  case repeatability
  /// Every number of threads gives the same bits.
  case threadIndependence = "thread independence"

  public var description: String { rawValue }
}
