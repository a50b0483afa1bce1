/// A picture while it's drawn: elements of SVG, one after the other, coloured by the classes of ``ChartStyle``.
struct Canvas {
  /// Where text stands relative to its place.
  enum Anchor: String {
    case start, middle, end
  }

  private(set) var body = ""

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    body += "<line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\" class=\"\(style)\"/>"
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, tooltip: String? = nil
  ) {
    let shape = "x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(max(0, width)))\" height=\"\(n(max(0, height)))\""
    body += element("rect", "\(shape) class=\"\(style)\"", tooltip)
  }

  mutating func path(_ points: [(x: Double, y: Double)], _ style: String) {
    guard let first = points.first else { return }
    let rest = points.dropFirst().map { "L\(n($0.x)) \(n($0.y))" }.joined()
    body += "<path d=\"M\(n(first.x)) \(n(first.y))\(rest)\" class=\"\(style)\"/>"
  }

  /// Small round marks in one element.
  mutating func dots(_ places: [(x: Double, y: Double)], series: Int) {
    if places.isEmpty { return }
    let path = places.map { "M\(n($0.x)) \(n($0.y))h0" }.joined()
    body += "<path d=\"\(path)\" class=\"d \(ChartStyle.stroke(series))\"/>"
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, _ style: String, anchor: Anchor = .start, turned degrees: Double = 0
  ) {
    if text.isEmpty { return }
    let turn = degrees == 0 ? "" : " transform=\"rotate(\(n(degrees)) \(n(x)) \(n(y)))\""
    let anchoring = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    body += "<text x=\"\(n(x))\" y=\"\(n(y))\" class=\"\(style)\"\(anchoring)\(turn)>\(Markup.escaped(text))</text>"
  }

  /// A mark of a series: its form differs from that of the next as well as its colour.
  mutating func mark(
    _ x: Double, _ y: Double, series: Int, radius: Double = 4, isFaint: Bool = false, tooltip: String? = nil
  ) {
    let style = "class=\"\(ChartStyle.fill(series)) m\(isFaint ? " faint" : "")\""
    func polygon(_ corners: [(Double, Double)]) -> String {
      let path = corners.map { "\(n(x + $0.0 * radius)) \(n(y + $0.1 * radius))" }.joined(separator: "L")
      return element("path", "d=\"M\(path)Z\" \(style)", tooltip)
    }
    switch series % 6 {
    case 0: body += element("circle", "cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\" \(style)", tooltip)
    case 1: body += polygon([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case 2: body += polygon([(0, -1.15), (1.1, 0.85), (-1.1, 0.85)])
    case 3: body += polygon([(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)])
    case 4: body += polygon([(0, 1.15), (1.1, -0.85), (-1.1, -0.85)])
    default:
      body += polygon([
        (-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4), (0.4, 1.1), (-0.4, 1.1),
        (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4),
      ])
    }
  }

  /// The finished picture.
  ///
  /// - Parameters:
  ///   - description: what a screen reader says.
  ///   - isStandalone: whether it's a file of its own, with its colours and a background.
  func svg(width: Double, height: Double, description: String, isStandalone: Bool) -> String {
    let size = "width=\"\(n(width))\" height=\"\(n(height))\" viewBox=\"0 0 \(n(width)) \(n(height))\""
    let style =
      isStandalone ? "<style>\(ChartStyle.css)</style><rect width=\"100%\" height=\"100%\" class=\"bg\"/>" : ""
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" \(size) role=\"img\" "
      + "aria-label=\"\(Markup.escaped(description))\">\(style)\(body)</svg>"
  }

  private func element(_ name: String, _ attributes: String, _ tooltip: String?) -> String {
    guard let tooltip else { return "<\(name) \(attributes)/>" }
    return "<\(name) \(attributes)><title>\(Markup.escaped(tooltip))</title></\(name)>"
  }

  private func n(_ value: Double) -> String { Markup.number(value) }
}
