/// The matrices of Winograd's minimal filtering F(m, r) for chosen interpolation points, as Toom and Cook derive them
/// (see A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, and B. Barabasz et al., "Error
/// Analysis and Improving the Accuracy of Winograd Convolution", 2020):
///
///     y = Aᵀ[(G g) ⊙ (Bᵀ d)],  y_j = Σ_k d_{j+k} g_k
///
/// With points `p_i` and `M(x) = Π(x − p_i)`: row `i` of `Bᵀ` has the coefficients of `M(x)/(x − p_i)`, row `i` of `G` is
/// `[1, p_i, p_i², …] / Π_{j≠i}(p_i − p_j)`, column `i` of `Aᵀ` is `[1, p_i, p_i², …]`; the point at infinity adds the
/// coefficients of `M`, `[0, …, 0, 1]` and `[0, …, 0, 1]ᵀ`.
struct WinogradMatrices: Sendable {
  /// Outputs of one application, `m`.
  let outputs: Int
  /// Taps of the filter, `r`.
  let taps: Int
  /// `Aᵀ`, m × (m + r − 1).
  let output: [[Rational]]
  /// `G`, (m + r − 1) × r.
  let filter: [[Rational]]
  /// `Bᵀ`, (m + r − 1) × (m + r − 1).
  let input: [[Rational]]

  /// Derives the matrices.
  ///
  /// - Parameter points: `m + r − 2` distinct finite points; infinity is the last one of its own accord.
  init(outputs: Int, taps: Int, points: [Rational]) {
    precondition(points.count == outputs + taps - 2, "F(\(outputs), \(taps)) takes \(outputs + taps - 2) finite points")
    self.outputs = outputs
    self.taps = taps
    let size = points.count + 1
    func padded(_ values: [Rational]) -> [Rational] {
      values + [Rational](repeating: 0, count: size - values.count)
    }
    let last = { (count: Int) in [Rational](repeating: 0, count: count - 1) + [1] }
    let others = { (p: Rational) in points.filter { $0 != p } }
    input = points.map { padded(Self.polynomial(roots: others($0))) } + [Self.polynomial(roots: points)]
    filter =
      points.map { p in
        let norm = others(p).reduce(1) { $0 * (p - $1) }
        return Self.powers(p, taps).map { $0 / norm }
      } + [last(taps)]
    output = (0..<outputs).map { row in
      points.map { Self.powers($0, outputs)[row] } + [row == outputs - 1 ? 1 : 0]
    }
  }

  /// `1, p, p², …`.
  static func powers(_ p: Rational, _ count: Int) -> [Rational] {
    var values: [Rational] = [1]
    while values.count < count { values.append(values.last! * p) }
    return values
  }

  /// Coefficients of the product of `x − root`, lowest power first.
  static func polynomial(roots: [Rational]) -> [Rational] {
    roots.reduce([1]) { coefficients, root in
      var product = [Rational](repeating: 0, count: coefficients.count + 1)
      for (power, value) in coefficients.enumerated() {
        product[power + 1] = product[power + 1] + value
        product[power] = product[power] - root * value
      }
      return product
    }
  }
}
