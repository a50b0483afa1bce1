import CKernelISA
import ConvolutionModel

/// What one call of the micro-kernel for pixels at a constant distance does: a run of pixels times some blocks of output
/// channels of one width, over a part of the taps and input channels.
///
///     target[pixel, column] (+)= Σ over tap, channel of values[pixel · distance + tap · tapDistance + channel]
///                                                       · weights[tap, channel, column]
///
/// Without an indirection a tile needs no pointers but one: that's for 1×1 filters, matrices and rows of images that are padded
/// already. ``TileBlock`` does the same for pixels that lie anywhere.
package struct StridedBlock {
  /// The first channel of the first pixel; pixels are `distance` floats apart.
  package var values: UnsafePointer<Float>
  package var distance: Int
  package var pixels: Int
  /// Runs of so many pixels, `rowValues` floats apart, which go to `rowTarget` floats apart.
  package var rows: Int
  package var rowValues: Int
  package var rowTarget: Int
  package var taps: Int
  /// Floats from one tap's values to the next one's.
  package var tapDistance: Int
  /// Values of a tap, side by side; an even number of them where they're paired.
  package var channels: Int
  /// `[blocks][taps][channels][vectors · lanes]`, blocks `blockWeights` floats apart.
  package var weights: UnsafePointer<Float>
  package var blockWeights: Int
  /// Blocks of columns side by side, which all pixels of a tile go through one after another.
  package var blocks: Int
  /// Registers that the columns of a block take, the last one of the last block perhaps in part.
  package var vectors: Int
  /// Two channels lie side by side in the weights, as two lanes for each column, whose sums are added in the end.
  package var paired: Bool
  /// Columns of the last block that are written.
  package var columns: Int
  /// The first pixel's first column; pixels are `targetStride` floats apart.
  package var target: UnsafeMutablePointer<Float>
  package var targetStride: Int
  /// Added to every pixel, `blocks · vectors · lanes` floats; nil where there is nothing to add.
  package var columnBias: UnsafePointer<Float>?
  /// Added to the start of the sums; strides as `target`, and may be the same memory, where the sums so far are.
  package var addend: UnsafePointer<Float>?
  /// This part ends the sums: they are clamped to `low` and `high`.
  package var finishes: Bool
  package var low: Float
  package var high: Float

  package init(
    values: UnsafePointer<Float>, distance: Int, pixels: Int, rows: Int = 1, rowValues: Int = 0,
    rowTarget: Int = 0, taps: Int, tapDistance: Int, channels: Int, weights: UnsafePointer<Float>, blockWeights: Int,
    blocks: Int, vectors: Int, paired: Bool = false, columns: Int,
    target: UnsafeMutablePointer<Float>, targetStride: Int, columnBias: UnsafePointer<Float>?,
    addend: UnsafePointer<Float>?, finishes: Bool, low: Float, high: Float
  ) {
    self.values = values
    self.distance = distance
    self.pixels = pixels
    self.rows = rows
    self.rowValues = rowValues
    self.rowTarget = rowTarget
    self.taps = taps
    self.tapDistance = tapDistance
    self.channels = channels
    self.weights = weights
    self.blockWeights = blockWeights
    self.blocks = blocks
    self.vectors = vectors
    self.paired = paired
    self.columns = columns
    self.target = target
    self.targetStride = targetStride
    self.columnBias = columnBias
    self.addend = addend
    self.finishes = finishes
    self.low = low
    self.high = high
  }
}

/// Runs tiles of one height until the pixels are used up: the only function that a trampoline's body calls.
///
/// - Parameter overlapping: neighbouring pixels share values, see ``StridedBlock/pixelsOverlap``; a constant.
@inline(__always)
func runStrided<Tile: RegisterTile>(_: Tile.Type, overlapping: Bool = false, _ arguments: UnsafeRawPointer?) {
  let block = arguments.unsafelyUnwrapped.load(as: StridedBlock.self)
  var values = block.values
  var target = block.target
  var addend = block.addend
  for _ in 0..<block.rows {
    var pixelValues = values
    var pixelTarget = target
    var pixelAddend = addend
    var left = block.pixels
    while left > 0 {
      runPixels(Tile.self, overlapping: overlapping, block, pixelValues, pixelTarget, pixelAddend)
      pixelValues += Tile.height &* block.distance
      pixelTarget += Tile.height &* block.targetStride
      pixelAddend = pixelAddend.map { $0 + Tile.height &* block.targetStride }
      left &-= Tile.height
    }
    values += block.rowValues
    target += block.rowTarget
    addend = addend.map { $0 + block.rowTarget }
  }
}

/// Computes all columns of the pixels of one tile.
@inline(__always)
private func runPixels<Tile: RegisterTile>(
  _: Tile.Type, overlapping: Bool, _ block: StridedBlock, _ values: UnsafePointer<Float>,
  _ firstTarget: UnsafeMutablePointer<Float>, _ firstAddend: UnsafePointer<Float>?
) {
  typealias Row = Tile.Row
  typealias Output = Row.Output
  let stride = block.targetStride
  var target = firstTarget
  var addend = firstAddend
  var blockWeights = block.weights
  var bias = block.columnBias
  var blocks = block.blocks
  while blocks > 0 {
    let columns = blocks == 1 ? block.columns : Output.width
    var sums: Tile
    if Row.step == 1 {
      sums = Tile(repeating: bias.map { Row.load($0) } ?? .zero)
      if let addend { sums.add(addend, stride: stride, columns: columns) }
    } else {
      sums = Tile(repeating: .zero)
    }
    if overlapping {
      sums.addOverlappingPixels(block, values, blockWeights)
    } else {
      sums.addPixels(block, values, blockWeights)
    }
    if Row.step == 1 {
      if block.finishes { sums.clamp(block.low, block.high) }
      sums.store(target, stride: stride, columns: columns)
    } else {
      let start = bias.map { Output.load($0) } ?? .zero
      if block.finishes {
        sums.storeFolded(
          target, stride: stride, columns: columns, bias: start, addend: addend, bounds: (block.low, block.high))
      } else {
        sums.storeFolded(target, stride: stride, columns: columns, bias: start, addend: addend, bounds: nil)
      }
    }
    target += Output.width
    addend = addend.map { $0 + Output.width }
    bias = bias.map { $0 + Output.width }
    blockWeights += block.blockWeights
    blocks &-= 1
  }
}
