/// One or several vector registers of `Float` side by side, and the multiply-add of an instruction set.
///
/// A value of 64 lanes is four AVX-512 registers or sixteen NEON ones: the compiler splits it. Everything here is inlined into
/// the bodies of ISA trampolines, and so takes on the instruction set of the trampoline.
public protocol FloatVector: BitwiseCopyable {
  /// What the sums of a row are written as.
  associatedtype Output: FloatVector
  /// Channels that one product of a row takes.
  static var step: Int { get }
  /// Reads ``step`` values and repeats them.
  static func broadcast(_ source: UnsafePointer<Float>) -> Self
  /// The sums over the channels of a step.
  func folded() -> Output
  /// The number of lanes.
  static var width: Int { get }
  /// All lanes zero.
  static var zero: Self { get }
  /// All lanes the same.
  init(repeating value: Float)
  /// Reads all lanes; no alignment is assumed.
  static func load(_ source: UnsafePointer<Float>) -> Self
  /// Writes all lanes; no alignment is assumed.
  func store(_ target: UnsafeMutablePointer<Float>)
  /// Reads the first columns, of which the last register has at least one; the other lanes are zero.
  static func load(_ source: UnsafePointer<Float>, columns: Int) -> Self
  /// Writes the first columns, of which the last register has at least one.
  func store(_ target: UnsafeMutablePointer<Float>, columns: Int)
  /// `min(max(self, low), high)`, where NaN stays NaN.
  mutating func clamp(_ low: Float, _ high: Float)
  /// `self += a · b`, fused where the instruction set has it.
  mutating func addProduct(_ a: Self, _ b: Self)
  /// `self -= a · b`, fused where the instruction set has it.
  mutating func subtractProduct(_ a: Self, _ b: Self)
  static func += (a: inout Self, b: Self)
  static func + (a: Self, b: Self) -> Self
  static func - (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
}

extension FloatVector where Output == Self {
  @inlinable @inline(__always) public func folded() -> Self { self }
}

extension FloatVector {
  @inlinable @inline(__always) public static var step: Int { 1 }
  @inlinable @inline(__always) public static func broadcast(_ source: UnsafePointer<Float>) -> Self {
    Self(repeating: source.pointee)
  }
  // Where there are no masks: by way of memory, unless all columns are asked for.
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>, columns: Int) -> Self {
    if columns == width { return load(source) }
    var values = Self.zero
    withUnsafeMutableBytes(of: &values) { copyFloats(source, $0.baseAddress!, columns) }
    return values
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, columns: Int) {
    if columns == Self.width { return store(target) }
    withUnsafeBytes(of: self) { copyFloats($0.baseAddress!, target, columns) }
  }
}

/// Copies some floats. Not inlined: tiles grow by it, and only blocks at the edge come here.
@usableFromInline @inline(never)
func copyFloats(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int) {
  target.copyMemory(from: source, byteCount: 4 * count)
}

/// A vector whose lanes are one SIMD value.
public protocol LanesVector: FloatVector {
  /// The lanes.
  associatedtype Lanes: KernelLanes
  /// The lanes of this value.
  var lanes: Lanes { get set }
  /// A value with the given lanes.
  init(lanes: Lanes)
}

extension LanesVector {
  @inlinable @inline(__always) public static var width: Int { Lanes.scalarCount }
  @inlinable @inline(__always) public static var zero: Self { Self(lanes: Lanes()) }
  @inlinable @inline(__always) public init(repeating value: Float) { self.init(lanes: .repeating(value)) }
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>) -> Self {
    Self(lanes: .load(source))
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>) { lanes.store(target) }
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

/// Two vectors side by side, for rows of three registers: SIMD types have a power of two of lanes.
@frozen public struct Beside<Left: FloatVector, Right: FloatVector>: FloatVector {
  public typealias Output = Beside<Left.Output, Right.Output>
  @usableFromInline var left: Left
  @usableFromInline var right: Right
  @inlinable @inline(__always) init(left: Left, right: Right) {
    self.left = left
    self.right = right
  }
  @inlinable @inline(__always) public static var width: Int { Left.width &+ Right.width }
  @inlinable @inline(__always) public static var zero: Self { Self(left: .zero, right: .zero) }
  @inlinable @inline(__always) public init(repeating value: Float) {
    self.init(left: Left(repeating: value), right: Right(repeating: value))
  }
  @inlinable @inline(__always) public static var step: Int { Left.step }
  @inlinable @inline(__always) public static func broadcast(_ source: UnsafePointer<Float>) -> Self {
    Self(left: .broadcast(source), right: .broadcast(source))
  }
  @inlinable @inline(__always) public func folded() -> Output {
    Output(left: left.folded(), right: right.folded())
  }
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>) -> Self {
    Self(left: .load(source), right: .load(source + Left.width))
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>) {
    left.store(target)
    right.store(target + Left.width)
  }
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>, columns: Int) -> Self {
    Self(left: .load(source), right: .load(source + Left.width, columns: columns &- Left.width))
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>, columns: Int) {
    left.store(target)
    right.store(target + Left.width, columns: columns &- Left.width)
  }
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) {
    left.clamp(low, high)
    right.clamp(low, high)
  }
  @inlinable @inline(__always) public mutating func addProduct(_ a: Self, _ b: Self) {
    left.addProduct(a.left, b.left)
    right.addProduct(a.right, b.right)
  }
  @inlinable @inline(__always) public mutating func subtractProduct(_ a: Self, _ b: Self) {
    left.subtractProduct(a.left, b.left)
    right.subtractProduct(a.right, b.right)
  }
  @inlinable @inline(__always) public static func += (a: inout Self, b: Self) {
    a.left += b.left
    a.right += b.right
  }
  @inlinable @inline(__always) public static func + (a: Self, b: Self) -> Self {
    Self(left: a.left + b.left, right: a.right + b.right)
  }
  @inlinable @inline(__always) public static func - (a: Self, b: Self) -> Self {
    Self(left: a.left - b.left, right: a.right - b.right)
  }
  @inlinable @inline(__always) public static func * (a: Self, b: Self) -> Self {
    Self(left: a.left * b.left, right: a.right * b.right)
  }
}

/// A vector on an instruction set with fused multiply-add.
public protocol FusedVector: LanesVector {}

extension FusedVector {
  @inlinable @inline(__always) public mutating func addProduct(_ a: Self, _ b: Self) {
    lanes.addProductFused(a.lanes, b.lanes)
  }
  @inlinable @inline(__always) public mutating func subtractProduct(_ a: Self, _ b: Self) {
    lanes.subtractProductFused(a.lanes, b.lanes)
  }
}

/// Lanes on an instruction set with fused multiply-add.
@frozen public struct Fused<Lanes: KernelLanes>: FusedVector {
  public typealias Output = Self
  public var lanes: Lanes
  @inlinable @inline(__always) public init(lanes: Lanes) { self.lanes = lanes }
}

/// Lanes on an instruction set that multiplies and adds in two steps.
@frozen public struct Plain<Lanes: KernelLanes>: LanesVector {
  public typealias Output = Self
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
