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

  /// Edge of a square filter whose input rows are given by pointers; 0 for the others.
  private var filter: Int {
    let isSquare = problem.filterHeight == problem.filterWidth && problem.filterHeight % 2 == 1
    return isSquare && (3...5).contains(problem.filterHeight) && problem.dilationHeight == 1 ? problem.filterHeight : 0
  }
  private func rowsPerPhase(_ outputRows: Int) -> Int {
    outputRows + (problem.filterHeight - 1) / problem.strideHeight
  }
  /// Whether rows are computed into vectors that they don't fill, and copied.
  private var isNarrow: Bool { filter > 0 && isa != .baseline && problem.outputWidth < isa.lanes }
  /// Floats before the padded rows: a vector, and where rows are narrow one for each.
  private func vectorCount(_ rows: Int) -> Int { 16 * (isNarrow ? rows + 1 : 1) }

  /// Bytes of scratch memory for a number of output rows.
  func scratchBytes(rows: Int) -> Int {
    let pointers = MemoryLayout<Broadcasts>.stride * problem.strideHeight * rowsPerPhase(rows)
    return (4 * (vectorCount(rows) + inputRows(rows) * rowCount) + pointers + 64 + 63) & ~63
  }

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
    let padded = scratch + vectorCount(rows.count)
    let inputRows = inputRows(rows.count)
    pad(plane, firstRow: rows.lowerBound * problem.strideHeight - problem.padding.top, inputRows, padded)
    let pointers = (UnsafeMutableRawPointer(padded + inputRows * rowCount).alignedUp(toMultipleOf: 64))
      .assumingMemoryBound(to: Broadcasts.self)
    let perPhase = rowsPerPhase(rows.count)
    if filter > 0 {
      for row in 0..<inputRows {
        let place = row % problem.strideHeight * perPhase + row / problem.strideHeight
        (pointers + place).initialize(to: UnsafePointer(padded) + row * rowCount)
      }
    }
    var block = DepthwiseNCHWBlock(
      plane: padded, rowStep: problem.strideHeight * rowCount, offsets: offsets.elements.baseAddress!,
      taps: problem.taps, weights: weights.elements.baseAddress! + channel * problem.taps, bias: bias?[channel] ?? 0,
      rows: rows.count, columns: problem.outputWidth, residual: residual, target: target, targetStride: targetStride,
      low: activation.lowerBound, high: activation.upperBound, scratch: scratch, filter: filter, inputRows: pointers,
      rowsPerPhase: perPhase, strideHeight: problem.strideHeight)
    if isNarrow {
      (block.target, block.targetStride, block.columns, block.residual) = (scratch + 16, isa.lanes, isa.lanes, nil)
      if residual != nil { (block.low, block.high) = (-.infinity, .infinity) }
      block.run(isa)
      for row in 0..<rows.count {
        let offset = row * targetStride
        copyNarrow(scratch + 16 + row * isa.lanes, residual.map { $0 + offset }, target + offset)
      }
    } else {
      block.run(isa)
    }
  }

  /// Ends a row that doesn't fill a vector.
  private func copyNarrow(
    _ source: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ target: UnsafeMutablePointer<Float>
  ) {
    if let residual {
      for column in 0..<problem.outputWidth {
        let sum = source[column] + residual[column]
        let raised = sum < activation.lowerBound ? activation.lowerBound : sum
        target[column] = raised > activation.upperBound ? activation.upperBound : raised
      }
      return
    }
    var column = 0
    while column + 4 <= problem.outputWidth {
      Plain<SIMD4<Float>>.load(source + column).store(target + column)
      column += 4
    }
    for column in column..<problem.outputWidth { target[column] = source[column] }
  }

  /// Copies input rows between zeros, the columns sorted by their remainder of the stride.
  private func pad(
    _ plane: UnsafePointer<Float>, firstRow: Int, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let stride = problem.strideWidth
    for index in 0..<count {
      let row = firstRow + index
      let place = target + index * rowCount
      guard row >= 0 && row < problem.inputHeight else {
        place.update(repeating: 0, count: rowCount)
        continue
      }
      let source = plane + row * problem.inputWidth
      for phase in 0..<stride {
        let columns = columns(phase)
        let phaseRow = place + phase * phaseWidth
        phaseRow.update(repeating: 0, count: columns.lowerBound)
        (phaseRow + columns.upperBound).update(repeating: 0, count: phaseWidth - columns.upperBound)
      }
      if stride == 1 {
        let columns = columns(0)
        (place + columns.lowerBound).update(
          from: source + columns.lowerBound - problem.padding.left, count: columns.count)
      } else if stride == 2 {
        split(source, place)
      } else {
        for phase in 0..<stride {
          var column = columns(phase).lowerBound * stride + phase - problem.padding.left
          for position in columns(phase) {
            place[phase * phaseWidth + position] = source[column]
            column += stride
          }
        }
      }
    }
  }

  /// The places in a phase of a padded row whose columns lie inside the image.
  private func columns(_ phase: Int) -> Range<Int> {
    // Padded column p·stride + phase is input column p·stride + phase − left.
    let offset = phase - problem.padding.left
    let stride = problem.strideWidth
    let first = min(phaseWidth, offset >= 0 ? 0 : (-offset + stride - 1) / stride)
    return first..<max(first, min(phaseWidth, (problem.inputWidth - offset + stride - 1) / stride))
  }

  /// Sorts the columns of a row into even and odd ones, padding counted.
  private func split(_ source: UnsafePointer<Float>, _ place: UnsafeMutablePointer<Float>) {
    let (even, odd) = (columns(0), columns(1))
    // The pairs of padded columns that lie inside whole.
    let first = max(even.lowerBound, odd.lowerBound)
    let end = max(first, min(even.upperBound, odd.upperBound))
    var position = first
    while position + 4 <= end {
      kernel_split_pairs8(
        place + position, place + phaseWidth + position, source + 2 * position - problem.padding.left)
      position += 4
    }
    for phase in 0..<2 {
      let columns = columns(phase)
      let row = place + phase * phaseWidth
      for index in columns.clamped(to: 0..<first) { row[index] = source[2 * index + phase - problem.padding.left] }
      for index in columns.clamped(to: min(position, phaseWidth)..<phaseWidth) {
        row[index] = source[2 * index + phase - problem.padding.left]
      }
    }
  }
}
