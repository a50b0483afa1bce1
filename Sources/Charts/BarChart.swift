/// Horizontal bars with intervals, one a row.
public struct BarChart: Sendable {
  /// A bar.
  public struct Bar: Sendable {
    /// The name, on the left.
    public var label: String
    /// Its length; negative and infinite ones are drawn as none.
    public var value: Double
    /// The ends of its interval; nil for none.
    public var interval: ClosedRange<Double>?
    /// What is written behind it.
    public var text: String
    /// Number of the colour, see ``ChartStyle``.
    public var colour: Int
    /// What is said of it when it's pointed at.
    public var tooltip: String

    /// Describes a bar.
    public init(
      _ label: String, value: Double, interval: ClosedRange<Double>? = nil, text: String, colour: Int, tooltip: String
    ) {
      self.label = label
      self.value = value
      self.interval = interval
      self.text = text
      self.colour = colour
      self.tooltip = tooltip
    }
  }

  /// What is seen.
  public var title: String
  /// What one must know to read it.
  public var subtitle: String
  /// What the lengths mean, with the unit.
  public var axisTitle: String
  /// The bars, from top to bottom.
  public var bars: [Bar]
  /// Lengths that are marked across all bars, with a name each.
  public var marks: [(value: Double, label: String)]

  /// Describes a chart.
  public init(
    title: String, subtitle: String = "", axisTitle: String, bars: [Bar], marks: [(value: Double, label: String)] = []
  ) {
    self.title = title
    self.subtitle = subtitle
    self.axisTitle = axisTitle
    self.bars = bars
    self.marks = marks
  }

  /// Draws it, see ``PointChart/svg(width:isStandalone:)``.
  public func svg(width: Double, isStandalone: Bool = false) -> String {
    var canvas = Canvas()
    let heading = ChartHeading(title: title, subtitle: subtitle, legend: [])
    let top = heading.draw(on: &canvas, width: width) + (marks.isEmpty ? 0 : 12)
    let row = 22.0
    let bottom = top + row * Double(max(1, bars.count))
    let names = RowNames(bars.map(\.label), width: width)
    let textWidth = (bars.map { TextFit.width($0.text, size: 12) }.max() ?? 0) + 10
    let scale = Scale(
      .linear, of: bars.flatMap { [$0.value] + ($0.interval.map { [$0.upperBound] } ?? []) } + marks.map(\.value),
      from: names.right, to: max(names.right + 40, width - textWidth - 8), includesZero: true,
      tickCount: max(2, Int((width - names.right - textWidth) / 70)))
    for tick in scale.ticks {
      let place = scale.position(tick.value)
      canvas.line(place, top, place, bottom, "g")
      canvas.text(tick.label, place, bottom + 16, "q", anchor: .middle)
    }
    var ends: [Double] = []
    for (index, bar) in bars.enumerated() {
      let y = top + row * Double(index)
      let length = scale.position(bar.value.isFinite ? bar.value : 0)
      canvas.text(names.texts[index], names.right - 6, y + 15, "", anchor: .end)
      canvas.rectangle(
        names.right, y + 3.5, length - names.right, row - 7, "bar " + ChartStyle.fill(bar.colour), tooltip: bar.tooltip)
      var end = length
      if let interval = bar.interval {
        let low = scale.position(interval.lowerBound)
        let high = scale.position(interval.upperBound)
        end = max(end, high)
        canvas.line(low, y + row / 2, high, y + row / 2, "i")
        for place in [low, high] { canvas.line(place, y + row / 2 - 4, place, y + row / 2 + 4, "i") }
      }
      ends.append(end)
    }
    canvas.line(names.right, top, names.right, bottom, "a")
    for mark in marks {
      let place = scale.position(mark.value)
      canvas.line(place, top - 3, place, bottom, "p")
      let isLate = place > width / 2
      canvas.text(mark.label, place + (isLate ? 2 : -2), top - 6, "q", anchor: isLate ? .end : .start)
    }
    for (index, bar) in bars.enumerated() {
      canvas.text(bar.text, ends[index] + 6, top + row * Double(index) + 15, "b")
    }
    if bars.isEmpty { canvas.text("nothing to draw", width / 2, top + 15, "q", anchor: .middle) }
    let title = TextFit.cut(axisTitle, to: width - 16, size: 12)
    canvas.text(title, max(8, min(names.right, width - 8 - TextFit.width(title, size: 12))), bottom + 34, "q")
    return canvas.svg(width: width, height: bottom + 44, description: title, isStandalone: isStandalone)
  }
}
