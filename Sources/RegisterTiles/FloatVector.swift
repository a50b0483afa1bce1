/// One or several vector registers of `Float` side by side, and the multiply-add of an instruction set.
///
/// A value of 64 lanes is four AVX-512 registers or sixteen NEON ones: the compiler splits it. Everything here is inlined into
/// the bodies of ISA trampolines, and so takes on the instruction set of the trampoline.
public protocol FloatVector: BitwiseCopyable {
  /// The lanes.
  associatedtype Lanes: KernelLanes
  /// The lanes of this value.
  var lanes: Lanes { get set }
  /// A value with the given lanes.
  init(lanes: Lanes)
  /// `self += a · b`, fused where the instruction set has it.
  mutating func addProduct(_ a: Self, _ b: Self)
  /// `self -= a · b`, fused where the instruction set has it.
  mutating func subtractProduct(_ a: Self, _ b: Self)
}

extension FloatVector {
  /// The number of lanes.
  @inlinable @inline(__always) public static var width: Int { Lanes.scalarCount }
  /// All lanes zero.
  @inlinable @inline(__always) public static var zero: Self { Self(lanes: Lanes()) }
  /// All lanes the same.
  @inlinable @inline(__always) public init(repeating value: Float) { self.init(lanes: .repeating(value)) }
  /// Reads all lanes; no alignment is assumed.
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>) -> Self {
    Self(lanes: .load(source))
  }
  /// Writes all lanes; no alignment is assumed.
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>) { lanes.store(target) }
  /// `min(max(self, low), high)`, where NaN stays NaN.
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) { lanes.clamp(low, high) }

  @inlinable @inline(__always) public static func += (a: inout Self, b: Self) { a.lanes.add(b.lanes) }
  @inlinable @inline(__always) public static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum.lanes.add(b.lanes)
    return sum
  }
  @inlinable @inline(__always) public static func - (a: Self, b: Self) -> Self {
    var difference = a
    difference.lanes.subtract(b.lanes)
    return difference
  }
  @inlinable @inline(__always) public static func * (a: Self, b: Self) -> Self {
    var product = a
    product.lanes.multiply(b.lanes)
    return product
  }
}

/// Lanes on an instruction set with fused multiply-add.
@frozen public struct Fused<Lanes: KernelLanes>: FloatVector {
  public var lanes: Lanes
  @inlinable @inline(__always) public init(lanes: Lanes) { self.lanes = lanes }
  @inlinable @inline(__always) public mutating func addProduct(_ a: Self, _ b: Self) {
    lanes.addProductFused(a.lanes, b.lanes)
  }
  @inlinable @inline(__always) public mutating func subtractProduct(_ a: Self, _ b: Self) {
    lanes.subtractProductFused(a.lanes, b.lanes)
  }
}

/// Lanes on an instruction set that multiplies and adds in two steps.
@frozen public struct Plain<Lanes: KernelLanes>: FloatVector {
  public var lanes: Lanes
  @inlinable @inline(__always) public init(lanes: Lanes) { self.lanes = lanes }
  @inlinable @inline(__always) public mutating func addProduct(_ a: Self, _ b: Self) {
    lanes.addProductPlain(a.lanes, b.lanes)
  }
  @inlinable @inline(__always) public mutating func subtractProduct(_ a: Self, _ b: Self) {
    lanes.subtractProductPlain(a.lanes, b.lanes)
  }
}

#if arch(arm64)
  /// Lanes on the instruction set that every machine of the architecture has.
  public typealias Baseline<Lanes: KernelLanes> = Fused<Lanes>
#else
  /// Lanes on the instruction set that every machine of the architecture has.
  public typealias Baseline<Lanes: KernelLanes> = Plain<Lanes>
#endif
