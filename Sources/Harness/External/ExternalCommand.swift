/// A worker's command line, split into words.
public struct ExternalCommand: Hashable, Sendable {
  /// The command as it was given.
  public let text: String
  /// The program and its arguments; never empty.
  public let arguments: [String]

  /// The command as one word of a shell's line.
  var quoted: String { "'" + text.replacing("'", with: #"'\''"#) + "'" }

  /// Splits a command as a shell does: blanks separate words, `'…'` and `"…"` keep them together, and a backslash takes the
  /// next character as it is (in double quotes only `"` and `\`). Nothing is expanded.
  ///
  /// - Throws: ``SelectionError/external(message:)`` for an empty command, an open quote or a backslash at the end.
  public init(_ text: String) throws(SelectionError) {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var characters = text.makeIterator()
    while let character = characters.next() {
      switch (character, quote) {
      case ("\\", nil), ("\\", "\""):
        guard let next = characters.next() else {
          throw .external(message: "--external \(text): a backslash ends the command; expected a character after it")
        }
        let isLiteral = quote != nil && next != "\"" && next != "\\"
        word = (word ?? "") + (isLiteral ? "\\" : "") + String(next)
      case (let character, let open?) where character == open: quote = nil
      case ("'", nil), ("\"", nil):
        quote = character
        word = word ?? ""
      case (let character, nil) where character.isWhitespace:
        if let word { words.append(word) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    if let quote { throw .external(message: "--external \(text): \(quote) is opened and never closed") }
    if let word { words.append(word) }
    guard let program = words.first, !program.isEmpty else {
      throw .external(message: "--external is '\(text)'; expected a command")
    }
    self.text = text
    arguments = words
  }
}
