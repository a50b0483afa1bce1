import RegisterTiles

/// Slides a window over all channels of a strip.
@inline(__always)
func runWindow<Window: SlidingWindow, Weights: TapWeights<Window.Rows.Tile.Row>>(
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
  // The columns inside the image, counted from the first one that the outputs read.
  let lower = max(0, strip.left)
  let inside =
    lower..<max(lower, min((strip.columns &- 1) &* Window.stride &+ Window.Rows.filter, strip.width &+ strip.left))
  // The turns whose columns all lie inside the image and that complete an output.
  let inner = max(Window.stride == 1 ? lower : (lower &+ 2) / 2, Window.delay)
  let innerEnd = min(
    end, Window.stride == 1 ? inside.upperBound : (inside.upperBound &+ 1) / 2)
  func offset(_ column: Int, _ channel: Int) -> Int? {
    inside.contains(column) ? channel &+ (column &- strip.left) &* step : nil
  }
  var source = strip.weights
  var block = 0
  while block < strip.channels {
    let channel = min(block, strip.channels &- Tile.Row.width)
    let weights = Weights(source)
    let bias = Tile.Row.load(source + taps &* Tile.Row.width)
    var window = Window(bias: bias)
    var turn = window.start(rows, strip, inside, channel, weights, bias: bias)
    while turn < end {
      if turn == inner {
        var column = channel &+ (turn &* Window.stride &- strip.left) &* step
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
        rows, (offset(last &- 1, channel), offset(last, channel)), weights, bias: bias)
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
    _ rows: Rows, _ strip: DepthwiseStrip, _ inside: Range<Int>, _ channel: Int, _ weights: Weights, bias: Rows.Tile.Row
  ) -> Int {
    if inside.upperBound <= (Self.delay &- 1) &* Self.stride { return 0 }
    take(0, rows, strip, inside.lowerBound, channel, weights, bias)
    if Self.delay > 1 { take(1, rows, strip, inside.lowerBound, channel, weights, bias) }
    if Self.delay > 2 {
      take(2, rows, strip, inside.lowerBound, channel, weights, bias)
      take(3, rows, strip, inside.lowerBound, channel, weights, bias)
    }
    return Self.delay
  }

  /// Takes a turn's columns, of which none lies beyond the image; a turn on padding leaves a window of nothing but the bias.
  @inline(__always)
  private mutating func take<Weights: TapWeights<Rows.Tile.Row>>(
    _ turn: Int, _ rows: Rows, _ strip: DepthwiseStrip, _ lower: Int, _ channel: Int, _ weights: Weights,
    _ bias: Rows.Tile.Row
  ) {
    let last = turn &* Self.stride
    let offset = channel &+ (last &- strip.left) &* strip.channels
    if lower <= last &- Self.stride &+ 1 {
      _ = self.turn(rows, (offset &- strip.channels, offset), weights, bias: bias)
    } else if Self.stride == 2 && lower <= last {
      _ = self.turn(rows, (nil, offset), weights, bias: bias)
    }
  }
}
