/// The line that says how far a run is: what is done, what runs now, how long it will still take.
public struct ProgressText: Sendable {
  /// Steps in all.
  public let total: Int
  private var done = 0
  private var label = ""
  /// Seconds and step at which counting for the forecast began.
  private var reference: (seconds: Double, done: Int)?

  /// Describes a run of so many steps.
  public init(total: Int) { self.total = max(0, total) }

  /// Notes that a step begins.
  ///
  /// - Parameters:
  ///   - index: steps finished before it.
  ///   - label: what runs now.
  ///   - seconds: since the run began.
  public mutating func begin(index: Int, label: String, seconds: Double) {
    done = min(max(0, index), total)
    self.label = label
    if reference == nil { reference = (seconds, done) }
  }

  /// Seconds that the rest will take at the pace so far; nil before there is one.
  public func secondsLeft(at seconds: Double) -> Double? {
    guard let reference, done > reference.done, seconds > reference.seconds else { return nil }
    return (seconds - reference.seconds) / Double(done - reference.done) * Double(total - done)
  }

  /// The line without its end.
  ///
  /// - Parameters:
  ///   - seconds: since the run began.
  ///   - width: columns of the terminal; the line is cut there. Nil for plain lines without a bar.
  public func line(at seconds: Double, width: Int?) -> String {
    let counted = "\(done)/\(total)"
    let left = secondsLeft(at: seconds).map { NumberText.duration(seconds: $0) + " left" }
    guard let width else {
      return [counted, label.withoutControlCharacters, left].compactMap { $0 }.joined(separator: "  ")
    }
    let barWidth = 20
    let filled = total == 0 ? barWidth : done * barWidth / total
    let bar =
      "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: barWidth - filled) + "]"
    let text = [bar, counted, left, label.withoutControlCharacters].compactMap { $0 }.joined(separator: " ")
    return String(text.prefix(max(1, width - 1)))
  }
}
