import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Some output rows of one plane of a depthwise convolution on NCHW. The input has been padded and its columns sorted by their
/// remainder of the stride, so that each tap reads consecutive floats.
struct DepthwiseNCHWBlock {
  /// The padded plane.
  var plane: UnsafePointer<Float>
  /// Floats from the inputs of one output row to those of the next.
  var rowStep: Int
  /// For each tap where it reads for the first output.
  var offsets: UnsafePointer<Int>
  var taps: Int
  /// One weight a tap.
  var weights: UnsafePointer<Float>
  var bias: Float
  var rows: Int
  var columns: Int
  /// Strides as `target`, and may be the same memory.
  var residual: UnsafePointer<Float>?
  var target: UnsafeMutablePointer<Float>
  var targetStride: Int
  var low: Float
  var high: Float
  /// Room for a vector.
  var scratch: UnsafeMutablePointer<Float>
  /// 3 or 5 for a square filter of that edge without dilation, whose input rows are given by pointers and whose columns fill
  /// a vector; otherwise, and with a residual, 0, and the taps are run one by one.
  var filter: Int
  /// The padded input rows, sorted by their remainder of the stride, `rowsPerPhase` of each.
  var inputRows: UnsafePointer<Broadcasts>
  var rowsPerPhase: Int
  var strideHeight: Int
}

@inline(__always)
private func runTaps<Vector: FloatVector>(_: Vector.Type, _ arguments: UnsafeRawPointer?) {
  let block = arguments.unsafelyUnwrapped.load(as: DepthwiseNCHWBlock.self)
  for row in 0..<block.rows {
    var column = 0
    while column < block.columns {
      var sum = Vector(repeating: block.bias)
      let offset = row * block.targetStride + column
      let isFull = column + Vector.width <= block.columns
      if let residual = block.residual {
        if isFull {
          sum += .load(residual + offset)
        } else {
          for lane in 0..<block.columns - column { block.scratch[lane] = residual[offset + lane] }
          sum += .load(block.scratch)
        }
      }
      let source = block.plane + row * block.rowStep + column
      for tap in 0..<block.taps {
        sum.addProduct(Vector(repeating: block.weights[tap]), .load(source + block.offsets[tap]))
      }
      sum.clamp(block.low, block.high)
      if isFull {
        sum.store(block.target + offset)
      } else {
        sum.store(block.scratch)
        for lane in 0..<block.columns - column { block.target[offset + lane] = block.scratch[lane] }
      }
      column += Vector.width
    }
  }
}

/// Runs a tile's rows, from one output row on, over all columns. There is no residual.
@inline(__always)
private func runRows<Rows: FilterRows, Weights: TapWeights<Rows.Tile.Row>>(
  _: Rows.Type, _ weights: Weights, _ block: DepthwiseNCHWBlock, _ row: Int
) {
  typealias Tile = Rows.Tile
  let rows = Rows(block.inputRows + row, stride: block.strideHeight, rowsPerPhase: block.rowsPerPhase)
  let target = block.target + row &* block.targetStride
  var column = 0
  while column < block.columns {
    // The last vector of a row ends with the row and may overlap the one before.
    let first = min(column, block.columns &- Tile.Row.width)
    var sums = Tile(repeating: Tile.Row(repeating: block.bias))
    rows.addAll(&sums, block.offsets, first, weights)
    sums.clamp(block.low, block.high)
    sums.store(target + first, stride: block.targetStride)
    column &+= Tile.Row.width
  }
}

/// Runs a whole block with the filter's rows in pointers.
@inline(__always)
private func runPlane<Tall: FilterRows, Low: FilterRows, Weights: TapWeights<Tall.Tile.Row>>(
  _: Tall.Type, _: Low.Type, _: Weights.Type, _ arguments: UnsafeRawPointer?
) where Low.Tile.Row == Tall.Tile.Row {
  let block = arguments.unsafelyUnwrapped.load(as: DepthwiseNCHWBlock.self)
  let weights = Weights(block.weights)
  var row = 0
  while row &+ Tall.Tile.height <= block.rows {
    runRows(Tall.self, weights, block, row)
    row &+= Tall.Tile.height
  }
  while row < block.rows {
    runRows(Low.self, weights, block, row)
    row &+= 1
  }
}

#if arch(x86_64)
  @c(body_depthwise_nchw3x3_avx512)
  private func plane3x3AVX512(_ block: UnsafeRawPointer?) {
    typealias Row = Fused<SIMD16<Float>>
    runPlane(FilterRows3<Tile4<Row>>.self, FilterRows3<Tile1<Row>>.self, HeldScalars<Row>.self, block)
  }
  @c(body_depthwise_nchw5x5_avx512)
  private func plane5x5AVX512(_ block: UnsafeRawPointer?) {
    typealias Row = Fused<SIMD16<Float>>
    runPlane(FilterRows5<Tile4<Row>>.self, FilterRows5<Tile1<Row>>.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_nchw_avx512)
  private func tapsAVX512(_ block: UnsafeRawPointer?) { runTaps(Fused<SIMD16<Float>>.self, block) }
  @c(body_depthwise_nchw3x3_avx2)
  private func plane3x3AVX2(_ block: UnsafeRawPointer?) {
    typealias Row = Fused<SIMD8<Float>>
    runPlane(FilterRows3<Tile4<Row>>.self, FilterRows3<Tile1<Row>>.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_nchw5x5_avx2)
  private func plane5x5AVX2(_ block: UnsafeRawPointer?) {
    typealias Row = Fused<SIMD8<Float>>
    runPlane(FilterRows5<Tile4<Row>>.self, FilterRows5<Tile1<Row>>.self, StoredScalars<Row>.self, block)
  }
  @c(body_depthwise_nchw_avx2)
  private func tapsAVX2(_ block: UnsafeRawPointer?) { runTaps(Fused<SIMD8<Float>>.self, block) }
#endif

extension DepthwiseNCHWBlock {
  /// Runs with the instructions of a level, which the machine must have.
  @inline(never)
  func run(_ isa: InstructionSet) {
    withUnsafePointer(to: self) { block in
      switch (isa, filter) {
      #if arch(x86_64)
        case (.avx512, 3): run_depthwise_nchw3x3_avx512(block)
        case (.avx512, 5): run_depthwise_nchw5x5_avx512(block)
        case (.avx512, _): run_depthwise_nchw_avx512(block)
        case (.avx2, 3): run_depthwise_nchw3x3_avx2(block)
        case (.avx2, 5): run_depthwise_nchw5x5_avx2(block)
        case (.avx2, _): run_depthwise_nchw_avx2(block)
      #endif
      default: runTaps(Baseline<SIMD4<Float>>.self, block)
      }
    }
  }
}
