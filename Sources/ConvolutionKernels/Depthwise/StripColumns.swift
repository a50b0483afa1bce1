import RegisterTiles

/// Neighbouring output columns of a strip that are computed at once: each input vector is read once for all outputs it
/// belongs to.
protocol StripColumns: BitwiseCopyable {
  associatedtype Rows: FilterRows
  static var stride: Int { get }
  /// Output columns.
  static var count: Int { get }
  /// Columns whose sums are all the bias.
  init(bias: Rows.Tile.Row)
  /// Takes one of the input columns, counted from the first one that the outputs read; the index is a constant after
  /// inlining.
  mutating func take<Weights: TapWeights<Rows.Tile.Row>>(
    _ column: Int, _ rows: Rows, _ offset: Int, _ weights: Weights)
  /// Adds what lies at the outputs' places.
  mutating func add(_ residual: UnsafePointer<Float>, _ strip: DepthwiseStrip)
  /// Completes and writes the outputs.
  func finish(_ strip: DepthwiseStrip, _ offset: Int)
}

extension StripColumns {
  /// Input columns that the outputs read.
  @inline(__always) static var reach: Int { (count &- 1) &* stride &+ Rows.filter }

  /// Takes the input columns that lie inside the image.
  @inline(__always)
  mutating func takeAll<Weights: TapWeights<Rows.Tile.Row>>(
    _ rows: Rows, _ first: Int, _ step: Int, _ weights: Weights, _ isInside: (Int) -> Bool
  ) {
    if isInside(0) { take(0, rows, first, weights) }
    if isInside(1) { take(1, rows, first &+ step, weights) }
    if isInside(2) { take(2, rows, first &+ 2 &* step, weights) }
    if Self.reach > 3 && isInside(3) { take(3, rows, first &+ 3 &* step, weights) }
    if Self.reach > 4 && isInside(4) { take(4, rows, first &+ 4 &* step, weights) }
  }
}

/// One output column.
struct OneColumn<Rows: FilterRows, Stride: StripStride>: StripColumns {
  private var sums: Rows.Tile
  @inline(__always) static var stride: Int { Stride.value }
  @inline(__always) static var count: Int { 1 }
  @inline(__always) init(bias: Rows.Tile.Row) { sums = Rows.Tile(repeating: bias) }

  @inline(__always)
  mutating func take<Weights: TapWeights<Rows.Tile.Row>>(
    _ column: Int, _ rows: Rows, _ offset: Int, _ weights: Weights
  ) {
    rows.add(&sums, offset, weights, column: column)
  }

  @inline(__always)
  mutating func add(_ residual: UnsafePointer<Float>, _ strip: DepthwiseStrip) {
    sums.add(residual, stride: strip.targetStride)
  }

  @inline(__always)
  func finish(_ strip: DepthwiseStrip, _ offset: Int) { strip.finish(sums, offset) }
}

/// Two output columns of a 3×3 filter at stride 1.
struct TwoColumns<Tile: RegisterTile>: StripColumns {
  typealias Rows = FilterRows3<Tile>
  private var left: Tile
  private var right: Tile
  @inline(__always) static var stride: Int { 1 }
  @inline(__always) static var count: Int { 2 }
  @inline(__always) init(bias: Tile.Row) {
    (left, right) = (Tile(repeating: bias), Tile(repeating: bias))
  }

  @inline(__always)
  mutating func take<Weights: TapWeights<Tile.Row>>(
    _ column: Int, _ rows: Rows, _ offset: Int, _ weights: Weights
  ) {
    // The right column first: it's the last one that needs its weights.
    if column > 0 { rows.add(&right, offset, weights, column: column &- 1) }
    if column < 3 { rows.add(&left, offset, weights, column: column) }
  }

  @inline(__always)
  mutating func add(_ residual: UnsafePointer<Float>, _ strip: DepthwiseStrip) {
    left.add(residual, stride: strip.targetStride)
    right.add(residual + strip.channels, stride: strip.targetStride)
  }

  @inline(__always)
  func finish(_ strip: DepthwiseStrip, _ offset: Int) {
    strip.finish(left, offset)
    strip.finish(right, offset &+ strip.channels)
  }
}

/// A stride as a type.
protocol StripStride {
  static var value: Int { get }
}
enum UnitStride: StripStride {
  @inline(__always) static var value: Int { 1 }
}
enum DoubleStride: StripStride {
  @inline(__always) static var value: Int { 2 }
}

/// Runs a strip, some columns at once, and what is left of them one by one.
///
/// Channels are the innermost loop: memory is read along its rows, as far as it will go, which the processor's own fetching
/// ahead follows best; and no two vectors of a turn are a power of two apart for long.
@inline(__always)
func runStrip<Several: StripColumns, Single: StripColumns>(
  _: Several.Type, _: Single.Type, _ arguments: UnsafeRawPointer?
) {
  let strip = arguments.unsafelyUnwrapped.load(as: DepthwiseStrip.self)
  var channel = 0
  while channel < strip.channels {
    let channels = channel..<min(channel &+ strip.channelsAtOnce, strip.channels)
    var column = 0
    while column < strip.columns {
      let first = column &* Several.stride &- strip.left
      let isSeveral = column &+ Several.count <= strip.columns
      if isSeveral && first >= 0 && first &+ Several.reach <= strip.width {
        runColumns(Several.self, strip, column, channels) { _ in true }
        column &+= Several.count
      } else {
        let start = max(0, 0 &- first)
        let inside = start..<max(start, strip.width &- first)
        if Several.count > 1 && isSeveral {
          runColumns(Several.self, strip, column, channels) { inside.contains($0) }
          column &+= Several.count
        } else {
          runColumns(Single.self, strip, column, channels) { inside.contains($0) }
          column &+= 1
        }
      }
    }
    channel = channels.upperBound
  }
}

/// Runs some channels of some output columns, of whose input columns some may be padding.
@inline(__always)
private func runColumns<Columns: StripColumns>(
  _: Columns.Type, _ strip: DepthwiseStrip, _ column: Int, _ channels: Range<Int>, isInside: (Int) -> Bool
) {
  typealias Tile = Columns.Rows.Tile
  let taps = Columns.Rows.filter &* Columns.Rows.filter
  let rows = Columns.Rows(
    strip.rows, stride: Columns.stride, rowsPerPhase: Tile.height &+ (Columns.Rows.filter &- 1) / Columns.stride)
  let first = (column &* Columns.stride &- strip.left) &* strip.channels
  let place = column &* strip.channels
  var source = strip.weights + channels.lowerBound &* (taps &+ 1)
  var block = channels.lowerBound
  while block < channels.upperBound {
    let channel = min(block, strip.channels &- Tile.Row.width)
    let weights = StoredTaps<Tile.Row>(source)
    var sums = Columns(bias: .load(source + taps &* Tile.Row.width))
    if let residual = strip.residual { sums.add(residual + (place &+ channel), strip) }
    sums.takeAll(rows, first &+ channel, strip.channels, weights, isInside)
    sums.finish(strip, place &+ channel)
    source += (taps &+ 1) &* Tile.Row.width
    block &+= Tile.Row.width
  }
}
