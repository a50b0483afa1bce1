import RegisterTiles

/// The weights of a filter for one vector of channels, tap by tap.
protocol TapWeights<Row>: BitwiseCopyable {
  associatedtype Row: FloatVector
  /// Takes the weights at an address: taps follow one another, each as wide as a vector.
  init(_ source: UnsafePointer<Float>)
  /// The weights of one tap. The index is a constant after inlining.
  subscript(tap: Int) -> Row { get }
}

/// Nine weights in registers, where there are 32.
struct HeldTaps<Row: FloatVector>: TapWeights {
  private let taps: (Row, Row, Row, Row, Row, Row, Row, Row, Row)

  @inline(__always) init(_ source: UnsafePointer<Float>) { self.init(StoredTaps(source)) }

  /// Reads nine weights once and for all.
  @inline(__always) init<Stored: TapWeights<Row>>(_ stored: Stored) {
    taps = (
      stored[0], stored[1], stored[2], stored[3], stored[4], stored[5], stored[6], stored[7], stored[8]
    )
  }

  @inline(__always) subscript(tap: Int) -> Row {
    switch tap {
    case 0: taps.0
    case 1: taps.1
    case 2: taps.2
    case 3: taps.3
    case 4: taps.4
    case 5: taps.5
    case 6: taps.6
    case 7: taps.7
    default: taps.8
    }
  }
}

/// Nine weights in registers, each one for all lanes.
struct HeldScalars<Row: FloatVector>: TapWeights {
  private let taps: HeldTaps<Row>
  @inline(__always) init(_ source: UnsafePointer<Float>) { taps = HeldTaps(StoredScalars(source)) }
  @inline(__always) subscript(tap: Int) -> Row { taps[tap] }
}

/// Weights for all lanes that are read from the first-level cache each time.
struct StoredScalars<Row: FloatVector>: TapWeights {
  private let source: UnsafePointer<Float>
  @inline(__always) init(_ source: UnsafePointer<Float>) { self.source = source }
  @inline(__always) subscript(tap: Int) -> Row { Row(repeating: source[tap]) }
}

/// Weights that are read from the first-level cache each time.
struct StoredTaps<Row: FloatVector>: TapWeights {
  private let source: UnsafePointer<Float>
  @inline(__always) init(_ source: UnsafePointer<Float>) { self.source = source }
  @inline(__always) subscript(tap: Int) -> Row { .load(source + tap * Row.width) }
}

/// The input rows of a strip of output rows, for each row of the filter those that the tile's rows read.
protocol FilterRows<Tile>: BitwiseCopyable {
  associatedtype Tile: RegisterTile
  /// Edge of the filter.
  static var filter: Int { get }
  /// Takes the pointers at an address: input rows sorted by their remainder of the stride, as many of each.
  init(_ source: UnsafePointer<Broadcasts>, stride: Int, rowsPerPhase: Int)
  /// Adds the products of one column of the filter and one of the input.
  func add<Weights: TapWeights<Tile.Row>>(_ sums: inout Tile, _ offset: Int, _ weights: Weights, column: Int)
}

/// Rows of a 3×3 filter.
struct FilterRows3<Tile: RegisterTile>: FilterRows {
  @inline(__always) static var filter: Int { 3 }
  private let rows: (Tile.Pointers, Tile.Pointers, Tile.Pointers)

  @inline(__always) init(_ source: UnsafePointer<Broadcasts>, stride: Int, rowsPerPhase: Int) {
    @inline(__always) func row(_ index: Int) -> Tile.Pointers {
      Tile.pointers(source + (index % stride &* rowsPerPhase &+ index / stride))
    }
    rows = (row(0), row(1), row(2))
  }

  @inline(__always)
  func add<Weights: TapWeights<Tile.Row>>(_ sums: inout Tile, _ offset: Int, _ weights: Weights, column: Int) {
    sums.addLaneProducts(rows.0, offset, weights[column])
    sums.addLaneProducts(rows.1, offset, weights[3 + column])
    sums.addLaneProducts(rows.2, offset, weights[6 + column])
  }
}

/// Rows of a 5×5 filter.
struct FilterRows5<Tile: RegisterTile>: FilterRows {
  @inline(__always) static var filter: Int { 5 }
  private let rows: (Tile.Pointers, Tile.Pointers, Tile.Pointers, Tile.Pointers, Tile.Pointers)

