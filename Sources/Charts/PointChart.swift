/// Points or lines over two axes: roofline, speed against accuracy, scaling, history.
public struct PointChart: Sendable {
  /// An axis.
  public struct Axis: Sendable {
    /// What is counted, with its unit.
    public var title: String
    /// What equal distances mean.
    public var kind: Scale.Kind
    /// Whether it begins at zero at the latest.
    public var includesZero: Bool
    /// Names of the places 0, 1, 2 … instead of numbers; empty for numbers.
    public var names: [String]
    /// The numbers that are labelled instead of round ones; empty for round ones.
    public var places: [Double]
    /// Numbers that the axis holds besides those of what is drawn.
    public var holds: [Double]

    /// Describes an axis.
    public init(
      _ title: String, _ kind: Scale.Kind = .linear, includesZero: Bool = false, names: [String] = [],
      places: [Double] = [], holds: [Double] = []
    ) {
      self.title = title
      self.kind = kind
      self.includesZero = includesZero
      self.names = names
      self.places = places
      self.holds = holds
    }
  }

  /// One measurement.
  public struct Point: Sendable {
    /// Its place.
    public var x: Double, y: Double
    /// The ends of its interval along y; nil for none.
    public var interval: ClosedRange<Double>?
    /// What is said of it when it's pointed at.
    public var tooltip: String
    /// What is written beside it where there is room; nil for nothing.
    public var label: String?
    /// Whether it stands back behind the others.
    public var isFaint: Bool

    /// Describes a point.
    public init(
      x: Double, y: Double, interval: ClosedRange<Double>? = nil, tooltip: String, label: String? = nil,
      isFaint: Bool = false
    ) {
      self.x = x
      self.y = y
      self.interval = interval
      self.tooltip = tooltip
      self.label = label
      self.isFaint = isFaint
    }
  }

  /// Points of one colour and form.
  public struct Series: Sendable {
    /// What the legend says.
    public var name: String
    /// Number of the colour, see ``ChartStyle``.
    public var colour: Int
    /// The points, along x where they are joined.
    public var points: [Point]
    /// Whether a line joins them.
    public var isJoined: Bool

    /// Describes a series.
    public init(_ name: String, colour: Int, points: [Point], isJoined: Bool = false) {
      self.name = name
      self.colour = colour
      self.points = points
      self.isJoined = isJoined
    }
  }

  /// A line that isn't measured by points.
  public struct Reference: Sendable {
    /// The corners.
    public var points: [(x: Double, y: Double)]
    /// What is written at its beginning; empty for nothing.
    public var label: String
    /// Whether it's broken.
    public var isDashed: Bool
    /// Whether the label stands left of the line, which must leave room there, instead of along it.
    public var isLabelledBefore: Bool

    /// Describes a line.
    public init(
      _ points: [(x: Double, y: Double)], label: String, isDashed: Bool = false, isLabelledBefore: Bool = false
    ) {
      self.points = points
      self.label = label
      self.isDashed = isDashed
      self.isLabelledBefore = isLabelledBefore
    }
  }

  /// What is seen.
  public var title: String
  /// What one must know to read it.
  public var subtitle: String
  /// The axes.
  public var x: Axis, y: Axis
  /// The points.
  public var series: [Series]
  /// Ceilings, ideals, fronts.
  public var references: [Reference]

  /// Describes a chart.
  public init(
    title: String, subtitle: String = "", x: Axis, y: Axis, series: [Series], references: [Reference] = []
  ) {
    self.title = title
    self.subtitle = subtitle
    self.x = x
    self.y = y
    self.series = series
    self.references = references
  }

