/// Finds room for names beside points; a name that finds none isn't written, since two on top of each other are none.
struct LabelPlacer {
  private let frame: Rectangle
  private var taken: [Rectangle] = []

  init(frame: Rectangle) { self.frame = frame }

  /// Keeps names away from a part of the picture.
  mutating func occupy(_ rectangle: Rectangle) { taken.append(rectangle) }

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
