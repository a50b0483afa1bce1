/// Pipe tables.
extension Table {
  /// The table in Markdown, each line ended; characters that Markdown would take for markup are escaped.
  public func markdown() -> String {
    func line(_ fields: [String]) -> String { "| " + fields.joined(separator: " | ") + " |\n" }
    var output = line(columns.map { Self.escapedForMarkdown($0.title) })
    output += line(columns.map { $0.alignment == .right ? "---:" : ":---" })
    for row in rows { output += line(row.map { Self.escapedForMarkdown($0.text) }) }
    return output
  }

  private static func escapedForMarkdown(_ text: String) -> String {
    var escaped = ""
    for character in text.withoutControlCharacters {
      switch character {
      case "|", "\\", "*", "`", "[", "]": escaped += "\\\(character)"
      case "<": escaped += "&lt;"
      case "&": escaped += "&amp;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
