/// Finds room for names beside points; a name that finds none isn't written, since two on top of each other are none.
struct LabelPlacer {
  private let frame: Rectangle
  private var taken: [Rectangle] = []

  init(frame: Rectangle) { self.frame = frame }

  /// Keeps names away from a part of the picture.
  mutating func occupy(_ rectangle: Rectangle) { taken.append(rectangle) }

  /// Keeps names off a line.
  mutating func occupy(from start: (x: Double, y: Double), to end: (x: Double, y: Double)) {
    let isStraight = abs(start.x - end.x) < 1 || abs(start.y - end.y) < 1
    let parts = isStraight ? 1 : 30
    for part in 0..<parts {
      let one = Double(part) / Double(parts)
      let next = Double(part + 1) / Double(parts)
      let x = (start.x + (end.x - start.x) * one, start.x + (end.x - start.x) * next)
      let y = (start.y + (end.y - start.y) * one, start.y + (end.y - start.y) * next)
      taken.append(
        Rectangle(
          left: min(x.0, x.1) - 1, top: min(y.0, y.1) - 1, right: max(x.0, x.1) + 1, bottom: max(y.0, y.1) + 1))
    }
  }

  /// Where the text begins on its base line: right of the point, left, above or below; nil where all of it is taken.
  mutating func place(
    _ text: String, at point: (x: Double, y: Double), distance: Double, size: Double = 12
  ) -> (x: Double, y: Double)? {
    let width = TextFit.width(text, size: size)
    let spots = [
      (point.x + distance, point.y + size * 0.35), (point.x - distance - width, point.y + size * 0.35),
      (point.x - width / 2, point.y - distance - 2), (point.x - width / 2, point.y + distance + size * 0.8),
      (point.x + distance, point.y - distance), (point.x + distance, point.y + distance + size * 0.6),
      (point.x - distance - width, point.y - distance), (point.x - distance - width, point.y + distance + size * 0.6),
    ]
    for spot in spots {
      let box = Rectangle(
        left: spot.0, top: spot.1 - size * 0.85, right: spot.0 + width, bottom: spot.1 + size * 0.25)
      if frame.contains(box) && !taken.contains(where: { $0.intersects(box) }) {
        taken.append(box)
        return spot
      }
    }
    return nil
  }
}
