extension Activation {
  /// The activation of one value. NaN stays NaN.
  @inlinable
  public func apply(_ x: Float) -> Float {
    switch self {
    case .identity: x
    case .relu: x < 0 ? 0 : x
    case .relu6: x < 0 ? 0 : x > 6 ? 6 : x
    }
  }
}
