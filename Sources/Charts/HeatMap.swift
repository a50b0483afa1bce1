/// Shares in a grid, a colour each: up to the whole in one hue, above it in another.
public struct HeatMap: Sendable {
  /// A field.
  public struct Cell: Sendable {
    /// The share, 1 for the whole; above that only where something was saved.
    public var share: Double
    /// What is said of it when it's pointed at.
    public var tooltip: String

    /// Describes a field.
    public init(_ share: Double, tooltip: String) {
      self.share = share
      self.tooltip = tooltip
    }
  }

  /// What is seen.
  public var title: String
  /// What one must know to read it.
  public var subtitle: String
  /// The columns' names.
  public var columns: [String]
  /// The rows: a name, and for every column a field or nothing.
  public var rows: [(label: String, cells: [Cell?])]

  /// Describes a chart.
  public init(title: String, subtitle: String = "", columns: [String], rows: [(label: String, cells: [Cell?])]) {
    self.title = title
    self.subtitle = subtitle
    self.columns = columns
    self.rows = rows
  }

  /// Draws it, see ``PointChart/svg(width:isStandalone:)``. With very many columns it's wider than asked for.
  public func svg(width: Double, isStandalone: Bool = false) -> String {
    var canvas = Canvas()
    let heading = ChartHeading(title: title, subtitle: subtitle, legend: [])
    var top = heading.draw(on: &canvas, width: width)
    let names = RowNames(rows.map(\.label), width: width, most: width < 500 ? 0.46 : 0.34)
    let columnWidth = min(64, max(13, (width - names.right - 12) / Double(max(1, columns.count))))
    let longest = columns.map { TextFit.width($0, size: 12) }.max() ?? 0
    top = drawKey(on: &canvas, y: top)
    top += longest + 8
    for (index, name) in columns.enumerated() {
      let x = names.right + columnWidth * (Double(index) + 0.5) + 4
      canvas.text(name, x, top - 6, "", turned: -90)
    }
    let row = 20.0
    for (index, one) in rows.enumerated() {
      let y = top + row * Double(index)
      canvas.text(names.texts[index], names.right - 6, y + 14, "", anchor: .end)
      for (column, cell) in one.cells.enumerated() {
        let x = names.right + columnWidth * Double(column)
        guard let cell, cell.share.isFinite else {
          canvas.rectangle(x + columnWidth / 2 - 1.5, y + row / 2 - 1.5, 3, 3, "z")
          continue
        }
        canvas.rectangle(x + 0.5, y + 0.5, columnWidth - 1, row - 1, Self.style(cell.share), tooltip: cell.tooltip)
        let percent = String(Int((min(max(cell.share, -9), 99) * 100).rounded()))
        if columnWidth >= 17 {
          let size = columnWidth >= 26 ? "h " : columnWidth >= 21 ? "h h9 " : "h h8 "
          canvas.text(percent, x + columnWidth / 2, y + 14, size + Self.letters(cell.share))
        }
      }
    }
    if rows.isEmpty { canvas.text("nothing to draw", width / 2, top + 15, "q", anchor: .middle) }
    let right = max(width, names.right + columnWidth * Double(columns.count) + 8)
    let bottom = top + row * Double(max(1, rows.count)) + 12
    return canvas.svg(width: right, height: bottom, description: title, isStandalone: isStandalone)
  }

  private func drawKey(on canvas: inout Canvas, y: Double) -> Double {
    let x = 8.0
    canvas.text("0", x, y + 10, "q")
    var place = x + 12
    for step in 0...ChartStyle.heatSteps {
      canvas.rectangle(place, y, 8, 12, "u\(step)")
      place += 8
    }
    canvas.text("100 %", place + 4, y + 10, "q")
    place += 46
    for step in 0...ChartStyle.heatSteps {
      canvas.rectangle(place, y, 8, 12, "o\(step)")
      place += 8
    }
    canvas.text("300 % of peak", place + 4, y + 10, "q")
    return y + 24
  }

  private static func step(_ share: Double) -> Int {
    let part = share <= 1 ? share : (share - 1) / 2
    return Int((min(max(part, 0), 1) * Double(ChartStyle.heatSteps)).rounded())
  }

  static func style(_ share: Double) -> String { (share <= 1 ? "u" : "o") + String(step(share)) }
  static func letters(_ share: Double) -> String { step(share) > 5 ? "hh" : "hl" }
}
