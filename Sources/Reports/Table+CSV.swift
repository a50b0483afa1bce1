/// Comma-separated values.
extension Table {
  /// The table as RFC 4180 has it, but with plain line feeds: a header line, then a line a row; fields with commas,
  /// quotes, line ends or outer spaces are quoted.
  public func csv() -> String {
    let header = columns.map { Self.quotedForCSV($0.key) }.joined(separator: ",") + "\n"
    return rows.reduce(into: header) { output, row in
      output += row.map { Self.quotedForCSV($0.text) }.joined(separator: ",") + "\n"
    }
  }

  private static func quotedForCSV(_ field: String) -> String {
    let needsQuotes =
      field.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
      || field.first == " " || field.last == " "
    guard needsQuotes else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
