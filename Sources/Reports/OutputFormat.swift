/// The forms in which every list and result can be printed.
public enum OutputFormat: String, CaseIterable, Sendable {
  /// Aligned columns for a reader at a terminal.
  case table
  /// One array of objects, numbers in full.
  case json
  /// RFC 4180 with a header line, numbers in full.
  case csv
  /// A pipe table.
  case markdown
}
