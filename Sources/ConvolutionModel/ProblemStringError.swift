/// What is wrong with a problem string, and where.
public struct ProblemStringError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line of the text, counted from 1.
  public let line: Int
  /// The character of the line, counted from 1.
  public let column: Int
  /// What is wrong, naming the value and what was expected instead.
  public let reason: String
  /// Whether the string names a kind of problem that the package doesn't cover, a 3-D one, rather than being a mistake.
  public let isOutOfScope: Bool

  /// Describes an error.
  public init(line: Int, column: Int, reason: String, isOutOfScope: Bool = false) {
    self.line = line
    self.column = column
    self.reason = reason
    self.isOutOfScope = isOutOfScope
  }

  /// `line:column: reason`, the form that editors jump to.
  public var description: String { "\(line):\(column): \(reason)" }
}
