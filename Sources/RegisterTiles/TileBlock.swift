import CKernelISA

/// What one call of the NHWC micro-kernel does: a block of pixels times one block of output channels, over a part of the
/// taps and input channels.
///
///     target[pixel, column] (+)= Σ over tap, channel of pointers[tap][pixel][channel] · weights[tap][channel][column]
///
/// The pointers are an indirection: a tap on padding points at zeros, so that stride, dilation and padding cost nothing in
/// the inner loop.
package struct TileBlock {
  /// `[taps][pointerStride]`, of which each row's first `pixels` are used; a multiple of the tile's height.
  package var pointers: UnsafePointer<Broadcasts>
  package var pointerStride: Int
  package var pixels: Int
  package var taps: Int
  /// The first channel, counted from where the pointers point.
  package var firstChannel: Int
  package var channels: Int
  /// `[taps][channels]` rows of `vectors · lanes` floats, `weightsStride` apart.
  package var weights: UnsafePointer<Float>
  package var weightsStride: Int
  /// Floats from these weights to those of the block that runs next, to be fetched into the second-level cache meanwhile;
  /// 0 when they're there already.
  package var nextWeights: Int
  /// No weights come next: instead the next tile's pixels are fetched, which mostly lie side by side.
  package var fetchesPixels: Bool
  /// Tiles of this block that have run before: each fetches another cache line of every second row of the next weights.
  package var firstTile = 0
  /// Registers that the columns take, the last one perhaps in part.
  package var vectors: Int
  /// Columns that are written.
  package var columns: Int
  /// The first pixel's first column; pixels are `targetStride` floats apart.
  package var target: UnsafeMutablePointer<Float>
  package var targetStride: Int
  /// The sums so far are in `target`.
  package var accumulates: Bool
  /// Added to every pixel, `vectors · lanes` floats; nil when the sums start at zero or accumulate.
  package var columnBias: UnsafePointer<Float>?
  /// Added to every column, one float a pixel, for blocks whose rows are output channels.
  package var rowBias: UnsafePointer<Float>?
  /// Added to the start of the sums; strides as `target`, and may be the same memory. Nil when they accumulate.
  package var residual: UnsafePointer<Float>?
  /// This part ends the sums: they are clamped to `low` and `high`.
  package var finishes: Bool
  package var low: Float
  package var high: Float
  /// ``scratchCount`` floats, where the columns don't fill their registers.
  package var scratch: UnsafeMutablePointer<Float>

  package init(
    pointers: UnsafePointer<Broadcasts>, pointerStride: Int, pixels: Int, taps: Int, firstChannel: Int, channels: Int,
    weights: UnsafePointer<Float>, weightsStride: Int, nextWeights: Int = 0, fetchesPixels: Bool = false, vectors: Int,
    columns: Int,
    target: UnsafeMutablePointer<Float>,
    targetStride: Int, accumulates: Bool, columnBias: UnsafePointer<Float>? = nil, rowBias: UnsafePointer<Float>? = nil,
    residual: UnsafePointer<Float>? = nil, finishes: Bool, low: Float, high: Float, scratch: UnsafeMutablePointer<Float>
  ) {
    self.pointers = pointers
    self.pointerStride = pointerStride
    self.pixels = pixels
    self.taps = taps
    self.firstChannel = firstChannel
    self.channels = channels
    self.weights = weights
    self.weightsStride = weightsStride
    self.nextWeights = nextWeights
    self.fetchesPixels = fetchesPixels
    self.vectors = vectors
    self.columns = columns
    self.target = target
    self.targetStride = targetStride
    self.accumulates = accumulates
    self.columnBias = columnBias
    self.rowBias = rowBias
    self.residual = residual
    self.finishes = finishes
    self.low = low
    self.high = high
    self.scratch = scratch
  }
}

extension TileBlock {
  /// Floats of scratch memory that a run may need: the largest tile.
  package static let scratchCount = 8 * 3 * 16

  /// The tallest tile for a number of vectors, so that accumulators, weights and one broadcast fit into the vector
  /// registers, and a pointer for each row into the others: a pointer that is read again for each product would take one of
  /// the two loads of a cycle.
  ///
  /// With 32 registers 6×4 and 8×3; with 16 registers 6×2.
  package static func tileHeight(vectors: Int, registers: Int) -> Int {
    registers == 32 && vectors < 4 || vectors == 1 ? 8 : 6
  }
}

