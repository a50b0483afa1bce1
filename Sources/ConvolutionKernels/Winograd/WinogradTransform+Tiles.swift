import RegisterTiles

/// Where the outputs of a transform in two dimensions go.
protocol OutputGrid<Vector> {
  associatedtype Vector
  associatedtype Row: VectorTarget<Vector>
  /// Where a row of outputs goes.
  func row(_ row: Int) -> Row
}

extension WinogradTransform {
  /// Tiles side by side at the points in both dimensions: `Bᵀ d B`.
  ///
  /// One or two rows of points at a time, so that what lies between the dimensions can stay in registers: reading the tiles
  /// once for each pair costs less than a trip of all values through memory. Two columns of a tile are the next one's too.
  ///
  /// - Parameters:
  ///   - d: the first tile; the others start `m` columns after the one before.
  ///   - target: the first tile's first point; the points are `pointStride` floats apart, the tiles a vector.
  @inline(__always)
  static func input(
    _ d: VectorGrid<Vector>, tiles: Int, _ c: Coefficients<Vector>, through rows: VectorRows<Vector>,
    to target: UnsafeMutablePointer<Float>, pointStride: Int
  ) {
    input(group: 0, d, tiles, c, rows, target, pointStride)
    input(group: 1, d, tiles, c, rows, target, pointStride)
    if pairs > 1 { input(group: 2, d, tiles, c, rows, target, pointStride) }
    if pairs > 2 { input(group: 3, d, tiles, c, rows, target, pointStride) }
    input(group: pairs &+ 1, d, tiles, c, rows, target, pointStride)
  }

  /// - Parameter group: 0 for the row of points at zero, then one for each pair, then infinity.
  @inline(__always)
  private static func input(
    group: Int, _ d: VectorGrid<Vector>, _ tiles: Int, _ c: Coefficients<Vector>, _ rows: VectorRows<Vector>,
    _ target: UnsafeMutablePointer<Float>, _ pointStride: Int
  ) {
    let isPair = group > 0 && group <= pairs
    var d = d
    var target = target + (group == 0 ? 0 : 2 &* group &- 1) &* size &* pointStride
    fill(rows, column: 0, group: group, d, c)
    fill(rows, column: 1, group: group, d, c)
    for _ in 0..<tiles {
      fill(rows, column: 2, group: group, d, c)
      fill(rows, column: 3, group: group, d, c)
      if size > 4 {
        fill(rows, column: 4, group: group, d, c)
        fill(rows, column: 5, group: group, d, c)
      }
      if size > 6 {
        fill(rows, column: 6, group: group, d, c)
        fill(rows, column: 7, group: group, d, c)
      }
      input(rows.row(0), StridedVectors(target, stride: pointStride), c)
      shareColumns(rows.row(0))
      if isPair {
        input(rows.row(1), StridedVectors(target + size &* pointStride, stride: pointStride), c)
        shareColumns(rows.row(1))
      }
      d.start += outputs &* d.columnStride
      target += Vector.width
    }
  }

  /// A tile's last two columns become the next one's first.
  @inline(__always)
  private static func shareColumns(_ row: StridedVectors<Vector>) {
    row.store(row[outputs], 0)
    row.store(row[outputs &+ 1], 1)
  }

  @inline(__always)
  private static func fill(
    _ rows: VectorRows<Vector>, column: Int, group: Int, _ d: VectorGrid<Vector>, _ c: Coefficients<Vector>
  ) {
    if group == 0 {
      rows.row(0).store(zero(d.column(column), c), column)
    } else if group > pairs {
      rows.row(0).store(infinity(d.column(column), c), column)
    } else {
      let (plus, minus) = pair(group &- 1, d.column(column), c)
      rows.row(0).store(plus, column)
      rows.row(1).store(minus, column)
    }
  }

  /// The outputs in both dimensions: `Aᵀ m A`, every second row at a time.
  ///
  /// - Parameter start: what all outputs start with.
  @inline(__always)
  static func output(
    _ m: VectorGrid<Vector>, _ c: Coefficients<Vector>, through rows: VectorRows<Vector>, start: Vector,
    to target: some OutputGrid<Vector>
  ) {
    output(parity: 0, rows, m, c, start, target)
    output(parity: 1, rows, m, c, start, target)
  }

  @inline(__always)
  private static func output(
    parity: Int, _ rows: VectorRows<Vector>, _ m: VectorGrid<Vector>, _ c: Coefficients<Vector>,
    _ start: Vector, _ target: some OutputGrid<Vector>
  ) {
    if pairs < 3 {
      fill(rows, column: 0, parity: parity, m, c)
      fill(rows, column: 1, parity: parity, m, c)
      fill(rows, column: 2, parity: parity, m, c)
      fill(rows, column: 3, parity: parity, m, c)
      if size > 4 {
        fill(rows, column: 4, parity: parity, m, c)
        fill(rows, column: 5, parity: parity, m, c)
      }
      output(rows.row(0), target.row(parity), c, start: start)
      if pairs > 1 { output(rows.row(1), target.row(parity &+ 2), c, start: start) }
      return
    }
    // Loops where all of it, epilogues included, would be more than the compiler inlines.
    for column in 0..<size { fill(rows, column: column, parity: parity, m, c) }
    for index in 0..<pairs {
      let (row, finished) = (rows.row(index), target.row(parity &+ 2 &* index))
      output(row, row, c, start: start)
      for column in 0..<outputs { finished.store(row[column], column) }
    }
  }

  @inline(__always)
  private static func fill(
    _ rows: VectorRows<Vector>, column: Int, parity: Int, _ m: VectorGrid<Vector>,
    _ c: Coefficients<Vector>
  ) {
    let (y0, y1, y2) = half(m.column(column), parity: parity, c, start: nil)
    rows.row(0).store(y0, column)
    if pairs > 1 { rows.row(1).store(y1, column) }
    if pairs > 2 { rows.row(2).store(y2, column) }
  }
}
