import RegisterTiles

/// Where a one-dimensional transform reads its vectors.
protocol VectorSource<Vector> {
  associatedtype Vector: FloatVector
  /// Reads the vector of a position.
  subscript(position: Int) -> Vector { get }
}

/// Where a one-dimensional transform writes its vectors.
protocol VectorTarget<Vector> {
  associatedtype Vector: FloatVector
  /// Writes the vector of a position.
  func store(_ vector: Vector, _ position: Int)
}

/// Vectors a constant distance apart.
struct StridedVectors<Vector: FloatVector>: VectorSource, VectorTarget {
  let start: UnsafeMutablePointer<Float>
  let stride: Int
  @inline(__always) init(_ start: UnsafeMutablePointer<Float>, stride: Int) {
    self.start = start
    self.stride = stride
  }
  @inline(__always) init(_ start: UnsafePointer<Float>, stride: Int) {
    self.init(UnsafeMutablePointer(mutating: start), stride: stride)
  }
  @inline(__always) subscript(position: Int) -> Vector { .load(start + position * stride) }
  @inline(__always) func store(_ vector: Vector, _ position: Int) { vector.store(start + position * stride) }
}

/// One vector in each of up to eight rows, at the same place. The rows' pointers stay in registers, as positions are
/// constants once everything is inlined.
struct VectorColumn<Vector: FloatVector>: VectorSource {
  private let row0, row1, row2, row3, row4, row5, row6, row7: Broadcasts
  var offset = 0

  /// Reads one pointer a row.
  @inline(__always) init(_ rows: UnsafePointer<Broadcasts>, count: Int) {
    (row0, row1, row2, row3) = (rows[0], rows[1], rows[2], rows[3])
    (row4, row5) = (rows[min(4, count - 1)], rows[min(5, count - 1)])
    (row6, row7) = (rows[min(6, count - 1)], rows[min(7, count - 1)])
  }

  @inline(__always) subscript(position: Int) -> Vector {
    let row =
      switch position {
      case 0: row0
      case 1: row1
      case 2: row2
      case 3: row3
      case 4: row4
      case 5: row5
      case 6: row6
      default: row7
      }
    return .load(row + offset)
  }
}

/// Where a transform finds its coefficients, each in all lanes.
protocol CoefficientSource<Vector> {
  associatedtype Vector: FloatVector
  init(_ values: UnsafePointer<Float>, count: Int)
  subscript(position: Int) -> Vector { get }
}

/// Coefficients that are read whenever they're used.
struct CoefficientsInMemory<Vector: FloatVector>: CoefficientSource {
  let values: UnsafePointer<Float>
  @inline(__always) init(_ values: UnsafePointer<Float>, count: Int) { self.values = values }
  @inline(__always) subscript(position: Int) -> Vector { Vector(repeating: values[position]) }
}

/// Up to twelve coefficients that stay in registers, where there are 32 of them.
struct CoefficientsInRegisters<Vector: FloatVector>: CoefficientSource {
  private let c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11: Vector

  @inline(__always) init(_ values: UnsafePointer<Float>, count: Int) {
    func value(_ position: Int) -> Vector { Vector(repeating: values[min(position, count - 1)]) }
    (c0, c1, c2, c3, c4, c5) = (value(0), value(1), value(2), value(3), value(4), value(5))
    (c6, c7, c8, c9, c10, c11) = (value(6), value(7), value(8), value(9), value(10), value(11))
  }

  @inline(__always) subscript(position: Int) -> Vector {
    switch position {
    case 0: c0
    case 1: c1
    case 2: c2
    case 3: c3
    case 4: c4
    case 5: c5
    case 6: c6
    case 7: c7
    case 8: c8
    case 9: c9
    case 10: c10
    default: c11
    }
  }
}

