/// What became of one kernel on one operation.
public enum Verdict: String, Codable, Sendable, CaseIterable {
  /// Every check held.
  case passed
  /// A check did not hold: the kernel is wrong.
  case failed
  /// Nothing was wrong, but the checks compared too little to mean anything.
  case mistrusted
  /// The kernel says that it can't run the operation.
  case unsupported
  /// The kernel can't run on this machine.
  case unavailable
}

/// How far a kernel's output lay from the oracle's.
public struct MeasuredError: Sendable, Hashable {
  /// The largest |error| as a share of what was allowed there; above 1 the output is wrong. Infinite for a NaN, and where
  /// an exact result was due and missed.
  public var maxScaled: Double
  /// The largest |error|.
  public var maxAbsolute: Double
  /// Root of the mean square of the scaled errors of all compared outputs.
  public var rootMeanSquare: Double
  /// Image of the output with the largest scaled error.
  public var batch: Int
  /// Output channel of that output.
  public var channel: Int
  /// Row of that output.
  public var row: Int
  /// Column of that output.
  public var column: Int
  /// What the kernel computed there.
  public var actual: Double
  /// What the oracle computed there.
  public var expected: Double

  /// Gathers an error and its place.
  public init(
    maxScaled: Double, maxAbsolute: Double, rootMeanSquare: Double, batch: Int, channel: Int, row: Int, column: Int,
    actual: Double, expected: Double
  ) {
    self.maxScaled = maxScaled
    self.maxAbsolute = maxAbsolute
    self.rootMeanSquare = rootMeanSquare
    self.batch = batch
    self.channel = channel
    self.row = row
    self.column = column
    self.actual = actual
    self.expected = expected
  }
}

extension MeasuredError: CustomStringConvertible {
  /// "output [n, k, y, x] is … instead of …".
  public var description: String {
    "output [\(batch), \(channel), \(row), \(column)] is \(actual); expected \(expected)"
      + (maxScaled.isFinite ? " (\(maxScaled) of the allowed error)" : "")
  }
}
