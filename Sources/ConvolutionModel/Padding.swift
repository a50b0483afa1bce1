/// Zero padding around an input image, in pixels, side by side.
///
/// A side may be negative when it was deduced from a given output size: a strided 1×1 filter that never reaches the last
/// column leaves it unused, which is a right padding of −1. ``ConvolutionProblem`` accepts that at the bottom and at the
/// right only, since output positions are counted from the top left.
public struct Padding: Hashable, Sendable, Codable {
  /// Rows of zeros above the image.
  public var top: Int
  /// Columns of zeros left of the image.
  public var left: Int
  /// Rows of zeros below the image; negative where the last rows of the image are unused.
  public var bottom: Int
  /// Columns of zeros right of the image; negative where the last columns of the image are unused.
  public var right: Int

  /// Creates padding from its four sides.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }

  /// The same padding on all four sides.
  public init(_ all: Int) { self.init(top: all, left: all, bottom: all, right: all) }

  /// No padding.
  public static let zero = Padding(0)
}

/// How the padding of a problem is chosen.
public enum PaddingRule: Hashable, Sendable {
  /// No padding: every tap lies inside the image.
  case valid
  /// ONNX's `SAME_UPPER`: the output has `ceil(input / stride)` rows and columns, and where the total padding is odd, the
  /// extra zero goes to the bottom and to the right.
  case same
  /// The given sides.
  case explicit(Padding)
}