/// Runs tiles of one height until the pixels are used up.
///
/// The only function of the micro-kernel that a trampoline's body calls: one tile a body, since the optimizer stops inlining
/// into functions that grow large.
@inline(__always)
func runTiles<Tile: RegisterTile>(_: Tile.Type, _ arguments: UnsafeRawPointer?) {
  let block = arguments.unsafelyUnwrapped.load(as: TileBlock.self)
  typealias Row = Tile.Row
  var pointers = block.pointers
  var target = block.target
  var residual = block.residual
  var pixel = 0
  var line = block.firstTile
  while pixel < block.pixels {
    // The last tile has no next one and fetches its own once more.
    let next = pixel &+ 2 &* Tile.height <= block.pixels ? Tile.height : 0
    // Of rows that don't lie side by side a tile fetches a line each.
    let ahead =
      block.weightsStride == Row.width
      ? line < 2 &* ((Row.width &+ 15) >> 4)
        ? block.nextWeights &+ 16 &* (line >> 1) &+ Row.width &* (line & 1) : 0
      : line < (Row.width &+ 15) >> 4 ? block.nextWeights &+ 16 &* line : 0
    runTile(
      Tile.self, block, pointers, next: next, target, residual, pixel: pixel, ahead: ahead)
    pointers += Tile.height
    target += Tile.height &* block.targetStride
    residual = residual.map { $0 + Tile.height &* block.targetStride }
    pixel &+= Tile.height
    line &+= 1
  }
}

@inline(__always)
private func runTile<Tile: RegisterTile>(
  _: Tile.Type, _ block: TileBlock, _ pixels: UnsafePointer<Broadcasts>, next: Int,
  _ blockTarget: UnsafeMutablePointer<Float>,
  _ blockResidual: UnsafePointer<Float>?, pixel: Int, ahead: Int
) {
  typealias Row = Tile.Row
  var target = blockTarget
  var stride = block.targetStride
  var residual = blockResidual
  if block.columns != Row.width {
    // Columns that don't fill their registers are summed in scratch memory, so that no neighbour is touched.
    if let start = block.accumulates ? UnsafePointer(target) : residual {
      copyColumns(start, stride, block.scratch, Row.width, rows: Tile.height, columns: block.columns)
    }
    target = block.scratch
    stride = Row.width
    if residual != nil { residual = UnsafePointer(block.scratch) }
  }
  var sums: Tile
  if let bias = block.rowBias {
    sums = Tile(broadcasts: bias + pixel)
  } else if let bias = block.columnBias {
    sums = Tile(repeating: Row.load(bias))
  } else {
    sums = Tile(repeating: .zero)
  }
  if block.accumulates { sums.add(target, stride: stride) }
  if let residual { sums.add(residual, stride: stride) }
  var weights = block.weights
  var pointers = pixels
  // A prefetch is a load like others, so there is one for two channels.
  let fetchStep = 2 &* (block.fetchesPixels ? Tile.height : Row.width)
  for _ in 0..<block.taps {
    let tap = Tile.pointers(pointers)
    var fetched = block.fetchesPixels ? pointers[next] : weights + ahead
    var channel = block.firstChannel
    let end = channel &+ block.channels
    if block.weightsStride == Row.width {
      // Four channels a turn, at constant distances: each instruction of the loop's own may take the place of a product.
      let end = channel &+ (block.channels & ~3)
      while channel != end {
        sums.addProducts(tap, channel, Row.load(weights))
        kernel_prefetch(fetched)
        sums.addProducts(tap, channel &+ 1, Row.load(weights + Row.width))
        sums.addProducts(tap, channel &+ 2, Row.load(weights + 2 &* Row.width))
        kernel_prefetch(fetched + fetchStep)
        sums.addProducts(tap, channel &+ 3, Row.load(weights + 3 &* Row.width))
        fetched += 2 &* fetchStep
        weights += 4 &* Row.width
        channel &+= 4
      }
    }
    // Two of other rows: more of them, and the compiler reads ahead until registers run out.
    let distance = block.weightsStride
    let pairsEnd = channel &+ ((end &- channel) & ~1)
    while channel != pairsEnd {
      sums.addProducts(tap, channel, Row.load(weights))
      kernel_prefetch(fetched)
      sums.addProducts(tap, channel &+ 1, Row.load(weights + distance))
      kernel_prefetch(fetched + distance)
      fetched += 2 &* distance
      weights += 2 &* distance
      channel &+= 2
    }
    if channel != end {
      sums.addProducts(tap, channel, Row.load(weights))
      weights += distance
    }
    pointers += block.pointerStride
  }
  if block.finishes { sums.clamp(block.low, block.high) }
  sums.store(target, stride: stride)
  if block.columns != Row.width {
    copyColumns(
      target, stride, blockTarget, block.targetStride, rows: Tile.height, columns: block.columns)
  }
}

/// Copies some rows of `columns` floats each. Not inlined: tiles grow by it, and only blocks at the edge come here.
@inline(never)
private func copyColumns(
  _ source: UnsafePointer<Float>, _ sourceStride: Int, _ target: UnsafeMutablePointer<Float>, _ targetStride: Int,
  rows: Int, columns: Int
) {
  var source = source
  var target = target
  for _ in 0..<rows {
    var column = 0
    while column &+ 4 <= columns {
      Plain<SIMD4<Float>>.load(source + column).store(target + column)
      column &+= 4
    }
    while column < columns {
      target[column] = source[column]
      column &+= 1
    }
    source += sourceStride
    target += targetStride
  }
}
