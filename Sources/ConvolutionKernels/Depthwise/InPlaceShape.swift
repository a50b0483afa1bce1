#if arch(x86_64)
  import RegisterTiles

  /// A vector of outputs.
  typealias InPlaceRow = Masked<SIMD16<Float>>

  /// What the three columns of the filter are multiplied by.
  struct InPlaceColumns: BitwiseCopyable {
    var before: InPlaceRow
    var middle: InPlaceRow
    var after: InPlaceRow

    /// Sorts two vectors of input for outputs with stride 2.
    @inline(__always)
    static func halved(_ lower: SIMD16<Float>, _ upper: SIMD16<Float>) -> Self {
      Self(
        before: InPlaceRow(lanes: .halved(lower, upper, AtPlace.self)),
        middle: InPlaceRow(lanes: .halved(lower, upper, OneAfter.self)),
        after: InPlaceRow(lanes: .halved(lower, upper, TwoAfter.self)))
    }
  }

  /// How a register tile of outputs reads input rows and where it writes, for a filter of 3×3.
  protocol InPlaceShape {
    associatedtype Tile: RegisterTile where Tile.Row == InPlaceRow
    associatedtype Stride: PlaneStride
    /// Output rows in a vector.
    static var rowsPerVector: Int { get }
    /// Reads what the three columns of the filter meet in an input row; and in others, if a vector has several output rows.
    static func read(_ rows: InPlaceRows<Self>, _ index: Int, _ columns: PlaneColumns) -> InPlaceColumns
    /// Adds some columns of a tile from memory, rows `stride` floats apart.
    static func add(_ source: UnsafePointer<Float>, _ stride: Int, _ columns: Int, to sums: inout Tile)
    /// Writes some columns of a tile, rows `stride` floats apart.
    static func store(_ sums: Tile, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ columns: Int)
  }

  extension InPlaceShape {
    @inline(__always) static var rowsPerVector: Int { 1 }
    /// Output rows of a tile, and the input rows that it reads.
    @inline(__always) static var outputRows: Int { Tile.height &* rowsPerVector }
    @inline(__always) static var inputRows: Int { (outputRows &- 1) &* Stride.count &+ 3 }

    /// Whether of the input rows of a tile only the first and the last may lie on padding.
    @inline(__always)
    static func fits(_ block: PlanesInPlace, row: Int) -> Bool {
      let first = block.firstSourceRow &+ row &* Stride.count
      return first >= -1 && first &+ inputRows <= block.sourceRows &+ 1
    }

    @inline(__always)
    static func add(_ source: UnsafePointer<Float>, _ stride: Int, _ columns: Int, to sums: inout Tile) {
      sums.add(source, stride: stride, columns: columns)
    }

    @inline(__always)
    static func store(_ sums: Tile, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ columns: Int) {
      sums.store(target, stride: stride, columns: columns)
    }
  }

  /// The input rows of a tile.
  struct InPlaceRows<Shape: InPlaceShape>: BitwiseCopyable {
    private let first: UnsafePointer<Float>
    private let inner: UnsafePointer<Float>
    private let last: UnsafePointer<Float>
    private let stride: Int

    /// - Parameters:
    ///   - plane: where the first output of the plane's first row reads first.
    ///   - row: the first output row.
    @inline(__always)
    init(_ block: PlanesInPlace, _ plane: UnsafePointer<Float>, row: Int) {
      let first = block.firstSourceRow &+ row &* Shape.Stride.count
      let source = plane + row &* Shape.Stride.count &* block.sourceStride
      @inline(__always) func place(_ index: Int) -> UnsafePointer<Float> {
        let isInside = first &+ index >= 0 && first &+ index < block.sourceRows
        return isInside ? source + index &* block.sourceStride : block.zeros
      }
      self.first = place(0)
      inner = Shape.inputRows == 3 ? place(1) : source + block.sourceStride
      last = place(Shape.inputRows &- 1)
      stride = block.sourceStride
    }

    /// Where the first output of a row reads first. The index is a constant after inlining.
    @inline(__always)
    subscript(index: Int) -> UnsafePointer<Float> {
      index == 0 ? first : index == Shape.inputRows &- 1 ? last : inner + (index &- 1) &* stride
    }
  }

  /// Stride 1: three vectors that overlap.
  enum InPlaceUnit<Tile: RegisterTile>: InPlaceShape where Tile.Row == InPlaceRow {
    typealias Stride = PlaneStride1

    @inline(__always)
    static func read(_ rows: InPlaceRows<Self>, _ index: Int, _ columns: PlaneColumns) -> InPlaceColumns {
      let source = rows[index] + columns.first
      return InPlaceColumns(
        before: InPlaceRow(lanes: .load(source, mask: columns.masks.0)),
        middle: InPlaceRow(lanes: .load(source + 1, mask: columns.masks.1)),
        after: InPlaceRow(lanes: .load(source + 2, mask: columns.masks.2)))
    }
  }

  /// Stride 1 with at most fifteen columns behind padding of one: one vector, whose zeros take turns as padding. A load
  /// across cache lines, as most are, takes longer than two rotations.
  enum InPlaceNarrow<Tile: RegisterTile>: InPlaceShape where Tile.Row == InPlaceRow {
    typealias Stride = PlaneStride1

    @inline(__always)
    static func read(_ rows: InPlaceRows<Self>, _ index: Int, _ columns: PlaneColumns) -> InPlaceColumns {
      let lanes = SIMD16<Float>.load(rows[index] + 1, mask: columns.masks.1)
      return InPlaceColumns(
        before: InPlaceRow(lanes: .joined(lanes, lanes, OneBefore.self)), middle: InPlaceRow(lanes: lanes),
        after: InPlaceRow(lanes: .joined(lanes, lanes, OneAfter.self)))
    }
  }

  /// Stride 2: two vectors of an input row hold what the three columns read.
  enum InPlaceDouble<Tile: RegisterTile>: InPlaceShape where Tile.Row == InPlaceRow {
    typealias Stride = PlaneStride2

    @inline(__always)
    static func read(_ rows: InPlaceRows<Self>, _ index: Int, _ columns: PlaneColumns) -> InPlaceColumns {
      let source = rows[index] + 2 &* columns.first
      return InPlaceColumns.halved(.load(source, mask: columns.masks.0), .load(source + 16, mask: columns.masks.1))
    }
  }

  /// Stride 2 with at most seven columns: two output rows in a vector, each from one vector of its input row.
  enum InPlaceDoublePairs: InPlaceShape {
    typealias Tile = Tile1<InPlaceRow>
    typealias Stride = PlaneStride2
    @inline(__always) static var rowsPerVector: Int { 2 }

    @inline(__always)
    static func read(_ rows: InPlaceRows<Self>, _ index: Int, _ columns: PlaneColumns) -> InPlaceColumns {
      let mask = columns.masks.0
      return InPlaceColumns.halved(.load(rows[index], mask: mask), .load(rows[index &+ 2], mask: mask))
    }

    @inline(__always)
    static func add(_ source: UnsafePointer<Float>, _ stride: Int, _ columns: Int, to sums: inout Tile) {
      let mask = mask(columns)
      sums.row.lanes.add(.load(source, mask: mask))
      sums.row.lanes.add(.load(source + (stride &- 8), mask: mask << 8))
    }

    @inline(__always)
    static func store(_ sums: Tile, _ target: UnsafeMutablePointer<Float>, _ stride: Int, _ columns: Int) {
      let mask = mask(columns)
      sums.row.lanes.store(target, mask: mask)
      sums.row.lanes.store(target + (stride &- 8), mask: mask << 8)
    }

    /// The lanes of the first row's columns.
    @inline(__always) private static func mask(_ columns: Int) -> UInt16 {
      0x7F &>> UInt16(truncatingIfNeeded: 7 &- columns)
    }
  }
#endif
