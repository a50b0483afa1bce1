/// A part of a picture, in pixels from its upper left corner.
struct Rectangle: Hashable, Sendable {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double

  func intersects(_ other: Rectangle) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  func contains(_ other: Rectangle) -> Bool {
    left <= other.left && top <= other.top && other.right <= right && other.bottom <= bottom
  }
}