  /// Draws it.
  ///
  /// - Parameters:
  ///   - width: pixels; from 280 on it's readable.
  ///   - isStandalone: whether it's a file of its own, with its colours and a background.
  public func svg(width: Double, isStandalone: Bool = false) -> String {
    var canvas = Canvas()
    let named = series.filter { !$0.name.isEmpty }
    let heading = ChartHeading(title: title, subtitle: subtitle, legend: named.map { ($0.name, $0.colour) })
    let top = heading.draw(on: &canvas, width: width) + 18
    let plotHeight = min(420, max(230, width * 0.52))
    let bottom = top + plotHeight
    let all = series.flatMap(\.points)
    let yValues = all.flatMap { point in
      [point.y] + (point.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    let yScale = Scale(
      y.kind, of: yValues + references.flatMap { $0.points.map(\.y) } + y.holds, from: bottom, to: top,
      includesZero: y.includesZero, tickCount: Int(plotHeight / 50))
    let left = 16 + (yScale.ticks.map { TextFit.width($0.label, size: 12) }.max() ?? 0)
    // The last name, centred below its place, needs room beside it.
    let right = width - max(16, (x.names.last.map { TextFit.width($0, size: 12) / 2 } ?? 0) + 4)
    let xScale = Scale(
      x.kind, of: all.map(\.x) + references.flatMap { $0.points.map(\.x) } + x.holds, from: left, to: right,
      includesZero: x.includesZero, tickCount: max(3, Int((width - left) / 75)))

    canvas.text(TextFit.cut(y.title, to: width - 16, size: 12), 8, top - 10, "q")
    for tick in yScale.ticks {
      let place = yScale.position(tick.value)
      canvas.line(left, place, width - 16, place, "g")
      canvas.text(tick.label, left - 6, place + 4, "q", anchor: .end)
    }
    for tick in xTicks(xScale) {
      let place = xScale.position(tick.value)
      canvas.line(place, top, place, bottom, "g")
      canvas.text(tick.label, place, bottom + 17, "q", anchor: .middle)
    }
    canvas.line(left, bottom, width - 16, bottom, "a")
    canvas.text(
      TextFit.cut(x.title, to: width - 16, size: 12), (left + width - 16) / 2, bottom + 36, "q", anchor: .middle)

    var labels = LabelPlacer(frame: Rectangle(left: left, top: top - 2, right: width - 2, bottom: bottom))
    for reference in references {
      let places = reference.points.map { (x: xScale.position($0.x), y: yScale.position($0.y)) }
      canvas.path(places, reference.isDashed ? "p" : "r")
      let text = TextFit.cut(reference.label, to: width - left - 24, size: 12)
      if let start = places.first, !text.isEmpty {
        let width = TextFit.width(text, size: 12)
        // Below a line that rises, above one that doesn't.
        let down = reference.isLabelledBefore ? 4 : places[places.count - 1].y < start.y ? 12.0 : -6
        let x = reference.isLabelledBefore ? max(left + 2, start.x - width - 2) : start.x + 8
        canvas.text(text, x, start.y + down, "b")
        labels.occupy(
          Rectangle(left: x - 2, top: start.y + down - 11, right: x + width + 2, bottom: start.y + down + 4))
      }
      for (one, next) in zip(places, places.dropFirst()) { labels.occupy(from: one, to: next) }
    }
    let radius = all.count > 400 ? 2.5 : width < 500 ? 3.2 : 4
    for one in series where one.isJoined {
      canvas.path(
        one.points.map { (x: xScale.position($0.x), y: yScale.position($0.y)) }, "n \(ChartStyle.stroke(one.colour))")
    }
    // What stands back first, so that nothing hides what matters.
    for isFaint in [true, false] {
      for one in series {
        for point in one.points where point.isFaint == isFaint {
          let place = (x: xScale.position(point.x), y: yScale.position(point.y))
          if let interval = point.interval {
            canvas.line(
              place.x, yScale.position(interval.lowerBound), place.x, yScale.position(interval.upperBound), "i")
          }
          canvas.mark(place.x, place.y, series: one.colour, radius: radius, isFaint: isFaint, tooltip: point.tooltip)
        }
      }
    }
    let places = all.map { (xScale.position($0.x), yScale.position($0.y)) }
    for place in places {
      labels.occupy(
        Rectangle(left: place.0 - radius, top: place.1 - radius, right: place.0 + radius, bottom: place.1 + radius))
    }
    // Those in front first: they get the better places.
    for point in all.filter({ !$0.isFaint }) + all.filter(\.isFaint) {
      guard let label = point.label else { continue }
      let place = (x: xScale.position(point.x), y: yScale.position(point.y))
      if let spot = labels.place(label, at: place, distance: radius + 3) {
        canvas.text(label, spot.x, spot.y, point.isFaint ? "b q" : "b")
      }
    }
    if all.isEmpty { canvas.text("nothing to draw", (left + width) / 2, (top + bottom) / 2, "q", anchor: .middle) }
    return canvas.svg(width: width, height: bottom + 46, description: title, isStandalone: isStandalone)
  }

  /// The numbers along x, or as many of the names as have room.
  private func xTicks(_ scale: Scale) -> [Scale.Tick] {
    if !x.places.isEmpty {
      return x.places.map { Scale.Tick(value: $0, label: $0 == $0.rounded() ? String(Int($0)) : String($0)) }
    }
    if x.names.isEmpty { return scale.ticks }
    let room = abs(scale.position(1) - scale.position(0))
    let widest = (x.names.map { TextFit.width($0, size: 12) }.max() ?? 0) + 8
    let stride = max(1, Int((widest / max(room, 0.1)).rounded(.up)))
    return Swift.stride(from: 0, to: x.names.count, by: stride).map {
      Scale.Tick(value: Double($0), label: x.names[$0])
    }
  }
}
