import CKernelISA

/// The operations of a SIMD type of `Float`, each on all lanes at once.
public protocol KernelLanes: SIMD, BitwiseCopyable where Scalar == Float {
  /// Reads all lanes; no alignment is assumed.
  static func load(_ source: UnsafePointer<Float>) -> Self
  /// Writes all lanes; no alignment is assumed.
  func store(_ target: UnsafeMutablePointer<Float>)
  /// All lanes the same.
  static func repeating(_ value: Float) -> Self
  /// `self += x`.
  mutating func add(_ x: Self)
  /// `self -= x`.
  mutating func subtract(_ x: Self)
  /// `self *= x`.
  mutating func multiply(_ x: Self)
  /// `self += a · b`, rounded once.
  mutating func addProductFused(_ a: Self, _ b: Self)
  /// `self += a · b`, product and sum rounded each.
  mutating func addProductPlain(_ a: Self, _ b: Self)
  /// `self -= a · b`, rounded once.
  mutating func subtractProductFused(_ a: Self, _ b: Self)
  /// `self -= a · b`, product and difference rounded each.
  mutating func subtractProductPlain(_ a: Self, _ b: Self)
  /// `min(max(self, low), high)`, where NaN stays NaN.
  mutating func clamp(_ low: Float, _ high: Float)
}

extension SIMD4: KernelLanes where Scalar == Float {
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>) -> Self {
    var lanes = Self()
    kernel_load4(&lanes, source)
    return lanes
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>) {
    var lanes = self
    kernel_store4(target, &lanes)
  }
  @inlinable @inline(__always) public static func repeating(_ value: Float) -> Self {
    var lanes = Self()
    kernel_repeat4(&lanes, value)
    return lanes
  }
  @inlinable @inline(__always) public mutating func add(_ x: Self) {
    var x = x
    kernel_add4(&self, &x)
  }
  @inlinable @inline(__always) public mutating func subtract(_ x: Self) {
    var x = x
    kernel_subtract4(&self, &x)
  }
  @inlinable @inline(__always) public mutating func multiply(_ x: Self) {
    var x = x
    kernel_multiply4(&self, &x)
  }
  @inlinable @inline(__always) public mutating func addProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_fused4(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func addProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_plain4(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_fused4(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_plain4(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) {
    kernel_clamp4(&self, low, high)
  }
}

extension SIMD8: KernelLanes where Scalar == Float {
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>) -> Self {
    var lanes = Self()
    kernel_load8(&lanes, source)
    return lanes
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>) {
    var lanes = self
    kernel_store8(target, &lanes)
  }
  @inlinable @inline(__always) public static func repeating(_ value: Float) -> Self {
    var lanes = Self()
    kernel_repeat8(&lanes, value)
    return lanes
  }
  @inlinable @inline(__always) public mutating func add(_ x: Self) {
    var x = x
    kernel_add8(&self, &x)
  }
  @inlinable @inline(__always) public mutating func subtract(_ x: Self) {
    var x = x
    kernel_subtract8(&self, &x)
  }
  @inlinable @inline(__always) public mutating func multiply(_ x: Self) {
    var x = x
    kernel_multiply8(&self, &x)
  }
  @inlinable @inline(__always) public mutating func addProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_fused8(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func addProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_plain8(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_fused8(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_plain8(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) {
    kernel_clamp8(&self, low, high)
  }
}

extension SIMD16: KernelLanes where Scalar == Float {
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>) -> Self {
    var lanes = Self()
    kernel_load16(&lanes, source)
    return lanes
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>) {
    var lanes = self
    kernel_store16(target, &lanes)
  }
  @inlinable @inline(__always) public static func repeating(_ value: Float) -> Self {
    var lanes = Self()
    kernel_repeat16(&lanes, value)
    return lanes
  }
  @inlinable @inline(__always) public mutating func add(_ x: Self) {
    var x = x
    kernel_add16(&self, &x)
  }
  @inlinable @inline(__always) public mutating func subtract(_ x: Self) {
    var x = x
    kernel_subtract16(&self, &x)
  }
  @inlinable @inline(__always) public mutating func multiply(_ x: Self) {
    var x = x
    kernel_multiply16(&self, &x)
  }
  @inlinable @inline(__always) public mutating func addProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_fused16(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func addProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_plain16(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_fused16(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_plain16(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) {
    kernel_clamp16(&self, low, high)
  }
}

extension SIMD32: KernelLanes where Scalar == Float {
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>) -> Self {
    var lanes = Self()
    kernel_load32(&lanes, source)
    return lanes
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>) {
    var lanes = self
    kernel_store32(target, &lanes)
  }
  @inlinable @inline(__always) public static func repeating(_ value: Float) -> Self {
    var lanes = Self()
    kernel_repeat32(&lanes, value)
    return lanes
  }
  @inlinable @inline(__always) public mutating func add(_ x: Self) {
    var x = x
    kernel_add32(&self, &x)
  }
  @inlinable @inline(__always) public mutating func subtract(_ x: Self) {
    var x = x
    kernel_subtract32(&self, &x)
  }
  @inlinable @inline(__always) public mutating func multiply(_ x: Self) {
    var x = x
    kernel_multiply32(&self, &x)
  }
  @inlinable @inline(__always) public mutating func addProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_fused32(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func addProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_plain32(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_fused32(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_plain32(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) {
    kernel_clamp32(&self, low, high)
  }
}

extension SIMD64: KernelLanes where Scalar == Float {
  @inlinable @inline(__always) public static func load(_ source: UnsafePointer<Float>) -> Self {
    var lanes = Self()
    kernel_load64(&lanes, source)
    return lanes
  }
  @inlinable @inline(__always) public func store(_ target: UnsafeMutablePointer<Float>) {
    var lanes = self
    kernel_store64(target, &lanes)
  }
  @inlinable @inline(__always) public static func repeating(_ value: Float) -> Self {
    var lanes = Self()
    kernel_repeat64(&lanes, value)
    return lanes
  }
  @inlinable @inline(__always) public mutating func add(_ x: Self) {
    var x = x
    kernel_add64(&self, &x)
  }
  @inlinable @inline(__always) public mutating func subtract(_ x: Self) {
    var x = x
    kernel_subtract64(&self, &x)
  }
  @inlinable @inline(__always) public mutating func multiply(_ x: Self) {
    var x = x
    kernel_multiply64(&self, &x)
  }
  @inlinable @inline(__always) public mutating func addProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_fused64(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func addProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_add_product_plain64(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductFused(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_fused64(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func subtractProductPlain(_ a: Self, _ b: Self) {
    var a = a
    var b = b
    kernel_subtract_product_plain64(&self, &a, &b)
  }
  @inlinable @inline(__always) public mutating func clamp(_ low: Float, _ high: Float) {
    kernel_clamp64(&self, low, high)
  }
}