  @inline(__always) init(_ source: UnsafePointer<Broadcasts>, stride: Int, rowsPerPhase: Int) {
    @inline(__always) func row(_ index: Int) -> Tile.Pointers {
      Tile.pointers(source + (index % stride &* rowsPerPhase &+ index / stride))
    }
    rows = (row(0), row(1), row(2), row(3), row(4))
  }

  @inline(__always)
  func add<Weights: TapWeights<Tile.Row>>(_ sums: inout Tile, _ offset: Int, _ weights: Weights, column: Int) {
    sums.addLaneProducts(rows.0, offset, weights[column])
    sums.addLaneProducts(rows.1, offset, weights[5 + column])
    sums.addLaneProducts(rows.2, offset, weights[10 + column])
    sums.addLaneProducts(rows.3, offset, weights[15 + column])
    sums.addLaneProducts(rows.4, offset, weights[20 + column])
  }
}

/// The output columns that the filter covers while it slides along a row: each input vector is read once and added to all
/// of them.
///
/// A turn takes as many input columns as the stride, of which the last one completes an output column: at stride 1 column t,
/// at stride 2 columns 2t − 1 and 2t. So the first output is complete after turn ``delay``.
protocol SlidingWindow: BitwiseCopyable {
  associatedtype Rows: FilterRows
  static var stride: Int { get }
  /// Turns that a loop takes at once: as many as keep the sums in their registers without moves, where there is room.
  static var turnsAtOnce: Int { get }
  /// A window whose sums are all the bias.
  init(bias: Rows.Tile.Row)
  /// Takes the columns of a turn, nil those on padding, and returns the output column that they complete.
  mutating func turn<Weights: TapWeights<Rows.Tile.Row>>(
    _ rows: Rows, _ columns: (Int?, Int?), _ weights: Weights, bias: Rows.Tile.Row
  ) -> Rows.Tile
}

extension SlidingWindow {
  /// Turns before the one that completes the first output column.
  @inline(__always) static var delay: Int { (Rows.filter - 1) / stride }
}

/// 5×5, stride 1.
struct Window5<Tile: RegisterTile>: SlidingWindow {
  private var first: Tile
  private var second: Tile
  private var third: Tile
  private var fourth: Tile
  @inline(__always) static var stride: Int { 1 }
  @inline(__always) static var turnsAtOnce: Int { 3 }
  @inline(__always) init(bias: Tile.Row) {
    (first, second) = (Tile(repeating: bias), Tile(repeating: bias))
    (third, fourth) = (Tile(repeating: bias), Tile(repeating: bias))
  }

  @inline(__always)
  mutating func turn<Weights: TapWeights<Tile.Row>>(
    _ rows: FilterRows5<Tile>, _ columns: (Int?, Int?), _ weights: Weights, bias: Tile.Row
  ) -> Tile {
    var last = Tile(repeating: bias)
    if let column = columns.1 {
      rows.add(&first, column, weights, column: 4)
      rows.add(&second, column, weights, column: 3)
      rows.add(&third, column, weights, column: 2)
      rows.add(&fourth, column, weights, column: 1)
      rows.add(&last, column, weights, column: 0)
    }
    let complete = first
    (first, second, third, fourth) = (second, third, fourth, last)
    return complete
  }
}

/// 5×5, stride 2.
struct StridedWindow5<Tile: RegisterTile>: SlidingWindow {
  private var first: Tile
  private var second: Tile
  @inline(__always) static var stride: Int { 2 }
  @inline(__always) static var turnsAtOnce: Int { 1 }
  @inline(__always) init(bias: Tile.Row) { (first, second) = (Tile(repeating: bias), Tile(repeating: bias)) }

  @inline(__always)
  mutating func turn<Weights: TapWeights<Tile.Row>>(
    _ rows: FilterRows5<Tile>, _ columns: (Int?, Int?), _ weights: Weights, bias: Tile.Row
  ) -> Tile {
    if let column = columns.0 {
      rows.add(&first, column, weights, column: 3)
      rows.add(&second, column, weights, column: 1)
    }
    var last = Tile(repeating: bias)
    if let column = columns.1 {
      rows.add(&first, column, weights, column: 4)
      rows.add(&second, column, weights, column: 2)
      rows.add(&last, column, weights, column: 0)
    }
    let complete = first
    (first, second) = (second, last)
    return complete
  }
}
