import ConvolutionModel
import RegisterTiles

/// The output channels cut into runs of blocks of one width, and their weights in the order of ``StridedBlock``.
///
/// With AVX-512 columns that would fill half of a vector, or one vector alone, are computed as pairs of channels: so no lane
/// is idle.
struct ColumnSegments: Sendable {
  /// Some blocks of one width.
  struct Segment: Sendable {
    /// The first column.
    var first: Int
    var blocks: Int
    /// Registers of a block.
    var vectors: Int
    /// Two channels side by side for each column.
    var paired: Bool
    /// Columns of the last block.
    var lastColumns: Int
    /// Where the weights of the first block are, and how far it is to the next one's.
    var weights: Int
    var blockWeights: Int
  }

  let segments: [Segment]
  private let plain: ColumnBlocks
  private let plainColumns: Int
  private let columns: Int
  private let lanes: Int
  /// Rows of weights: taps and channels.
  private let depth: Int

  /// - Parameter steps: values of a tap, side by side; pairs need an even number.
  init(_ problem: ConvolutionProblem, isa: InstructionSet, steps: Int) {
    let columns = problem.outputChannels
    let depth = problem.taps * problem.inputChannels
    self.columns = columns
    self.depth = depth
    lanes = isa.lanes
    let half = lanes / 2
    // Adding the lanes of a pair in the end costs about eight products a register of pairs.
    let gains =
      isa == .avx512 && steps % 2 == 0
      && (columns <= lanes
        ? depth >= 16 : (columns - 1) % lanes < half && depth > 8 * (columns + half - 1) / half)
    // The last block of pairs has three registers, for half of them; one vector that is left before it becomes two of pairs.
    let rest = !gains ? columns : columns < 2 * lanes ? 0 : (columns / lanes - 1) * lanes
    plainColumns = rest == lanes && gains ? 0 : rest
    plain = ColumnBlocks(columns: plainColumns, isa: isa)
    var segments: [Segment] = []
    var weights = 0
    for block in plain {
      let width = block.vectors * lanes
      if let last = segments.indices.last, segments[last].vectors == block.vectors {
        segments[last].blocks += 1
        segments[last].lastColumns = block.columns
      } else {
        segments.append(
          Segment(
            first: block.first, blocks: 1, vectors: block.vectors, paired: false, lastColumns: block.columns,
            weights: weights, blockWeights: width * depth))
      }
      weights += width * depth
    }
    var first = plainColumns
    while first < columns {
      let count = columns - first <= 3 * half ? columns - first : lanes
      let vectors = count <= lanes ? 2 : 3
      segments.append(
        Segment(
          first: first, blocks: 1, vectors: vectors, paired: true, lastColumns: count, weights: weights,
          blockWeights: vectors * half * depth))
      weights += vectors * half * depth
      first += count
    }
    self.segments = segments
  }

  /// Packs `[K][C][R][S]`, block by block.
  func pack(
    _ weights: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, as packed: PackedConstants
  ) -> AlignedBuffer<Float> {
    let last = segments[segments.count - 1]
    return packed.buffer(last.weights + last.blocks * last.blockWeights) {
      (target: UnsafeMutableBufferPointer<Float>) in
      if plainColumns > 0 { PackedWeights.pack(weights, problem, plain, into: target.baseAddress!) }
      let rows = PackedWeights.rows(problem)
      for segment in segments where segment.paired {
        let end = segment.weights + segment.blockWeights
        target[segment.weights..<end].initialize(repeating: 0)
        let width = segment.blockWeights / depth * 2
        for column in 0..<segment.lastColumns {
          let filter = weights[((segment.first + column) * depth)...]
          for (value, row) in zip(filter, rows) {
            target[segment.weights + row / 2 * width + 2 * column + row % 2] = value
          }
        }
      }
    }
  }

  /// Packs one bias per output channel, zero where there is none, with zeros for the last block's padding.
  func packBias(_ bias: UnsafeBufferPointer<Float>?, as packed: PackedConstants) -> AlignedBuffer<Float> {
    packed.buffer(columns + 4 * lanes) { (target: UnsafeMutableBufferPointer<Float>) in
      target.initialize(repeating: 0)
      if let bias {
        for column in 0..<columns { target[column] = bias[column] }
      }
    }
  }
}
