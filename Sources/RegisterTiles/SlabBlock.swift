import CKernelISA
import ConvolutionModel

/// What one call of the micro-kernel of batched products does: some rows of a matrix times one panel of another.
///
///     target[row, column] (+)= Σ over channel of values[row, channel] · weights[channel, column]
///
/// The rows' values lie in slabs: `[slab][row][lane]`, one vector of channels of every row beside another's, so that all
/// values that a tile broadcasts are a constant distance apart. That is how a transform by vectors of channels writes them.
package struct SlabBlock {
  /// The first row's first slab; slabs are `slabStride` floats apart.
  package var values: UnsafePointer<Float>
  package var slabStride: Int
  package var rows: Int
  /// A multiple of ``channelStep``.
  package var channels: Int
  /// `[channels][vectors · lanes]`.
  package var weights: UnsafePointer<Float>
  package var vectors: Int
  /// `[rows][vectors · lanes]`.
  package var target: UnsafeMutablePointer<Float>
  /// The sums so far are in `target`.
  package var accumulates: Bool
  /// The weights of the block that runs next, to be fetched into the second-level cache meanwhile: as many as this one's.
  package var next: UnsafePointer<Float>
  /// Tiles of this block that have run before.
  fileprivate var firstTile = 0

  /// Channels that are summed in one turn of the loop.
  package static let channelStep = 4

  package init(
    values: UnsafePointer<Float>, slabStride: Int, rows: Int, channels: Int, weights: UnsafePointer<Float>,
    vectors: Int, target: UnsafeMutablePointer<Float>, accumulates: Bool, next: UnsafePointer<Float>
  ) {
    self.values = values
    self.slabStride = slabStride
    self.rows = rows
    self.channels = channels
    self.weights = weights
    self.vectors = vectors
    self.target = target
    self.accumulates = accumulates
    self.next = next
  }
}

extension SlabBlock: TiledBlock {
  /// Runs the block with the instructions of a level, which the machine must have.
  package func run(_ isa: InstructionSet) { runEvenTiles(isa) }

  var tiledRows: Int { rows }

  func part(rows: Range<Int>, firstTile: Int, lanes: Int) -> Self {
    var part = self
    part.values += rows.lowerBound * lanes
    part.target += rows.lowerBound * vectors * lanes
    part.rows = rows.count
    part.firstTile = firstTile
    return part
  }

  @inline(__always)
  static func runBaseline<Tile: RegisterTile>(_: Tile.Type, _ block: UnsafePointer<Self>) {
    runSlabs(Tile.self, lanes: 4, block)
  }
}

/// Runs tiles of one height until the rows are used up: the only function that a trampoline's body calls.
///
/// - Parameter lanes: of a register, a constant.
@inline(__always)
func runSlabs<Tile: RegisterTile>(_: Tile.Type, lanes: Int, _ arguments: UnsafeRawPointer?) {
  typealias Row = Tile.Row
  let block = arguments.unsafelyUnwrapped.load(as: SlabBlock.self)
  var tile = block.firstTile
  var row = 0
  while row < block.rows {
    let target = block.target + row * Row.width
    var sums = Tile(repeating: .zero)
    if block.accumulates { sums.add(target, stride: Row.width) }
    // Each tile fetches its share of the next weights, a line a channel, until all of them are on their way.
    let share = tile &* block.channels &* 16
    let distance = share < block.channels &* Row.width ? 16 : 0
    var fetched = distance == 0 ? block.weights : block.next + share
    var values = block.values + row &* lanes
    var weights = block.weights
    var left = block.channels
    while left > 0 {
      var value = values
      let end = value + min(left, lanes)
      // Four channels a turn: what isn't arithmetic costs time too, as soon as something else shares the core.
      while value < end {
        sums.addProducts(value, distance: lanes, Row.load(weights))
        sums.addProducts(value + 1, distance: lanes, Row.load(weights + Row.width))
        sums.addProducts(value + 2, distance: lanes, Row.load(weights + 2 * Row.width))
        sums.addProducts(value + 3, distance: lanes, Row.load(weights + 3 * Row.width))
        kernel_prefetch(fetched)
        kernel_prefetch(fetched + distance)
        kernel_prefetch(fetched + 2 &* distance)
        kernel_prefetch(fetched + 3 &* distance)
        fetched += 4 &* distance
        value += 4
        weights += 4 * Row.width
      }
      values += block.slabStride
      left &-= lanes
    }
    sums.store(target, stride: Row.width)
    tile += 1
    row += Tile.height
  }
}
