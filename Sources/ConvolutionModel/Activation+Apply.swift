extension Activation {
  /// The smallest value that the activation lets through.
  @inlinable public var lowerBound: Float { self == .identity ? -.infinity : 0 }

  /// The largest value that the activation lets through.
  @inlinable public var upperBound: Float { self == .relu6 ? 6 : .infinity }

  /// The activation of one value. NaN stays NaN.
  @inlinable
  public func apply(_ x: Float) -> Float {
    x < lowerBound ? lowerBound : x > upperBound ? upperBound : x
  }
}