/// The data's side of F(m, 3) in one dimension, with points in pairs `±p`: `Bᵀ` for the input and `Aᵀ` for the products.
///
/// The coefficients are read from ``WinogradVariant``, which derives them from the points.
protocol WinogradTransform<Vector> {
  associatedtype Vector: FloatVector
  /// `m`.
  static var outputs: Int { get }
  /// The input at the points: `Bᵀd`.
  static func input(
    _ d: some VectorSource<Vector>, _ z: some VectorTarget<Vector>, _ c: some CoefficientSource<Vector>)
  /// The outputs from the products: `Aᵀm`.
  static func output(
    _ m: some VectorSource<Vector>, _ y: some VectorTarget<Vector>, _ c: some CoefficientSource<Vector>)
}

extension WinogradTransform {
  /// Points: `m + 2`.
  @inline(__always) static var size: Int { outputs + 2 }
  /// Coefficients of the input's transform: see ``WinogradVariant/inputCoefficients``.
  @inline(__always) static var inputCoefficients: Int { (outputs / 2) * (outputs / 2 + 1) }

  /// `c₀x₀ + x₁`: a polynomial of degree 1 whose leading coefficient is 1, on vectors in place of its powers.
  @inline(__always)
  static func monic(_ c: some CoefficientSource<Vector>, _ k: Int, _ x0: Vector, _ x1: Vector) -> Vector {
    var sum = x1
    sum.addProduct(c[k], x0)
    return sum
  }
  @inline(__always)
  static func monic(_ c: some CoefficientSource<Vector>, _ k: Int, _ x0: Vector, _ x1: Vector, _ x2: Vector) -> Vector {
    var sum = monic(c, k + 1, x1, x2)
    sum.addProduct(c[k], x0)
    return sum
  }
  @inline(__always)
  static func monic(
    _ c: some CoefficientSource<Vector>, _ k: Int, _ x0: Vector, _ x1: Vector, _ x2: Vector, _ x3: Vector
  ) -> Vector {
    var sum = monic(c, k + 1, x1, x2, x3)
    sum.addProduct(c[k], x0)
    return sum
  }

  /// `even ± p·odd`: the values at a pair of points.
  @inline(__always)
  static func storePair(
    _ c: some CoefficientSource<Vector>, _ k: Int, _ even: Vector, _ odd: Vector, _ z: some VectorTarget<Vector>,
    _ position: Int
  ) {
    let p = c[k]
    var (plus, minus) = (even, even)
    plus.addProduct(p, odd)
    minus.subtractProduct(p, odd)
    z.store(plus, position)
    z.store(minus, position + 1)
  }

  /// `c₀x₀ + c₁x₁`, the coefficients `distance` apart.
  @inline(__always)
  static func sum(_ c: some CoefficientSource<Vector>, _ k: Int, distance: Int, _ x0: Vector, _ x1: Vector) -> Vector {
    var sum = c[k] * x0
    sum.addProduct(c[k + distance], x1)
    return sum
  }
  @inline(__always)
  static func sum(
    _ c: some CoefficientSource<Vector>, _ k: Int, distance: Int, _ x0: Vector, _ x1: Vector, _ x2: Vector
  ) -> Vector {
    var sum = sum(c, k, distance: distance, x0, x1)
    sum.addProduct(c[k + 2 * distance], x2)
    return sum
  }
}

/// F(2, 3): 0, one pair and infinity.
enum WinogradF2<Vector: FloatVector>: WinogradTransform {
  @inline(__always) static var outputs: Int { 2 }

  @inline(__always)
  static func input(
    _ d: some VectorSource<Vector>, _ z: some VectorTarget<Vector>, _ c: some CoefficientSource<Vector>
  ) {
    let (d0, d1, d2, d3) = (d[0], d[1], d[2], d[3])
    z.store(monic(c, 0, d0, d2), 0)
    storePair(c, 1, d2, d1, z, 1)
    z.store(monic(c, 0, d1, d3), 3)
  }

