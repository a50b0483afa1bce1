/// Aligned text.
extension Table {
  /// The table as aligned columns with a line under the heads, each line ended.
  ///
  /// - Parameter colour: whether styles become escape sequences; they take no width.
  public func text(colour: Bool = false) -> String {
    let texts = rows.map { $0.map { $0.text.withoutControlCharacters } }
    let widths = columns.indices.map { column in
      texts.map { $0[column].count }.reduce(max(columns[column].title.count, columns[column].minimumWidth), max)
    }
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ") + "\n"
    var output = line(columns.map(\.title), styles: nil, widths: widths) + rule
    for (number, row) in texts.enumerated() {
      if number > 0, separators.contains(number) { output += rule }
      output += line(row, styles: colour ? rows[number].map(\.style) : nil, widths: widths)
    }
    return output
  }

  private func line(_ texts: [String], styles: [TextStyle]?, widths: [Int]) -> String {
    var fields: [String] = []
    for (column, text) in texts.enumerated() {
      let styled = styles.map { text.isEmpty ? text : $0[column].escaped(text) } ?? text
      let filling = String(repeating: " ", count: widths[column] - text.count)
      switch columns[column].alignment {
      case .right: fields.append(filling + styled)
      case .left: fields.append(column == texts.count - 1 ? styled : styled + filling)
      }
    }
    var joined = fields.joined(separator: "  ")
    while joined.last == " " { joined.removeLast() }
    return joined + "\n"
  }
}

extension String {
  /// The text with control characters made visible, so that a name from a file can't move a terminal's cursor.
  var withoutControlCharacters: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return self }
    return String(
      unicodeScalars.map { scalar -> String in
        scalar.properties.generalCategory == .control ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
      }.joined())
  }
}
