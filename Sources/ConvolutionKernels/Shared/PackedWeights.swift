import ConvolutionModel
import RegisterTiles

/// Weights in the order in which micro-kernels read them.
enum PackedWeights {
  /// Packs `[K][C/groups][R][S]` as `[group][block][tap][channel][columns of the block]`, columns beyond the last one zero.
  static func pack(
    _ weights: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, _ blocks: ColumnBlocks,
    as packed: PackedConstants
  ) -> AlignedBuffer<Float> {
    packed.buffer(problem.groups * blocks.paddedColumns * problem.inputChannelsPerGroup * problem.taps) { target in
      pack(weights, problem, blocks, into: target.baseAddress!)
    }
  }

  /// Packs weights as ``pack(_:_:_:as:)`` does, those of the blocks' columns only.
  static func pack(
    _ weights: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, _ blocks: ColumnBlocks,
    into target: UnsafeMutablePointer<Float>
  ) {
    let length = problem.inputChannelsPerGroup * problem.taps
    let rows = rows(problem)
    for group in 0..<problem.groups {
      for (position, block) in blocks.enumerated() {
        let next = position + 1 < blocks.count ? blocks[position + 1].first : blocks.paddedColumns
        let filters = WeightTransposition(
          source: weights.baseAddress! + (group * problem.outputChannelsPerGroup + block.first) * length,
          columns: block.columns, width: next - block.first, rows: rows)
        filters.run(into: target + (group * blocks.paddedColumns + block.first) * length)
      }
    }
  }

  /// Packs one bias per output channel as `[group][paddedColumns]`.
  static func packBias(
    _ bias: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, _ blocks: ColumnBlocks,
    as packed: PackedConstants
  ) -> AlignedBuffer<Float> {
    packed.buffer(problem.groups * blocks.paddedColumns) { (target: UnsafeMutableBufferPointer<Float>) in
      target.initialize(repeating: 0)
      let columns = problem.outputChannelsPerGroup
      for group in 0..<problem.groups {
        for column in 0..<columns { target[group * blocks.paddedColumns + column] = bias[group * columns + column] }
      }
    }
  }

  /// Reorders `[K][C/groups][R][S]` as `[K][tap][channel]`: the order of the rows of a ``PixelPanel``.
  static func tapsFirst(
    _ weights: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, as packed: PackedConstants
  ) -> AlignedBuffer<Float> {
    packed.buffer(problem.weightCount) { tapsFirst(weights, problem, into: $0.baseAddress!) }
  }

  /// Reorders the filters of all groups to matrices as products take them: `[K][tap][channel]` for pixels in rows (NCHW),
  /// `[tap][channel][K]` of each group for pixels in columns.
  static func matrices(
    _ weights: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, layout: TensorLayout
  ) -> AlignedBuffer<Float> {
    let matrices = AlignedBuffer<Float>(uninitializedCount: problem.weightCount)
    let target = matrices.elements.baseAddress!
    switch layout {
    case .nchw: tapsFirst(weights, problem, into: target)
    case .nhwc:
      let columns = problem.outputChannelsPerGroup
      let rows = rows(problem)
      for group in 0..<problem.groups {
        let first = group * columns * rows.count
        WeightTransposition(source: weights.baseAddress! + first, columns: columns, width: columns, rows: rows)
          .run(into: target + first)
      }
    }
    return matrices
  }

  private static func tapsFirst(
    _ weights: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, into target: UnsafeMutablePointer<Float>
  ) {
    let taps = problem.taps
    let channels = problem.inputChannelsPerGroup
    if taps == 1 { return target.initialize(from: weights.baseAddress!, count: problem.weightCount) }
    var target = target
    for output in 0..<problem.outputChannels {
      let filter = weights.baseAddress! + output * channels * taps
      for tap in 0..<taps {
        for channel in 0..<channels { (target + channel).initialize(to: filter[channel * taps + tap]) }
        target += channels
      }
    }
  }

  /// For each value of a filter, `[channel][R][S]`, its row among `[tap][channel]`.
  static func rows(_ problem: ConvolutionProblem) -> [Int] {
    let channels = problem.inputChannelsPerGroup
    return (0..<channels).flatMap { channel in (0..<problem.taps).map { tap in tap * channels + channel } }
  }
}
