import RegisterTiles

/// Some neighbouring output rows of a depthwise convolution on NHWC with a square filter.
struct DepthwiseStrip {
  /// The input rows that the strip reads: for each remainder of the row by the stride, in order, its rows from top to
  /// bottom. Rows on padding point at as many zeros.
  var rows: UnsafePointer<Broadcasts>
  /// Input columns.
  var width: Int
  /// Columns of padding before the first one; negative where columns are left out.
  var left: Int
  /// Output columns.
  var columns: Int
  /// At least as many as a vector has lanes.
  var channels: Int
  /// Channels that are run along the whole strip before the next: a multiple of the lanes, unless all.
  var channelsAtOnce: Int
  /// `[blocks][taps + 1][lanes]`: the weights and the bias of as many channels as a vector has lanes. The last block ends
  /// with the last channel and may overlap the one before.
  var weights: UnsafePointer<Float>
  /// The first output.
  var target: UnsafeMutablePointer<Float>
  /// Floats from one output row to the next.
  var targetStride: Int
  /// Strides as `target`, and may be the same memory if no blocks of channels overlap. Nil where a window slides.
  var residual: UnsafePointer<Float>?
  /// What every output is clamped to, the lower bound first. Read each time: as vectors of their own, before the loop,
  /// they'd take two registers of the sums.
  var bounds: UnsafePointer<Float>
}

extension DepthwiseStrip {
  /// Completes and writes one output column. No branch: the multiply-adds of other columns would be moved behind it, and
  /// their operands out of the registers.
  @inline(__always)
  func finish<Tile: RegisterTile>(_ sums: Tile, _ offset: Int) {
    var sums = sums
    sums.clamp(bounds[0], bounds[1])
    sums.store(target + offset, stride: targetStride)
  }
}
