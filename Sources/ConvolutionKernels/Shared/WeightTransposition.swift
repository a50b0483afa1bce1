/// Filters that lie one after the other, to be written side by side: one column each.
///
/// Filters are often a power of two floats long. Then the same value of all of them lies in the same few sets of the
/// first-level cache, and fetched one by one, each would be fetched again for its neighbour. So squares of four by four values
/// are turned in registers, and of each filter some cache lines are used up before the next ones' turn.
struct WeightTransposition {
  /// The first filter; they're ``rows`` floats long.
  let source: UnsafePointer<Float>
  /// Filters.
  let columns: Int
  /// Floats of a row of the target; those beyond the filters become zero.
  let width: Int
  /// For each value of a filter the row of the target that it goes to.
  let rows: [Int]

  /// Values of a filter that are used up at once: two cache lines, which the processor fetches together.
  private static let valuesAtOnce = 32

  /// Writes all rows.
  func run(into target: UnsafeMutablePointer<Float>) {
    rows.withUnsafeBufferPointer { rows in
      let whole = columns & ~3
      for first in stride(from: 0, to: rows.count, by: Self.valuesAtOnce) {
        let end = min(first + Self.valuesAtOnce, rows.count)
        for column in stride(from: 0, to: whole, by: 4) {
          let filters = source + column * rows.count
          var value = first
          while value + 4 <= end {
            turn(filters + value, distance: rows.count, rows.baseAddress! + value, target + column)
            value += 4
          }
          while value < end {
            for lane in 0..<4 {
              (target + (rows[value] * width + column + lane)).initialize(to: filters[lane * rows.count + value])
            }
            value += 1
          }
        }
        for value in first..<end {
          let row = target + rows[value] * width
          for column in whole..<columns { (row + column).initialize(to: source[column * rows.count + value]) }
          for column in columns..<width { (row + column).initialize(to: 0) }
        }
      }
    }
  }

  /// Writes four values of four filters.
  @inline(__always)
  private func turn(
    _ filters: UnsafePointer<Float>, distance: Int, _ rows: UnsafePointer<Int>, _ target: UnsafeMutablePointer<Float>
  ) {
    func load(_ filter: Int) -> SIMD4<Float> {
      UnsafeRawPointer(filters + filter * distance).loadUnaligned(as: SIMD4<Float>.self)
    }
    let (a, b, c, d) = (load(0), load(1), load(2), load(3))
    func store(_ values: SIMD4<Float>, _ row: Int) {
      UnsafeMutableRawPointer(target + rows[row] * width).storeBytes(of: values, as: SIMD4<Float>.self)
    }
    store(SIMD4(a[0], b[0], c[0], d[0]), 0)
    store(SIMD4(a[1], b[1], c[1], d[1]), 1)
    store(SIMD4(a[2], b[2], c[2], d[2]), 2)
    store(SIMD4(a[3], b[3], c[3], d[3]), 3)
  }
}
