import ConvolutionModel

/// One choice of F(m, 3): how many outputs, and the points.
///
/// The points come in pairs `±p`, with 0 where their number is odd: then the rows of both transforms share the even and the
/// odd part of their sums, which halves the arithmetic. The points are fractions of powers of two, so that the
/// coefficients of the data's transforms are exact floats; which ones was found by measuring the error of many sets.
struct WinogradVariant: Sendable {
  let matrices: WinogradMatrices
  /// Coefficients of the input's transform: those of `M(x)` without the factor `x`, by powers of `x²`, the leading 1
  /// left out; then for each pair the same polynomial without the pair's factor, and `p`.
  var inputCoefficients: AlignedBuffer<Float>
  /// Coefficients of the output's transform: for each pair `p, p², … p^(m−1)`.
  var outputCoefficients: AlignedBuffer<Float>
  /// `G`, row by row.
  var filter: [Double]
  /// What the error may be, in units of a direct sum's: see ``ErrorBound``.
  let errorConstant: Double

  /// `m`.
  var outputs: Int { matrices.outputs }
  /// Points along an axis: `m + 2`.
  var size: Int { matrices.outputs + 2 }
  /// Points of a tile.
  var points: Int { size * size }

  private init(outputs: Int, pairs: [Rational], errorConstant: Double) {
    let zero: [Rational] = outputs % 2 == 0 ? [0] : []
    let points = zero + pairs.flatMap { [$0, -$0] }
    matrices = WinogradMatrices(outputs: outputs, taps: 3, points: points)
    func even(_ pairs: [Rational]) -> [Float] {
      WinogradMatrices.polynomial(roots: pairs.map { $0 * $0 }).dropLast().map { Float($0) }
    }
    inputCoefficients = AlignedBuffer(
      even(pairs) + pairs.flatMap { pair in even(pairs.filter { $0 != pair }) + [Float(pair)] })
    outputCoefficients = AlignedBuffer(
      pairs.flatMap { WinogradMatrices.powers($0, outputs).dropFirst().map { Float($0) } })
    filter = matrices.filter.joined().map { Double($0) }
    self.errorConstant = errorConstant
  }

  /// `F(2, 3)` with 0, ±1; every entry of `Aᵀ` and `Bᵀ` is 0 or ±1, of `2G` an integer.
  static let f2x3 = WinogradVariant(outputs: 2, pairs: [1], errorConstant: 0.45)
  /// `F(4, 3)` with 0, ±¾, ±3/2, which amplify rounding errors half as much as 0, ±1, ±2 do.
  static let f4x3 = WinogradVariant(outputs: 4, pairs: [Rational(3, 4), Rational(3, 2)], errorConstant: 2.5)
  /// `F(6, 3)` with 0, ±½, ±1, ±2; of the sets of three pairs that were tried, none errs clearly less.
  static let f6x3 = WinogradVariant(outputs: 6, pairs: [Rational(1, 2), 1, 2], errorConstant: 13)

  /// All of them, by `m`.
  static let all = [f2x3, f4x3, f6x3]

  /// Transforms 3×3 filters: `G g Gᵀ`, as many at once as there are lanes to write.
  ///
  /// - Parameters:
  ///   - filters: one pointer a filter, to its nine taps.
  ///   - target: the first point's values; the points are `pointStride` floats apart, the filters side by side.
  func transformFilters(
    _ filters: some RandomAccessCollection<UnsafePointer<Float>>, into target: UnsafeMutablePointer<Float>,
    pointStride: Int
  ) {
    // Some filters side by side, so that the loops over them are vectors'; in double precision, rounded once at the end.
    let width = 64
    withUnsafeTemporaryAllocation(of: Double.self, capacity: (9 + 3 * size) * width) { memory in
      let taps = memory.baseAddress!
      let rows = taps + 9 * width
      var target = target
      var left = filters[...]
      while !left.isEmpty {
        let count = min(width, left.count)
        for (lane, filter) in left.prefix(count).enumerated() {
          for tap in 0..<9 { (taps + (tap * width + lane)).initialize(to: Double(filter[tap])) }
        }
        left = left.dropFirst(count)
        filter.withUnsafeBufferPointer { matrix in
          for i in 0..<size {
            for s in 0..<3 {
              Self.combine(
                taps + s * width, distance: 3 * width, count, matrix[3 * i], matrix[3 * i + 1], matrix[3 * i + 2]
              ) { (rows + (3 * i + s) * width + $0).initialize(to: $1) }
            }
          }
          for i in 0..<size {
            for j in 0..<size {
              let point = target + (i * size + j) * pointStride
              Self.combine(
                rows + 3 * i * width, distance: width, count, matrix[3 * j], matrix[3 * j + 1], matrix[3 * j + 2]
              ) { (point + $0).initialize(to: Float($1)) }
            }
          }
        }
        target += count
      }
    }
  }

  /// `a·x₀ + b·x₁ + c·x₂`, lane by lane.
  @inline(__always)
  private static func combine(
    _ x: UnsafePointer<Double>, distance: Int, _ count: Int, _ a: Double, _ b: Double, _ c: Double,
    _ store: (Int, Double) -> Void
  ) {
    let (y, z) = (x + distance, x + 2 * distance)
    for lane in 0..<count { store(lane, a * x[lane] + b * y[lane] + c * z[lane]) }
  }
}
