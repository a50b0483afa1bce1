/// What is wrong with a problem string, and where.
public struct ProblemStringError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line of the text, counted from 1.
  public let line: Int
  /// The character of the line, counted from 1.
  public let column: Int
  /// What is wrong, naming the value and what was expected instead.
  public let reason: String

  /// Describes an error.
  public init(line: Int, column: Int, reason: String) {
    self.line = line
    self.column = column
    self.reason = reason
  }

  /// `line:column: reason`, the form that editors jump to.
  public var description: String { "\(line):\(column): \(reason)" }
}
