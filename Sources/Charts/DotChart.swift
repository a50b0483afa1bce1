/// Marks along rows: samples of each kernel, machines side by side.
public struct DotChart: Sendable {
  /// A mark.
  public struct Dot: Sendable {
    /// Its place.
    public var value: Double
    /// Number of the colour, see ``ChartStyle``.
    public var colour: Int
    /// What is said of it when it's pointed at; empty for nothing.
    public var tooltip: String

    /// Describes a mark.
    public init(_ value: Double, colour: Int, tooltip: String = "") {
      self.value = value
      self.colour = colour
      self.tooltip = tooltip
    }
  }

  /// A row.
  public struct Row: Sendable {
    /// The name, on the left.
    public var label: String
    /// The marks.
    public var dots: [Dot]

    /// Describes a row.
    public init(_ label: String, dots: [Dot]) {
      self.label = label
      self.dots = dots
    }
  }

  /// What is seen.
  public var title: String
  /// What one must know to read it.
  public var subtitle: String
  /// The axis.
  public var axis: PointChart.Axis
  /// The rows, from top to bottom.
  public var rows: [Row]
  /// What the colours mean; empty where the rows' names say it.
  public var legend: [(name: String, colour: Int)]
  /// Whether marks of a row are moved up and down a little, so that equal ones are seen.
  public var isSpread: Bool

  /// Describes a chart.
  public init(
    title: String, subtitle: String = "", axis: PointChart.Axis, rows: [Row],
    legend: [(name: String, colour: Int)] = [], isSpread: Bool = false
  ) {
    self.title = title
    self.subtitle = subtitle
    self.axis = axis
    self.rows = rows
    self.legend = legend
    self.isSpread = isSpread
  }

  /// Draws it, see ``PointChart/svg(width:isStandalone:)``.
  public func svg(width: Double, isStandalone: Bool = false) -> String {
    var canvas = Canvas()
    let heading = ChartHeading(title: title, subtitle: subtitle, legend: legend.map { ($0.name, $0.colour) })
    let top = heading.draw(on: &canvas, width: width)
    let row = 22.0
    let bottom = top + row * Double(max(1, rows.count))
    let names = RowNames(rows.map(\.label), width: width)
    let scale = Scale(
      axis.kind, of: rows.flatMap { $0.dots.map(\.value) }, from: names.right + 6, to: width - 20,
      includesZero: axis.includesZero, tickCount: max(2, Int((width - names.right) / 75)))
    for tick in scale.ticks {
      let place = scale.position(tick.value)
      canvas.line(place, top, place, bottom, "g")
      canvas.text(tick.label, place, bottom + 16, "q", anchor: .middle)
    }
    for (index, one) in rows.enumerated() {
      let y = top + row * (Double(index) + 0.5)
      canvas.line(names.right, y, width - 16, y, "g")
      canvas.text(names.texts[index], names.right - 6, y + 4, "", anchor: .end)
      for (number, dot) in one.dots.enumerated() where dot.value.isFinite {
        // A fixed pattern: a picture made twice from the same records is the same.
        let offset = isSpread ? Double(number * 5 % 7 - 3) * 1.6 : 0
        canvas.mark(
          scale.position(dot.value), y + offset, series: dot.colour, radius: isSpread ? 2.6 : 4.2,
          tooltip: dot.tooltip.isEmpty ? nil : dot.tooltip)
      }
    }
    if rows.isEmpty { canvas.text("nothing to draw", width / 2, top + 15, "q", anchor: .middle) }
    canvas.text(axis.title, width - 16, bottom + 34, "q", anchor: .end)
    return canvas.svg(width: width, height: bottom + 44, description: title, isStandalone: isStandalone)
  }
}
