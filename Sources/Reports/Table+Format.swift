extension Table {
  /// The table in any of the forms but JSON, which has objects of its own: nil there.
  public func rendered(as format: OutputFormat, colour: Bool = false) -> String? {
    switch format {
    case .table: text(colour: colour)
    case .csv: csv()
    case .markdown: markdown()
    case .json: nil
    }
  }
}
