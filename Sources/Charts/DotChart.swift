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
    /// Whether it stands back behind the others.
    public var isFaint: Bool
    /// The ends of its interval; nil for none.
    public var interval: ClosedRange<Double>?

    /// Describes a mark.
    public init(
      _ value: Double, colour: Int, tooltip: String = "", isFaint: Bool = false, interval: ClosedRange<Double>? = nil
    ) {
      self.value = value
      self.colour = colour
      self.tooltip = tooltip
      self.isFaint = isFaint
      self.interval = interval
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
  /// Whether marks of a row are small and moved up and down a little, so that equal ones are seen: for many marks, of which
  /// none says anything when it's pointed at.
  public var isSpread: Bool
  /// A place that is marked across all rows; nil for none.
  public var mark: Double?

  /// Describes a chart.
  public init(
    title: String, subtitle: String = "", axis: PointChart.Axis, rows: [Row],
    legend: [(name: String, colour: Int)] = [], isSpread: Bool = false, mark: Double? = nil
  ) {
    self.title = title
    self.subtitle = subtitle
    self.axis = axis
    self.rows = rows
    self.legend = legend
    self.isSpread = isSpread
    self.mark = mark
  }

  /// Draws it, see ``PointChart/svg(width:isStandalone:)``.
  public func svg(width: Double, isStandalone: Bool = false) -> String {
    var canvas = Canvas()
    let heading = ChartHeading(title: title, subtitle: subtitle, legend: legend.map { ($0.name, $0.colour) })
    let top = heading.draw(on: &canvas, width: width)
    let row = 22.0
    let bottom = top + row * Double(max(1, rows.count))
    let names = RowNames(rows.map(\.label), width: width)
    let values = rows.flatMap(\.dots).flatMap { dot in
      [dot.value] + (dot.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    let scale = Scale(
      axis.kind, of: values + (mark.map { [$0] } ?? []), from: names.right + 6, to: width - 20,
      includesZero: axis.includesZero, tickCount: max(2, Int((width - names.right) / 75)))
    for tick in scale.ticks {
      let place = scale.position(tick.value)
      canvas.line(place, top, place, bottom, "g")
      canvas.text(tick.label, place, bottom + 16, "q", anchor: .middle)
    }
    if let mark {
      let place = scale.position(mark)
      canvas.line(place, top - 3, place, bottom, "p")
    }
    for (index, one) in rows.enumerated() {
      let y = top + row * (Double(index) + 0.5)
      canvas.line(names.right, y, width - 16, y, "g")
      canvas.text(names.texts[index], names.right - 6, y + 4, "", anchor: .end)
      let dots = one.dots.filter(\.value.isFinite)
      if isSpread { spread(dots, y, scale, on: &canvas) } else { draw(dots, y, scale, on: &canvas) }
    }
    if rows.isEmpty { canvas.text("nothing to draw", width / 2, top + 15, "q", anchor: .middle) }
    canvas.text(axis.title, width - 16, bottom + 34, "q", anchor: .end)
    return canvas.svg(width: width, height: bottom + 44, description: title, isStandalone: isStandalone)
  }

  private func draw(_ dots: [Dot], _ y: Double, _ scale: Scale, on canvas: inout Canvas) {
    for dot in dots.filter(\.isFaint) + dots.filter({ !$0.isFaint }) {
      if let interval = dot.interval {
        canvas.line(scale.position(interval.lowerBound), y, scale.position(interval.upperBound), y, "i")
      }
      canvas.mark(
        scale.position(dot.value), y, series: dot.colour, radius: dot.isFaint ? 3 : 4.2, isFaint: dot.isFaint,
        tooltip: dot.tooltip.isEmpty ? nil : dot.tooltip)
    }
  }

  /// One path a colour: an element for each of some hundred thousand samples makes a page that phones can't open.
  private func spread(_ dots: [Dot], _ y: Double, _ scale: Scale, on canvas: inout Canvas) {
    for colour in Set(dots.map(\.colour)).sorted() {
      // A fixed pattern: a picture made twice from the same records is the same.
      let places = dots.enumerated().filter { $1.colour == colour }.map { number, dot in
        (x: scale.position(dot.value), y: y + Double(number * 5 % 7 - 3) * 1.6)
      }
      canvas.dots(places, series: colour)
    }
  }
}
