/// How a piece of text stands out on a terminal.
public enum TextStyle: String, Sendable {
  /// As it is.
  case plain
  /// The best of its group.
  case best
  /// All is well.
  case good
  /// Something failed.
  case bad
  /// Something to know before believing a number.
  case warning
  /// Beside the point.
  case faint

  /// The text between the escape sequences that switch the style on and off again.
  func escaped(_ text: String) -> String {
    let code: String? =
      switch self {
      case .plain: nil
      case .best: "1"
      case .good: "32"
      case .bad: "1;31"
      case .warning: "33"
      case .faint: "2"
      }
    guard let code else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
