/// Somebody's text inside a message: on one line and of a length that can be read, whatever was written.
///
/// Control characters and what else a terminal wouldn't show are given by their numbers, as `\u{0}`; the middle of what's too
/// long is left out, and the number of its characters said.
package func quoted(_ text: String, longest: Int = 60) -> String {
  func shown(_ part: some StringProtocol) -> String {
    part.unicodeScalars.map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        "\\u{" + String(scalar.value, radix: 16) + "}"
      default: String(scalar)
      }
    }.joined()
  }
  // Scalars and not characters: one character may have any number of accents.
  let scalars = text.unicodeScalars
  if scalars.count <= longest { return shown(text) }
  let part = longest / 2
  return shown(String(scalars.prefix(part))) + "…" + shown(String(scalars.suffix(part)))
    + " (\(scalars.count) characters)"
}
