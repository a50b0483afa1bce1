/// A picture of a report: drawn at any width.
public struct ReportFigure: Sendable {
  /// What it's called as a file, without the ending.
  public let name: String
  /// Draws it: pixels, and whether as a file of its own.
  let draw: @Sendable (Double, Bool) -> String

  /// The picture as a file of its own.
  public func standalone(width: Double = 920) -> String { draw(width, true) }
}
