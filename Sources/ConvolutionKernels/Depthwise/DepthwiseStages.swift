import CKernelISA
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
    _ problem: ConvolutionProblem, activation: Activation, parameters: ConvolutionParameters, isa: InstructionSet
  ) {
    self.problem = problem
    self.activation = activation
    self.isa = isa
    weights = parameters.packed.buffer(problem.weightCount) { weights in
      for channel in 0..<problem.outputChannels {
        for tap in 0..<problem.taps {
          weights[tap * problem.outputChannels + channel] = parameters.weights[channel * problem.taps + tap]
        }
      }
    }
    bias = parameters.bias.map { parameters.packed.copy($0, count: problem.outputChannels) }
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
  let bias: AlignedBuffer<Float>?
  /// Columns of one phase of a padded row: the columns with the same remainder of the stride.
  private let phaseWidth: Int
  /// Floats of a padded row.
  private let rowCount: Int
  /// For each phase the places whose columns lie inside the image.
  private let phases: [Range<Int>]
  private let offsets: AlignedBuffer<Int>

  init(
    _ problem: ConvolutionProblem, activation: Activation, parameters: ConvolutionParameters, isa: InstructionSet
  ) {
    self.problem = problem
    self.activation = activation
    self.isa = isa
    weights = parameters.packed.copy(parameters.weights, count: problem.weightCount)
    bias = parameters.bias.map { parameters.packed.copy($0, count: problem.outputChannels) }
    // The last vector of a row may read on: every lane has a place, used or not.
    let padded = (problem.outputWidth + isa.lanes - 1) / isa.lanes * isa.lanes
    let reach = (problem.filterWidth - 1) * problem.dilationWidth / problem.strideWidth
    let phaseWidth = padded + reach
    self.phaseWidth = phaseWidth
    let rowCount = phaseWidth * problem.strideWidth
    self.rowCount = rowCount
    phases = (0..<problem.strideWidth).map { Self.columns(problem, phase: $0, phaseWidth: phaseWidth) }
    offsets = AlignedBuffer(
      (0..<problem.taps).map { tap in
        let column = tap % problem.filterWidth * problem.dilationWidth
        return tap / problem.filterWidth * problem.dilationHeight * rowCount
          + column % problem.strideWidth * phaseWidth + column / problem.strideWidth
      })
  }

  var packedBytes: Int { 4 * (weights.count + (bias?.count ?? 0)) + 8 * offsets.count }

  /// Input rows that some output rows need, padding included.
  private func inputRows(_ outputRows: Int) -> Int {
    (outputRows - 1) * problem.strideHeight + (problem.filterHeight - 1) * problem.dilationHeight + 1
  }

  /// Bytes of scratch memory for a number of output rows: a vector and the padded input rows.
  func scratchBytes(rows: Int) -> Int { (4 * (16 + inputRows(rows) * rowCount) + 63) & ~63 }

  /// Sets up scratch memory for runs of some rows of any planes: the padding is the same for all of them.
  func prepare(_ scratch: UnsafeMutablePointer<Float>, rows: Range<Int>) {
    (scratch + 16).update(repeating: 0, count: inputRows(rows.count) * rowCount)
  }

  /// Computes some rows of one plane.
  ///
  /// - Parameters:
  ///   - plane: the channel's input plane.
  ///   - residual: of the first row, where there is one; rows as the target's.
  ///   - target: of the first row; rows are `targetStride` floats apart.
  ///   - scratch: ``scratchBytes(rows:)`` bytes, set up by ``prepare(_:rows:)`` for the same rows.
  func run(
    _ plane: UnsafePointer<Float>, channel: Int, rows: Range<Int>, residual: UnsafePointer<Float>?,
    target: UnsafeMutablePointer<Float>, targetStride: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let padded = scratch + 16
    copy(plane, firstRow: rows.lowerBound * problem.strideHeight - problem.padding.top, inputRows(rows.count), padded)
    DepthwiseNCHWBlock(
      plane: padded, rowStep: problem.strideHeight * rowCount, offsets: offsets.elements.baseAddress!,
      taps: problem.taps, weights: weights.elements.baseAddress! + channel * problem.taps, bias: bias?[channel] ?? 0,
      rows: rows.count, columns: problem.outputWidth, residual: residual, target: target, targetStride: targetStride,
      low: activation.lowerBound, high: activation.upperBound, scratch: scratch
    ).run(isa)
  }

  /// Copies input rows between the padding, the columns sorted by their remainder of the stride.
  private func copy(
    _ plane: UnsafePointer<Float>, firstRow: Int, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let stride = problem.strideWidth
    let rows = max(0, firstRow)..<max(max(0, firstRow), min(problem.inputHeight, firstRow + count))
    for row in rows {
      let source = plane + row * problem.inputWidth
      let place = target + (row - firstRow) * rowCount
      switch stride {
      case 1:
        copyRow(source + (phases[0].lowerBound - problem.padding.left), place + phases[0].lowerBound, phases[0].count)
      case 2:
        split(source - problem.padding.left, place, phases[0], phases[1])
      default:
        for phase in 0..<stride {
          for position in phases[phase] {
            place[phase * phaseWidth + position] = source[position * stride + phase - problem.padding.left]
          }
        }
      }
    }
  }

  /// Copies a row: as short as most are, it would take less time than a call of the library.
  private func copyRow(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    var index = 0
    while index &+ 8 <= count {
      Plain<SIMD8<Float>>.load(source + index).store(target + index)
      index &+= 8
    }
    if index < count && count >= 8 {
      Plain<SIMD8<Float>>.load(source + (count &- 8)).store(target + (count &- 8))
      return
    }
    while index < count {
      target[index] = source[index]
      index &+= 1
    }
  }

  /// The places in a phase of a padded row whose columns lie inside the image.
  private static func columns(_ problem: ConvolutionProblem, phase: Int, phaseWidth: Int) -> Range<Int> {
    // Padded column p·stride + phase is input column p·stride + phase − left.
    let offset = phase - problem.padding.left
    let stride = problem.strideWidth
    let first = min(phaseWidth, offset >= 0 ? 0 : (-offset + stride - 1) / stride)
    return first..<max(first, min(phaseWidth, (problem.inputWidth - offset + stride - 1) / stride))
  }

  /// Sorts the columns of a row into even and odd ones.
  ///
  /// - Parameter source: the first padded column.
  private func split(
    _ source: UnsafePointer<Float>, _ place: UnsafeMutablePointer<Float>, _ even: Range<Int>, _ odd: Range<Int>
  ) {
    // The pairs of columns that lie inside the image whole.
    let first = max(even.lowerBound, odd.lowerBound)
    let end = max(first, min(even.upperBound, odd.upperBound))
    var pair = first
    while pair &+ 4 <= end {
      kernel_split4(place + pair, place + (phaseWidth &+ pair), source + 2 &* pair)
      pair &+= 4
    }
    if pair < end && end &- first >= 4 {
      kernel_split4(place + (end &- 4), place + (phaseWidth &+ end &- 4), source + 2 &* (end &- 4))
      pair = end
    }
    for index in even.lowerBound..<max(even.lowerBound, min(first, even.upperBound)) {
      place[index] = source[2 &* index]
    }
    for index in odd.lowerBound..<max(odd.lowerBound, min(first, odd.upperBound)) {
      place[phaseWidth &+ index] = source[2 &* index &+ 1]
    }
    for index in max(pair, even.lowerBound)..<max(pair, even.lowerBound, even.upperBound) {
      place[index] = source[2 &* index]
    }
    for index in max(pair, odd.lowerBound)..<max(pair, odd.lowerBound, odd.upperBound) {
      place[phaseWidth &+ index] = source[2 &* index &+ 1]
    }
  }
}
