import CKernelISA

/// Lanes that rows are staged by: copied, with what doesn't belong to a row replaced by zeros, or sorted.
public protocol StagedLanes: KernelLanes {
  /// Keeps the bits that a mask has: all of a lane or none.
  mutating func keep(_ mask: Self)
  /// Reads twice as many floats as there are lanes: those at even places and those at odd ones.
  static func split(_ source: UnsafePointer<Float>) -> (even: Self, odd: Self)
}

extension SIMD8: StagedLanes where Scalar == Float {
  @inlinable @inline(__always) public mutating func keep(_ mask: Self) {
    var mask = mask
    kernel_keep8(&self, &mask)
  }
  @inlinable @inline(__always) public static func split(_ source: UnsafePointer<Float>) -> (even: Self, odd: Self) {
    var (even, odd) = (Self(), Self())
    kernel_split8(&even, &odd, source)
    return (even, odd)
  }
}

extension SIMD16: StagedLanes where Scalar == Float {
  @inlinable @inline(__always) public mutating func keep(_ mask: Self) {
    var mask = mask
    kernel_keep16(&self, &mask)
  }
  @inlinable @inline(__always) public static func split(_ source: UnsafePointer<Float>) -> (even: Self, odd: Self) {
    var (even, odd) = (Self(), Self())
    kernel_split16(&even, &odd, source)
    return (even, odd)
  }
}
