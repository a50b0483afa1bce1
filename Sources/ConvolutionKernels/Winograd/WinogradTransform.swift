import RegisterTiles

/// Some vectors that a one-dimensional transform works on: a column or row of a tile, all in registers.
protocol VectorGroup: BitwiseCopyable {
  associatedtype Vector: FloatVector
  static var count: Int { get }
  /// Reads one vector each `stride` floats.
  static func load(_ source: UnsafePointer<Float>, stride: Int) -> Self
  /// Reads one vector from every `stride`-th pointer, `offset` floats on.
  static func load(_ pointers: UnsafePointer<Broadcasts>, stride: Int, offset: Int) -> Self
  /// Writes one vector each `stride` floats.
  func store(_ target: UnsafeMutablePointer<Float>, stride: Int)
}

struct VectorGroup2<Vector: FloatVector>: VectorGroup {
  var a: Vector, b: Vector
  @inline(__always) static var count: Int { 2 }
  @inline(__always) static func load(_ source: UnsafePointer<Float>, stride: Int) -> Self {
    Self(a: .load(source), b: .load(source + stride))
  }
  @inline(__always) static func load(_ pointers: UnsafePointer<Broadcasts>, stride: Int, offset: Int) -> Self {
    Self(a: .load(pointers[0] + offset), b: .load(pointers[stride] + offset))
  }
  @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, stride: Int) {
    a.store(target)
    b.store(target + stride)
  }
}

struct VectorGroup4<Vector: FloatVector>: VectorGroup {
  var low: VectorGroup2<Vector>, high: VectorGroup2<Vector>
  @inline(__always) static var count: Int { 4 }
  @inline(__always) static func load(_ source: UnsafePointer<Float>, stride: Int) -> Self {
    Self(low: .load(source, stride: stride), high: .load(source + 2 * stride, stride: stride))
  }
  @inline(__always) static func load(_ pointers: UnsafePointer<Broadcasts>, stride: Int, offset: Int) -> Self {
    Self(
      low: .load(pointers, stride: stride, offset: offset),
      high: .load(pointers + 2 * stride, stride: stride, offset: offset))
  }
  @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, stride: Int) {
    low.store(target, stride: stride)
    high.store(target + 2 * stride, stride: stride)
  }
}

struct VectorGroup6<Vector: FloatVector>: VectorGroup {
  var low: VectorGroup4<Vector>, high: VectorGroup2<Vector>
  @inline(__always) static var count: Int { 6 }
  @inline(__always) static func load(_ source: UnsafePointer<Float>, stride: Int) -> Self {
    Self(low: .load(source, stride: stride), high: .load(source + 4 * stride, stride: stride))
  }
  @inline(__always) static func load(_ pointers: UnsafePointer<Broadcasts>, stride: Int, offset: Int) -> Self {
    Self(
      low: .load(pointers, stride: stride, offset: offset),
      high: .load(pointers + 4 * stride, stride: stride, offset: offset))
  }
  @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, stride: Int) {
    low.store(target, stride: stride)
    high.store(target + 4 * stride, stride: stride)
  }
}

/// The data side of Winograd's F(m, 3) in one dimension: `Bᵀ` for the input and `Aᵀ` for the products, as few additions as
/// the points allow. ``WinogradMatrices`` derives the same matrices from the points, and the filter's side with them.
protocol WinogradTransform {
  associatedtype Points: VectorGroup
  associatedtype Outputs: VectorGroup where Outputs.Vector == Points.Vector
  /// The input at the points: `Bᵀd`.
  static func input(_ d: Points) -> Points
  /// The outputs from the products: `Aᵀm`.
  static func output(_ m: Points) -> Outputs
}

/// F(2, 3) with the points 0, 1, −1, ∞.
enum WinogradF2<Vector: FloatVector>: WinogradTransform {
  @inline(__always) static func input(_ d: VectorGroup4<Vector>) -> VectorGroup4<Vector> {
    let (d0, d1, d2, d3) = (d.low.a, d.low.b, d.high.a, d.high.b)
    return VectorGroup4(low: VectorGroup2(a: d2 - d0, b: d1 + d2), high: VectorGroup2(a: d2 - d1, b: d3 - d1))
  }

  @inline(__always) static func output(_ m: VectorGroup4<Vector>) -> VectorGroup2<Vector> {
    let (m0, m1, m2, m3) = (m.low.a, m.low.b, m.high.a, m.high.b)
    return VectorGroup2(a: m0 + m1 + m2, b: m1 - m2 + m3)
  }
}

/// F(4, 3) with the points 0, 1, −1, ½, −2, ∞, whose error is half of that of 0, ±1, ±2.
enum WinogradF4<Vector: FloatVector>: WinogradTransform {
  @inline(__always) static func input(_ d: VectorGroup6<Vector>) -> VectorGroup6<Vector> {
    let (d0, d1, d2, d3, d4, d5) = (d.low.low.a, d.low.low.b, d.low.high.a, d.low.high.b, d.high.a, d.high.b)
    let half3 = Vector(repeating: 1.5)
    let a = d4 - d2
    let b = d3 - d1
    var z0 = d0 - d2 + a
    z0.addProduct(half3, b)
    var z1 = a + b
    z1.addProduct(half3, d2 + d3)
    var z2 = a - b
    z2.addProduct(half3, d3 - d2)
    var z3 = a
    z3.addProduct(Vector(repeating: 2), b)
    var z4 = a
    z4.addProduct(Vector(repeating: -0.5), b)
    var z5 = d5 - d3 - b
    z5.addProduct(half3, a)
    return VectorGroup6(
      low: VectorGroup4(low: VectorGroup2(a: z0, b: z1), high: VectorGroup2(a: z2, b: z3)),
      high: VectorGroup2(a: z4, b: z5))
  }

  @inline(__always) static func output(_ m: VectorGroup6<Vector>) -> VectorGroup4<Vector> {
    let (m0, m1, m2, m3, m4, m5) = (m.low.low.a, m.low.low.b, m.low.high.a, m.low.high.b, m.high.a, m.high.b)
    let sum = m1 + m2
    let difference = m1 - m2
    let y0 = m0 + sum + m3 + m4
    var y1 = difference
    y1.addProduct(Vector(repeating: 0.5), m3)
    y1.addProduct(Vector(repeating: -2), m4)
    var y2 = sum
    y2.addProduct(Vector(repeating: 0.25), m3)
    y2.addProduct(Vector(repeating: 4), m4)
    var y3 = difference + m5
    y3.addProduct(Vector(repeating: 0.125), m3)
    y3.addProduct(Vector(repeating: -8), m4)
    return VectorGroup4(low: VectorGroup2(a: y0, b: y1), high: VectorGroup2(a: y2, b: y3))
  }
}