  @inline(__always)
  static func output(
    _ m: some VectorSource<Vector>, _ y: some VectorTarget<Vector>, _ c: some CoefficientSource<Vector>
  ) {
    let (m0, m1, m2, m3) = (m[0], m[1], m[2], m[3])
    y.store(m0 + (m1 + m2), 0)
    y.store(monic(c, 0, m1 - m2, m3), 1)
  }
}

/// F(4, 3): 0, two pairs and infinity.
enum WinogradF4<Vector: FloatVector>: WinogradTransform {
  @inline(__always) static var outputs: Int { 4 }

  @inline(__always)
  static func input(
    _ d: some VectorSource<Vector>, _ z: some VectorTarget<Vector>, _ c: some CoefficientSource<Vector>
  ) {
    let (d0, d1, d2, d3, d4, d5) = (d[0], d[1], d[2], d[3], d[4], d[5])
    z.store(monic(c, 0, d0, d2, d4), 0)
    storePair(c, 3, monic(c, 2, d2, d4), monic(c, 2, d1, d3), z, 1)
    storePair(c, 5, monic(c, 4, d2, d4), monic(c, 4, d1, d3), z, 3)
    z.store(monic(c, 0, d1, d3, d5), 5)
  }

  @inline(__always)
  static func output(
    _ m: some VectorSource<Vector>, _ y: some VectorTarget<Vector>, _ c: some CoefficientSource<Vector>
  ) {
    let (m0, m1, m2, m3, m4, m5) = (m[0], m[1], m[2], m[3], m[4], m[5])
    let (even0, odd0) = (m1 + m2, m1 - m2)
    let (even1, odd1) = (m3 + m4, m3 - m4)
    y.store(m0 + even0 + even1, 0)
    y.store(sum(c, 0, distance: 3, odd0, odd1), 1)
    y.store(sum(c, 1, distance: 3, even0, even1), 2)
    y.store(m5 + sum(c, 2, distance: 3, odd0, odd1), 3)
  }
}

/// F(6, 3): 0, three pairs and infinity.
enum WinogradF6<Vector: FloatVector>: WinogradTransform {
  @inline(__always) static var outputs: Int { 6 }

  @inline(__always)
  static func input(
    _ d: some VectorSource<Vector>, _ z: some VectorTarget<Vector>, _ c: some CoefficientSource<Vector>
  ) {
    let (d0, d1, d2, d3) = (d[0], d[1], d[2], d[3])
    let (d4, d5, d6, d7) = (d[4], d[5], d[6], d[7])
    z.store(monic(c, 0, d0, d2, d4, d6), 0)
    storePair(c, 5, monic(c, 3, d2, d4, d6), monic(c, 3, d1, d3, d5), z, 1)
    storePair(c, 8, monic(c, 6, d2, d4, d6), monic(c, 6, d1, d3, d5), z, 3)
    storePair(c, 11, monic(c, 9, d2, d4, d6), monic(c, 9, d1, d3, d5), z, 5)
    z.store(monic(c, 0, d1, d3, d5, d7), 7)
  }

  @inline(__always)
  static func output(
    _ m: some VectorSource<Vector>, _ y: some VectorTarget<Vector>, _ c: some CoefficientSource<Vector>
  ) {
    let (m0, m1, m2, m3) = (m[0], m[1], m[2], m[3])
    let (m4, m5, m6, m7) = (m[4], m[5], m[6], m[7])
    let (even0, odd0) = (m1 + m2, m1 - m2)
    let (even1, odd1) = (m3 + m4, m3 - m4)
    let (even2, odd2) = (m5 + m6, m5 - m6)
    y.store(m0 + even0 + (even1 + even2), 0)
    y.store(sum(c, 0, distance: 5, odd0, odd1, odd2), 1)
    y.store(sum(c, 1, distance: 5, even0, even1, even2), 2)
    y.store(sum(c, 2, distance: 5, odd0, odd1, odd2), 3)
    y.store(sum(c, 3, distance: 5, even0, even1, even2), 4)
    y.store(m7 + sum(c, 4, distance: 5, odd0, odd1, odd2), 5)
  }
}
