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
  let output: [[Double]]
  /// `G`, (m + r − 1) × r.
  let filter: [[Double]]
  /// `Bᵀ`, (m + r − 1) × (m + r − 1).
  let input: [[Double]]

  /// Derives the matrices.
  ///
  /// - Parameter points: `m + r − 2` distinct finite points; infinity is the last one of its own accord.
  init(outputs: Int, taps: Int, points: [Double]) {
    precondition(points.count == outputs + taps - 2, "F(\(outputs), \(taps)) takes \(outputs + taps - 2) finite points")
    self.outputs = outputs
    self.taps = taps
    let size = points.count + 1
    func powers(_ p: Double, _ count: Int) -> [Double] {
      var values = [1.0]
      while values.count < count { values.append(values.last! * p) }
      return values
    }
    /// Coefficients of the product of `x − p`, lowest power first.
    func polynomial(_ points: [Double]) -> [Double] {
      points.reduce([1.0]) { coefficients, p in
        var product = [Double](repeating: 0, count: coefficients.count + 1)
        for (power, value) in coefficients.enumerated() {
          product[power + 1] += value
          product[power] -= p * value
        }
        return product
      }
    }
    func padded(_ values: [Double]) -> [Double] { values + [Double](repeating: 0, count: size - values.count) }
    let last = { (count: Int) in [Double](repeating: 0, count: count - 1) + [1.0] }
    let others = { (p: Double) in points.filter { $0 != p } }
    input = points.map { padded(polynomial(others($0))) } + [polynomial(points)]
    filter =
      points.map { p in
        let norm = others(p).reduce(1.0) { $0 * (p - $1) }
        return powers(p, taps).map { $0 / norm }
      } + [last(taps)]
    output = (0..<outputs).map { row in points.map { powers($0, outputs)[row] } + [row == outputs - 1 ? 1 : 0] }
  }

  /// `F(2, 3)`; every entry of `Aᵀ` and `Bᵀ` is 0 or ±1, of `2G` an integer.
  static let f2x3 = WinogradMatrices(outputs: 2, taps: 3, points: [0, 1, -1])
  /// `F(4, 3)` with points whose transforms amplify rounding errors half as much as 0, ±1, ±2 do.
  static let f4x3 = WinogradMatrices(outputs: 4, taps: 3, points: [0, 1, -1, 0.5, -2])

  /// `G g Gᵀ` of one 3×3 filter, row by row.
  func transformFilter(_ g: UnsafePointer<Float>) -> [Float] {
    let size = outputs + taps - 1
    var result: [Float] = []
    result.reserveCapacity(size * size)
    for i in 0..<size {
      for j in 0..<size {
        var sum = 0.0
        for r in 0..<taps {
          for s in 0..<taps { sum += filter[i][r] * filter[j][s] * Double(g[r * taps + s]) }
        }
        result.append(Float(sum))
      }
    }
    return result
  }
}
