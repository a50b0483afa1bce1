import RegisterTiles

/// Some output rows, and of those some neighbouring columns, of a depthwise convolution on NHWC with a square filter.
///
/// The columns are counted from the first one that the outputs read, padding included.
struct DepthwiseStrip {
  /// The input rows that the strip reads: for each remainder of the row by the stride, in order, its rows from top to
  /// bottom. Each points at the first column inside the image, rows on padding at zeros for as many columns.
  var rows: UnsafePointer<Broadcasts>
  /// The columns inside the image; the others are padding.
  var inside: Range<Int>
  /// Output columns.
  var columns: Int
  /// At least as many as a vector has lanes.
  var channels: Int
  /// `[blocks][taps + 1][lanes]`: the weights and the bias of as many channels as a vector has lanes. The last block ends
  /// with the last channel and may overlap the one before.
  var weights: UnsafePointer<Float>
  /// The first output.
  var target: UnsafeMutablePointer<Float>
  /// Floats from one output row to the next.
  var targetStride: Int
  var low: Float
  var high: Float
}

extension DepthwiseStrip {
  /// Completes one output column. No branch: the multiply-adds of other columns would be moved behind it, and their operands
  /// out of the registers.
  @inline(__always)
  fileprivate func finish<Tile: RegisterTile>(_ sums: Tile, _ offset: Int) {
    var sums = sums
    sums.clamp(low, high)
    sums.store(target + offset, stride: targetStride)
  }

  /// Where a column's channel lies from the rows' pointers; nil on padding.
  @inline(__always)
  fileprivate func offset(_ column: Int, _ channel: Int) -> Int? {
    inside.contains(column) ? channel &+ (column &- inside.lowerBound) &* channels : nil
  }
}

/// Slides a window over all channels of a strip.
@inline(__always)
func runStrip<Window: SlidingWindow, Weights: TapWeights<Window.Rows.Tile.Row>>(
  _: Window.Type, _: Weights.Type, _ arguments: UnsafeRawPointer?
) {
  typealias Tile = Window.Rows.Tile
  let strip = arguments.unsafelyUnwrapped.load(as: DepthwiseStrip.self)
  let taps = Window.Rows.filter &* Window.Rows.filter
  let rows = Window.Rows(
    strip.rows, stride: Window.stride, rowsPerPhase: Tile.height &+ Window.delay)
  let step = strip.channels
  let turnStep = Window.stride &* step
  let end = strip.columns &+ Window.delay
  let lower = strip.inside.lowerBound
  // The turns whose columns all lie inside the image and that complete an output.
  let inner = max(Window.stride == 1 ? lower : (lower &+ 2) / 2, Window.delay)
  let innerEnd = min(
    end, Window.stride == 1 ? strip.inside.upperBound : (strip.inside.upperBound &+ 1) / 2)
  var source = strip.weights
  var block = 0
  while block < strip.channels {
    let channel = min(block, strip.channels &- Tile.Row.width)
    let weights = Weights(source)
    let bias = Tile.Row.load(source + taps &* Tile.Row.width)
    var window = Window(bias: bias)
    var turn = window.start(rows, strip, channel, weights, bias: bias)
    while turn < end {
      if turn == inner {
        var column = channel &+ (turn &* Window.stride &- lower) &* step
        var target = channel &+ (turn &- Window.delay) &* step
        while Window.turnsAtOnce == 3 && turn &+ 3 <= innerEnd {
          strip.finish(window.turn(rows, (column &- step, column), weights, bias: bias), target)
          strip.finish(
            window.turn(rows, (column &+ turnStep &- step, column &+ turnStep), weights, bias: bias), target &+ step)
          column &+= 2 &* turnStep
          strip.finish(window.turn(rows, (column &- step, column), weights, bias: bias), target &+ 2 &* step)
          column &+= turnStep
          target &+= 3 &* step
          turn &+= 3
        }
        while turn < innerEnd {
          strip.finish(window.turn(rows, (column &- step, column), weights, bias: bias), target)
          column &+= turnStep
          target &+= step
          turn &+= 1
        }
        if turn == end { break }
      }
      let last = turn &* Window.stride
      let complete = window.turn(
        rows, (strip.offset(last &- 1, channel), strip.offset(last, channel)), weights, bias: bias)
      if turn >= Window.delay { strip.finish(complete, channel &+ (turn &- Window.delay) &* step) }
      turn &+= 1
    }
    source += (taps &+ 1) &* Tile.Row.width
    block &+= Tile.Row.width
  }
}

extension SlidingWindow {
  /// Takes the columns before the first complete output, where the image doesn't end among them; returns the turns taken.
  @inline(__always)
  fileprivate mutating func start<Weights: TapWeights<Rows.Tile.Row>>(
    _ rows: Rows, _ strip: DepthwiseStrip, _ channel: Int, _ weights: Weights, bias: Rows.Tile.Row
  ) -> Int {
    if strip.inside.upperBound <= (Self.delay &- 1) &* Self.stride { return 0 }
    take(0, rows, strip, channel, weights, bias)
    if Self.delay > 1 { take(1, rows, strip, channel, weights, bias) }
    if Self.delay > 2 {
      take(2, rows, strip, channel, weights, bias)
      take(3, rows, strip, channel, weights, bias)
    }
    return Self.delay
  }

  /// Takes a turn's columns, of which none lies beyond the image; a turn on padding leaves a window of nothing but the bias.
  @inline(__always)
  private mutating func take<Weights: TapWeights<Rows.Tile.Row>>(
    _ turn: Int, _ rows: Rows, _ strip: DepthwiseStrip, _ channel: Int, _ weights: Weights, _ bias: Rows.Tile.Row
  ) {
    let last = turn &* Self.stride
    let lower = strip.inside.lowerBound
    let offset = channel &+ (last &- lower) &* strip.channels
    if lower <= last &- Self.stride &+ 1 {
      _ = self.turn(rows, (offset &- strip.channels, offset), weights, bias: bias)
    } else if Self.stride == 2 && lower <= last {
      _ = self.turn(rows, (nil, offset), weights, bias: bias)
    }
  }
}
