extension Table {
  /// The table in a form; in JSON, where tables have objects of their own, the rows that it was made from.
  ///
  /// - Throws: `EncodingError` where a row can't be expressed as JSON.
  public func rendered(
    as format: OutputFormat, colour: Bool = false, rows: some Encodable
  ) throws(EncodingError) -> String {
    switch format {
    case .table: text(colour: colour)
    case .csv: csv()
    case .markdown: markdown()
    case .json: try JSONText.pretty(rows)
    }
  }
}
