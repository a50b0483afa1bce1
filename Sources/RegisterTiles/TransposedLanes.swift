import CKernelISA

/// Lanes that are read across the rows of a matrix, or from every second column.
public protocol TransposedLanes: KernelLanes {
  /// Reads four columns of as many rows as there are lanes, the rows `stride` floats apart.
  static func columns(_ source: UnsafePointer<Float>, stride: Int) -> (Self, Self, Self, Self)
  /// Reads twice as many floats as there are lanes and keeps the first, the third and so on.
  static func even(_ source: UnsafePointer<Float>) -> Self
}

extension SIMD4: TransposedLanes where Scalar == Float {
  @inlinable @inline(__always)
  public static func columns(_ source: UnsafePointer<Float>, stride: Int) -> (Self, Self, Self, Self) {
    var (first, second, third, fourth) = (Self(), Self(), Self(), Self())
    kernel_columns4(&first, &second, &third, &fourth, source, stride)
    return (first, second, third, fourth)
  }
  @inlinable @inline(__always) public static func even(_ source: UnsafePointer<Float>) -> Self {
    var lanes = Self()
    kernel_even4(&lanes, source)
    return lanes
  }
}

extension SIMD8: TransposedLanes where Scalar == Float {
  @inlinable @inline(__always)
  public static func columns(_ source: UnsafePointer<Float>, stride: Int) -> (Self, Self, Self, Self) {
    var (first, second, third, fourth) = (Self(), Self(), Self(), Self())
    kernel_columns8(&first, &second, &third, &fourth, source, stride)
    return (first, second, third, fourth)
  }
  @inlinable @inline(__always) public static func even(_ source: UnsafePointer<Float>) -> Self {
    var lanes = Self()
    kernel_even8(&lanes, source)
    return lanes
  }
}

extension SIMD16: TransposedLanes where Scalar == Float {
  @inlinable @inline(__always)
  public static func columns(_ source: UnsafePointer<Float>, stride: Int) -> (Self, Self, Self, Self) {
    var (first, second, third, fourth) = (Self(), Self(), Self(), Self())
    kernel_columns16(&first, &second, &third, &fourth, source, stride)
    return (first, second, third, fourth)
  }
  @inlinable @inline(__always) public static func even(_ source: UnsafePointer<Float>) -> Self {
    var lanes = Self()
    kernel_even16(&lanes, source)
    return lanes
  }
}
