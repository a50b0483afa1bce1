import CKernelISA
import RegisterTiles

/// Some output rows of some planes of a depthwise convolution on NCHW, from staged input rows, see ``StagedPlanes``.
struct PlaneBlock {
  /// Where those columns of the filter read for the first output that read whole cache lines, see ``StagedPlanes``.
  var first: UnsafePointer<Float>
  var second: UnsafePointer<Float>
  /// Floats from one staged row to the next of its kind, and to the first of the other kind.
  var pitch: Int
  var phaseRows: Int
  /// Floats from one staged plane to the next.
  var stagedPlane: Int
  /// Output columns, and rows of vectors.
  var columns: Int
  var rows: Int
  var planes: Int
  /// `[planes][taps + 1]`: a plane's weights and its bias.
  var weights: UnsafePointer<Float>
  /// A row's last vector may write more than its columns, which the next row makes good.
  var target: UnsafeMutablePointer<Float>
  var targetStride: Int
  var targetPlane: Int
  var low: Float
  var high: Float
}

/// Runs a block, plane by plane.
@inline(__always)
func runPlanes<
  Shape: PlaneShape, Tall: RegisterTile, Reader: LaneReader<Tall.Row>, Weights: TapWeights<Tall.Row>
>(_: Shape.Type, _: Tall.Type, _: Reader.Type, _: Weights.Type, _ arguments: UnsafeRawPointer?) {
  let block = arguments.unsafelyUnwrapped.load(as: PlaneBlock.self)
  var plane = 0
  while plane < block.planes {
    PlaneWindow<Shape, Reader, Weights>(block, plane: plane)
      .run(Tall.self, rows: block.rows, block.target + plane &* block.targetPlane)
    plane &+= 1
  }
}

/// The filter of one plane and where its rows are staged.
private struct PlaneWindow<Shape: PlaneShape, Reader: LaneReader, Weights: TapWeights<Reader.Row>> {
  private let weights: Weights
  private let bias: Weights.Row
  private let first: UnsafePointer<Float>
  private let second: UnsafePointer<Float>
  private let pitch: Int
  private let phaseRows: Int
  private let columns: Int
  private let targetStride: Int
  private let low: Float
  private let high: Float

  @inline(__always)
  init(_ block: PlaneBlock, plane: Int) {
    let source = block.weights + plane &* (Shape.filter &* Shape.filter &+ 1)
    weights = Weights(source)
    bias = Weights.Row(repeating: source[Shape.filter &* Shape.filter])
    first = block.first + plane &* block.stagedPlane
    second = block.second + plane &* block.stagedPlane
    pitch = Shape.pitch > 0 ? Shape.pitch : block.pitch
    phaseRows = block.phaseRows
    columns = block.columns
    targetStride = Shape.rowsPerVector == 2 ? Weights.Row.width : block.targetStride
    low = block.low
    high = block.high
  }

  /// Computes rows of vectors.
  @inline(__always)
  func run<Tall: RegisterTile>(_: Tall.Type, rows: Int, _ target: UnsafeMutablePointer<Float>)
  where Tall.Row == Weights.Row {
    var row = 0
    while row &+ Tall.height <= rows {
      runTile(Tall.self, row: row, target)
      row &+= Tall.height
    }
    if Tall.height > 4 && row &+ 4 <= rows {
      runTile(Tile4<Weights.Row>.self, row: row, target)
      row &+= 4
    }
    if Tall.height > 2 && row &+ 2 <= rows {
      runTile(Tile2<Weights.Row>.self, row: row, target)
      row &+= 2
    }
    if row < rows { runTile(Tile1<Weights.Row>.self, row: row, target) }
  }

  /// Computes all columns of a tile's rows.
  @inline(__always)
  private func runTile<Tile: RegisterTile>(_: Tile.Type, row: Int, _ target: UnsafeMutablePointer<Float>)
  where Tile.Row == Weights.Row {
    let target = target + row &* targetStride
    let offset = row &* Shape.rowsPerVector &* pitch
    if Shape.pitch > 0 {
      // One vector holds a row.
      runVectors(Tile.self, offset, target)
      return
    }
    // From the last vector to the first: it may run over the row's end, and the next row comes later.
    var column = (columns &- 1) / Tile.Row.width &* Tile.Row.width
    while column >= 0 {
      runVectors(Tile.self, offset &+ column, target + column)
      column &-= Tile.Row.width
    }
  }

  /// Computes one vector of each of a tile's rows.
  @inline(__always)
  private func runVectors<Tile: RegisterTile>(_: Tile.Type, _ offset: Int, _ target: UnsafeMutablePointer<Float>)
  where Tile.Row == Weights.Row {
    var sums = Tile(repeating: bias)
    let (first, second) = (first + offset, second + offset)
    if Shape.Stride.count == 1 && Shape.filter == 3 {
      add(&sums, OneBefore.self, first, column: 0)
      add(&sums, AtPlace.self, first, column: 1)
      add(&sums, OneAfter.self, first, column: 2)
    } else if Shape.Stride.count == 1 {
      add(&sums, TwoBefore.self, first, column: 0)
      add(&sums, OneBefore.self, first, column: 1)
      add(&sums, AtPlace.self, first, column: 2)
      add(&sums, OneAfter.self, first, column: 3)
      add(&sums, TwoAfter.self, first, column: 4)
    } else if Shape.filter == 3 {
      add(&sums, OneBefore.self, first, column: 0)
      add(&sums, AtPlace.self, second, column: 1)
      add(&sums, AtPlace.self, first, column: 2)
    } else {
      add(&sums, OneBefore.self, first, column: 0)
      add(&sums, OneBefore.self, second, column: 1)
      let middle = Self.apart(first)
      add(&sums, AtPlace.self, middle, column: 2)
      add(&sums, AtPlace.self, Self.apart(second), column: 3)
      add(&sums, OneAfter.self, Self.apart(middle), column: 4)
    }
    sums.clamp(low, high)
    sums.store(target, stride: targetStride)
  }

  /// The same address, of which the compiler doesn't know it: what two columns of a filter of five have in common is read
  /// twice, or it would be held from one to the other in more registers than there are.
  @inline(__always)
  private static func apart(_ source: UnsafePointer<Float>) -> UnsafePointer<Float> {
    Weights.Row.width == 16 ? kernel_opaque(source) : source
  }

  /// Adds the products of one column of the filter.
  @inline(__always)
  private func add<Tile: RegisterTile, Offset: LaneOffset>(
    _ sums: inout Tile, _: Offset.Type, _ source: UnsafePointer<Float>, column: Int
  ) where Tile.Row == Weights.Row {
    addRow(&sums, Offset.self, source, row: 0, column: column)
    addRow(&sums, Offset.self, source, row: 1, column: column)
    addRow(&sums, Offset.self, source, row: 2, column: column)
    if Shape.filter == 5 {
      addRow(&sums, Offset.self, source, row: 3, column: column)
      addRow(&sums, Offset.self, source, row: 4, column: column)
    }
  }

  /// Adds the products of one tap.
  @inline(__always)
  private func addRow<Tile: RegisterTile, Offset: LaneOffset>(
    _ sums: inout Tile, _: Offset.Type, _ source: UnsafePointer<Float>, row: Int, column: Int
  ) where Tile.Row == Weights.Row {
    sums.addLaneProducts(
      Reader.self, Offset.self, row % Shape.Stride.count == 0 ? source : source + phaseRows,
      from: row / Shape.Stride.count,
      step: Shape.rowsPerVector, distance: pitch, weights[row &* Shape.filter &+ column])
  }
}
