import ConvolutionModel
import RegisterTiles

/// A depthwise convolution on NHWC, computed for any run of output pixels: alone, or as the first half of a separable one.
struct DepthwiseNHWCStage: Sendable {
  let problem: ConvolutionProblem
  let activation: Activation
  let isa: InstructionSet
  /// `[taps][C]`.
  let weights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>?
  let zeros: AlignedBuffer<Float>

  init(
    _ problem: ConvolutionProblem, activation: Activation, weights source: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?, isa: InstructionSet
  ) {
    self.problem = problem
    self.activation = activation
    self.isa = isa
    weights = AlignedBuffer(uninitializedCount: problem.weightCount)
    for channel in 0..<problem.outputChannels {
      for tap in 0..<problem.taps {
        weights[tap * problem.outputChannels + channel] = source[channel * problem.taps + tap]
      }
    }
    self.bias = bias.map { AlignedBuffer($0.prefix(problem.outputChannels)) }
    zeros = AlignedBuffer(count: problem.inputChannels, repeating: 0)
  }

  /// Pixels whose pointers are set up at once.
  var pixelsPerBlock: Int { max(12, min(192, 4096 / problem.taps)) }
  /// Bytes of the pointers of a block.
  var pointerBytes: Int { (MemoryLayout<Broadcasts>.stride * problem.taps * pixelsPerBlock + 63) & ~63 }
  var packedBytes: Int { 4 * (weights.count + (bias?.count ?? 0) + zeros.count) }

  /// Computes at most ``pixelsPerBlock`` pixels, counted over all images.
  ///
  /// - Parameters:
  ///   - residual: of the first pixel, where there is one.
  ///   - target: of the first pixel; pixels follow one another.
  ///   - pointers: ``pointerBytes`` bytes.
  func run(
    _ input: UnsafePointer<Float>, firstPixel: Int, count: Int, residual: UnsafePointer<Float>?,
    target: UnsafeMutablePointer<Float>, pointers: UnsafeMutablePointer<Broadcasts>
  ) {
    PixelPointers(problem: problem, zeros: zeros.elements.baseAddress!)
      .set(pointers, input, firstPixel: firstPixel, count: count)
    DepthwiseNHWCBlock(
      pointers: pointers, pointerStride: count, pixels: count, taps: problem.taps, channels: problem.outputChannels,
      weights: weights.elements.baseAddress!, bias: bias.map { UnsafePointer($0.elements.baseAddress!) },
      residual: residual, target: target, targetStride: problem.outputChannels, low: activation.lowerBound,
      high: activation.upperBound
    ).run(isa)
  }
}

/// A depthwise convolution on NCHW, computed for any run of output rows of a plane.
struct DepthwiseNCHWStage: Sendable {
  let problem: ConvolutionProblem
  let activation: Activation
  let isa: InstructionSet
  let weights: AlignedBuffer<Float>
  let bias: [Float]?
  /// Columns of one phase of a padded row: the columns with the same remainder of the stride.
  private let phaseWidth: Int
  private let offsets: AlignedBuffer<Int>

  init(
    _ problem: ConvolutionProblem, activation: Activation, weights source: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?, isa: InstructionSet
  ) {
    self.problem = problem
    self.activation = activation
    self.isa = isa
    weights = AlignedBuffer(source.prefix(problem.weightCount))
    self.bias = bias.map { Array($0.prefix(problem.outputChannels)) }
    // The last vector of a row may read on: every lane has a place, used or not.
    let padded = (problem.outputWidth + isa.lanes - 1) / isa.lanes * isa.lanes
    let reach = (problem.filterWidth - 1) * problem.dilationWidth / problem.strideWidth
    let phaseWidth = padded + reach
    self.phaseWidth = phaseWidth
    let rowCount = phaseWidth * problem.strideWidth
    offsets = AlignedBuffer(
      (0..<problem.taps).map { tap in
        let column = tap % problem.filterWidth * problem.dilationWidth
        return tap / problem.filterWidth * problem.dilationHeight * rowCount
          + column % problem.strideWidth * phaseWidth + column / problem.strideWidth
      })
  }

  private var rowCount: Int { phaseWidth * problem.strideWidth }
  var packedBytes: Int { 4 * (weights.count + (bias?.count ?? 0)) + 8 * offsets.count }

  /// Input rows that some output rows need, padding included.
  private func inputRows(_ outputRows: Int) -> Int {
    (outputRows - 1) * problem.strideHeight + (problem.filterHeight - 1) * problem.dilationHeight + 1
  }

  /// Bytes of scratch memory for a number of output rows.
  func scratchBytes(rows: Int) -> Int { (4 * (16 + inputRows(rows) * rowCount) + 63) & ~63 }

  /// Computes some rows of one plane.
  ///
  /// - Parameters:
  ///   - plane: the channel's input plane.
  ///   - residual: of the first row, where there is one; rows as the target's.
  ///   - target: of the first row; rows are `targetStride` floats apart.
  ///   - scratch: ``scratchBytes(rows:)`` bytes.
  func run(
    _ plane: UnsafePointer<Float>, channel: Int, rows: Range<Int>, residual: UnsafePointer<Float>?,
    target: UnsafeMutablePointer<Float>, targetStride: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let padded = scratch + 16
    pad(plane, firstRow: rows.lowerBound * problem.strideHeight - problem.padding.top, inputRows(rows.count), padded)
    DepthwiseNCHWBlock(
      plane: padded, rowStep: problem.strideHeight * rowCount, offsets: offsets.elements.baseAddress!,
      taps: problem.taps, weights: weights.elements.baseAddress! + channel * problem.taps, bias: bias?[channel] ?? 0,
      rows: rows.count, columns: problem.outputWidth, residual: residual, target: target, targetStride: targetStride,
      low: activation.lowerBound, high: activation.upperBound, scratch: scratch
    ).run(isa)
  }

  /// Copies input rows between zeros, the columns sorted by their remainder of the stride.
  private func pad(
    _ plane: UnsafePointer<Float>, firstRow: Int, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let stride = problem.strideWidth
    target.update(repeating: 0, count: count * rowCount)
    for index in 0..<count {
      let row = firstRow + index
      guard row >= 0 && row < problem.inputHeight else { continue }
      let source = plane + row * problem.inputWidth
      let place = target + index * rowCount
      for phase in 0..<stride {
        // Padded column p·stride + phase is input column p·stride + phase − left.
        let offset = phase - problem.padding.left
        let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
        let end = min(phaseWidth, (problem.inputWidth - offset + stride - 1) / stride)
        let phaseRow = place + phase * phaseWidth
        if stride == 1 {
          if first < end { (phaseRow + first).update(from: source + first + offset, count: end - first) }
        } else {
          var column = first * stride + offset
          for position in first..<max(first, end) {
            phaseRow[position] = source[column]
            column += stride
          }
        }
      }
    }
  }
}
