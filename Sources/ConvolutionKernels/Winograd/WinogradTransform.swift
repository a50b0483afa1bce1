import RegisterTiles

/// The data's side of F(m, 3), with points in pairs `±p`: `Bᵀ` for the input and `Aᵀ` for the products, in one dimension and
/// in two.
///
/// A pair's points share the even and the odd part of their sums. The coefficients are read from ``WinogradVariant``, which
/// derives them from the points.
protocol WinogradTransform<Vector> {
  associatedtype Vector: FloatVector
  /// `m`: 2, 4 or 6.
  static var outputs: Int { get }
}

/// F(2, 3): 0, one pair and infinity.
enum WinogradF2<Vector: FloatVector>: WinogradTransform {
  @inline(__always) static var outputs: Int { 2 }
}

/// F(4, 3): 0, two pairs and infinity.
enum WinogradF4<Vector: FloatVector>: WinogradTransform {
  @inline(__always) static var outputs: Int { 4 }
}

/// F(6, 3): 0, three pairs and infinity.
enum WinogradF6<Vector: FloatVector>: WinogradTransform {
  @inline(__always) static var outputs: Int { 6 }
}

extension WinogradTransform {
  /// Points: `m + 2`.
  @inline(__always) static var size: Int { outputs &+ 2 }
  /// Pairs of points.
  @inline(__always) static var pairs: Int { outputs / 2 }
  /// Coefficients of the input's transform: see ``WinogradVariant/inputCoefficients``.
  @inline(__always) static var inputCoefficients: Int { pairs &* (pairs &+ 1) }
  /// Coefficients of the output's transform: see ``WinogradVariant/outputCoefficients``.
  @inline(__always) static var outputCoefficients: Int { pairs &* (outputs &- 1) }

  /// A polynomial of `count` terms whose leading coefficient is 1, on every second vector in place of its powers.
  ///
  /// - Parameters:
  ///   - first: the vector of the lowest power.
  ///   - k: the lowest power's coefficient.
  @inline(__always)
  private static func polynomial(
    _ d: some VectorSource<Vector>, first: Int, count: Int, _ c: Coefficients<Vector>, _ k: Int
  ) -> Vector {
    var sum = d[first &+ 2 &* (count &- 1)]
    if count > 3 { sum.addProduct(c[k &+ 2], d[first &+ 4]) }
    if count > 2 { sum.addProduct(c[k &+ 1], d[first &+ 2]) }
    if count > 1 { sum.addProduct(c[k], d[first]) }
    return sum
  }

  /// The input at 0.
  @inline(__always)
  static func zero(_ d: some VectorSource<Vector>, _ c: Coefficients<Vector>) -> Vector {
    polynomial(d, first: 0, count: pairs &+ 1, c, 0)
  }

  /// The input at infinity.
  @inline(__always)
  static func infinity(_ d: some VectorSource<Vector>, _ c: Coefficients<Vector>) -> Vector {
    polynomial(d, first: 1, count: pairs &+ 1, c, 0)
  }

  /// The input at a pair of points: `even ± p·odd`.
  @inline(__always)
  static func pair(
    _ pair: Int, _ d: some VectorSource<Vector>, _ c: Coefficients<Vector>
  ) -> (plus: Vector, minus: Vector) {
    let first = (pair &+ 1) &* pairs
    let even = polynomial(d, first: 2, count: pairs, c, first)
    let odd = polynomial(d, first: 1, count: pairs, c, first)
    let p = c[first &+ pairs &- 1]
    var (plus, minus) = (even, even)
    plus.addProduct(p, odd)
    // The factor that changes is negated as part of the product; the constant one would take a register more.
    minus.subtractProduct(odd, p)
    return (plus, minus)
  }

  /// The input at the points: `Bᵀd`.
  @inline(__always)
  static func input(
    _ d: some VectorSource<Vector>, _ z: some VectorTarget<Vector>, _ c: Coefficients<Vector>
  ) {
    z.store(zero(d, c), 0)
    storePair(0, d, z, c)
    if pairs > 1 { storePair(1, d, z, c) }
    if pairs > 2 { storePair(2, d, z, c) }
    z.store(infinity(d, c), size &- 1)
  }

  @inline(__always)
  private static func storePair(
    _ index: Int, _ d: some VectorSource<Vector>, _ z: some VectorTarget<Vector>, _ c: Coefficients<Vector>
  ) {
    let (plus, minus) = pair(index, d, c)
    z.store(plus, 2 &* index &+ 1)
    z.store(minus, 2 &* index &+ 2)
  }

  /// One output.
  ///
  /// - Parameters:
  ///   - sums: of the pairs' products, or their differences if `j` is odd; as many as there are pairs, the rest is any.
  ///   - start: what the output starts with instead of zero.
  @inline(__always)
  private static func output(
    _ j: Int, _ m: some VectorSource<Vector>, _ sums: (Vector, Vector, Vector), _ c: Coefficients<Vector>,
    start: Vector?
  ) -> Vector {
    if j == 0 {
      var sum = m[0] + sums.0
      if let start { sum += start }
      return pairs == 1 ? sum : sum + (pairs > 2 ? sums.1 + sums.2 : sums.1)
    }
    // Each sum has the power of its pair's point.
    var sum: Vector
    if j == outputs &- 1 {
      sum = m[size &- 1]
      if let start { sum += start }
      sum.addProduct(c[j &- 1], sums.0)
    } else if let start {
      sum = start
      sum.addProduct(c[j &- 1], sums.0)
    } else {
      sum = c[j &- 1] * sums.0
    }
    if pairs > 1 { sum.addProduct(c[outputs &+ j &- 2], sums.1) }
    if pairs > 2 { sum.addProduct(c[2 &* outputs &+ j &- 3], sums.2) }
    return sum
  }

  /// The sum of a pair's products, or for odd outputs their difference.
  @inline(__always)
  private static func combined(_ pair: Int, _ m: some VectorSource<Vector>, parity: Int) -> Vector {
    let (plus, minus) = (m[2 &* pair &+ 1], m[2 &* pair &+ 2])
    return parity == 0 ? plus + minus : plus - minus
  }

  /// Every second output, from the first (`parity` 0) or the second one on.
  ///
  /// - Returns: as many as there are pairs; the rest is any.
  @inline(__always)
  static func half(
    _ m: some VectorSource<Vector>, parity: Int, _ c: Coefficients<Vector>, start: Vector?
  ) -> (Vector, Vector, Vector) {
    let sum = combined(0, m, parity: parity)
    let sums = (
      sum, pairs > 1 ? combined(1, m, parity: parity) : sum, pairs > 2 ? combined(2, m, parity: parity) : sum
    )
    let y = output(parity, m, sums, c, start: start)
    return (
      y, pairs > 1 ? output(parity &+ 2, m, sums, c, start: start) : y,
      pairs > 2 ? output(parity &+ 4, m, sums, c, start: start) : y
    )
  }

  /// The outputs from the products: `Aᵀm`, on top of what they start with.
  @inline(__always)
  static func output(
    _ m: some VectorSource<Vector>, _ y: some VectorTarget<Vector>, _ c: Coefficients<Vector>,
    start: Vector? = nil
  ) {
    // The target may be the source.
    let even = half(m, parity: 0, c, start: start)
    let odd = half(m, parity: 1, c, start: start)
    y.store(even.0, 0)
    y.store(odd.0, 1)
    if pairs > 1 {
      y.store(even.1, 2)
      y.store(odd.1, 3)
    }
    if pairs > 2 {
      y.store(even.2, 4)
      y.store(odd.2, 5)
    }
  }
}
