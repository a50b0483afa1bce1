import ConvolutionModel
import RegisterTiles

/// Weights in the order in which the NHWC micro-kernel reads them.
enum PackedWeights {
  /// Packs `[K][C/groups][R][S]` as `[group][block][tap][channel][columns of the block]`, columns beyond the last one zero.
  static func pack(
    _ weights: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, _ blocks: ColumnBlocks
  ) -> AlignedBuffer<Float> {
    let taps = problem.taps
    let channels = problem.inputChannelsPerGroup
    let packed = AlignedBuffer<Float>(
      uninitializedCount: problem.groups * blocks.paddedColumns * taps * channels)
    var target = packed.elements.baseAddress!
    for group in 0..<problem.groups {
      for (position, block) in blocks.enumerated() {
        let next = position + 1 < blocks.count ? blocks[position + 1].first : blocks.paddedColumns
        let width = next - block.first
        let first = weights.baseAddress! + (group * problem.outputChannelsPerGroup + block.first) * channels * taps
        for tap in 0..<taps {
          for channel in 0..<channels {
            let source = first + channel * taps + tap
            for column in 0..<block.columns { target[column] = source[column * channels * taps] }
            for column in block.columns..<width { target[column] = 0 }
            target += width
          }
        }
      }
    }
    return packed
  }

  /// Packs one bias per output channel as `[group][paddedColumns]`.
  static func packBias(
    _ bias: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem, _ blocks: ColumnBlocks
  ) -> AlignedBuffer<Float> {
    let packed = AlignedBuffer<Float>(count: problem.groups * blocks.paddedColumns, repeating: 0)
    let columns = problem.outputChannelsPerGroup
    for group in 0..<problem.groups {
      for column in 0..<columns { packed[group * blocks.paddedColumns + column] = bias[group * columns + column] }
    }
    return packed
  }

  /// Reorders `[K][C/groups][R][S]` as `[K][tap][channel]`: the order of the rows of a ``PixelPanel``.
  static func tapsFirst(
    _ weights: UnsafeBufferPointer<Float>, _ problem: ConvolutionProblem
  ) -> AlignedBuffer<Float> {
    let taps = problem.taps
    let channels = problem.inputChannelsPerGroup
    let reordered = AlignedBuffer<Float>(uninitializedCount: problem.weightCount)
    var target = reordered.elements.baseAddress!
    for output in 0..<problem.outputChannels {
      let filter = weights.baseAddress! + output * channels * taps
      for tap in 0..<taps {
        for channel in 0..<channels {
          target.pointee = filter[channel * taps + tap]
          target += 1
        }
      }
    }
    return reordered
  }
}
