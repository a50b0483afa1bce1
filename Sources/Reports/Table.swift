/// Rows and columns of text: what a report says, apart from how it's printed.
public struct Table: Sendable {
  /// Where a column's text stands.
  public enum Alignment: Sendable {
    /// Names.
    case left
    /// Numbers.
    case right
  }

  /// The head of a column.
  public struct Column: Sendable {
    /// The heading.
    public let title: String
    /// The heading where programs read it, in CSV.
    public let key: String
    /// Where the text stands.
    public let alignment: Alignment
    /// The least width in characters, so that tables printed one after the other line up.
    public var minimumWidth: Int

    /// Describes a column.
    public init(_ title: String, _ alignment: Alignment = .left, key: String? = nil, minimumWidth: Int = 0) {
      self.title = title
      self.key = key ?? title
      self.alignment = alignment
      self.minimumWidth = minimumWidth
    }
  }

  /// One field.
  public struct Cell: Sendable, ExpressibleByStringLiteral {
    /// What it says.
    public let text: String
    /// How it stands out where the output can show that.
    public let style: TextStyle

    /// Makes a field.
    public init(_ text: String, _ style: TextStyle = .plain) {
      self.text = text
      self.style = style
    }

    public init(stringLiteral text: String) { self.init(text) }
  }

  /// The heads.
  public let columns: [Column]
  /// The fields, row by row, as many in each as there are columns.
  public private(set) var rows: [[Cell]] = []
  /// Row numbers before which a line is drawn in text.
  public private(set) var separators: Set<Int> = []

  /// Makes a table without rows.
  public init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row; missing fields at its end are empty, superfluous ones dropped.
  public mutating func append(_ row: [Cell]) {
    rows.append((0..<columns.count).map { $0 < row.count ? row[$0] : "" })
  }

  /// Draws a line between the last row and the next; at most one, and none at either end.
  public mutating func separate() { separators.insert(rows.count) }
}
