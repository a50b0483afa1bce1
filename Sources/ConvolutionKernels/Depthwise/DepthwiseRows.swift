import ConvolutionModel
import RegisterTiles

/// A depthwise convolution on NHWC with a square filter of 3 or 5 and stride 1 or 2, computed strip by strip: some output
/// rows at once, of which each input vector is read once for all outputs it belongs to.
struct DepthwiseRows: Sendable {
  let problem: ConvolutionProblem
  let activation: Activation
  let isa: InstructionSet
  /// See ``DepthwiseStrip/weights``.
  private let weights: AlignedBuffer<Float>
  /// What rows on padding point at.
  private let zeros: AlignedBuffer<Float>

  /// Whether there are windows for an operation: otherwise it's the taps' turn, one by one.
  ///
  /// A residual may be the output's own memory, and here some outputs are written twice.
  static func runs(_ operation: ConvolutionOperation, isa: InstructionSet) -> Bool {
    let problem = operation.problem
    return problem.filterHeight == problem.filterWidth && (problem.filterHeight == 3 || problem.filterHeight == 5)
      && problem.strideHeight == problem.strideWidth && problem.strideHeight <= 2 && problem.dilationHeight == 1
      && problem.dilationWidth == 1 && problem.outputChannels >= isa.lanes && isa != .baseline
      && !operation.epilogue.hasResidual
  }

  init(
    _ problem: ConvolutionProblem, activation: Activation, parameters: ConvolutionParameters, isa: InstructionSet
  ) {
    self.problem = problem
    self.activation = activation
    self.isa = isa
    tallest = Self.tallest(problem, isa)
    let columns = Self.columnsPerPiece(problem)
    pieces = (problem.outputWidth + columns - 1) / columns
    let (lanes, taps, channels) = (isa.lanes, problem.taps, problem.outputChannels)
    let blocks = (channels + lanes - 1) / lanes
    weights = parameters.packed.buffer(blocks * (taps + 1) * lanes) { weights in
      for block in 0..<blocks {
        let first = min(block * lanes, channels - lanes)
        for lane in 0..<lanes {
          for tap in 0..<taps {
            weights[(block * (taps + 1) + tap) * lanes + lane] = parameters.weights[(first + lane) * taps + tap]
          }
          weights[(block * (taps + 1) + taps) * lanes + lane] = parameters.bias?[first + lane] ?? 0
        }
      }
    }
    zeros = AlignedBuffer(count: Self.inputColumns(problem) * channels, repeating: 0)
  }

  var packedBytes: Int { 4 * (weights.count + zeros.count) }

  /// The most rows of a strip.
  let tallest: Int
  /// Pieces of a strip.
  private let pieces: Int

  static func tallest(_ problem: ConvolutionProblem, _ isa: InstructionSet) -> Int {
    switch (isa, problem.filterHeight, problem.strideHeight) {
    // From beyond the second-level cache the prefetchers keep up with five rows better than with nine.
    case (.avx512, 3, 2) where isLarge(problem): 2
    case (.avx512, 3, _): 4
    case (.avx512, _, _): 3
    case (_, 5, _): 1
    default: 2
    }
  }

  /// The output columns of a piece of a strip, within which all channels are run: few where memory is to be read in long
  /// runs, many where all of it stays in the second-level cache.
  static func columnsPerPiece(_ problem: ConvolutionProblem) -> Int {
    let columns = !isLarge(problem) ? 16 : problem.strideWidth == 1 ? max(4, 192 / problem.outputChannels) : 4
    return min(problem.outputWidth, columns)
  }

  /// Whether input and output are larger than a second-level cache of today.
  private static func isLarge(_ problem: ConvolutionProblem) -> Bool { problem.bytes() > 5 << 18 }

  private static func inputColumns(_ problem: ConvolutionProblem) -> Int {
    (columnsPerPiece(problem) - 1) * problem.strideWidth + problem.filterWidth
  }

  /// Computes any neighbouring output rows of an image.
  ///
  /// - Parameters:
  ///   - image: the input image.
  ///   - target: of the first row; rows follow one another.
  func run(
    _ image: UnsafePointer<Float>, rows: Range<Int>, target: UnsafeMutablePointer<Float>
  ) {
    let strips = (rows.count + tallest - 1) / tallest
    let rowCount = problem.outputWidth * problem.outputChannels
    for strip in 0..<strips {
      let first = rows.count * strip / strips
      let end = rows.count * (strip + 1) / strips
      runStrip(
        image, rows: rows.lowerBound + first..<rows.lowerBound + end,
        target: target + first * rowCount)
    }
  }

  /// Computes at most ``tallest`` rows.
  private func runStrip(
    _ image: UnsafePointer<Float>, rows: Range<Int>, target: UnsafeMutablePointer<Float>
  ) {
    let (filter, stride, channels) = (problem.filterHeight, problem.strideHeight, problem.inputChannels)
    let inputRows = (rows.count - 1) * stride + filter
    let zeros = UnsafePointer(zeros.elements.baseAddress!)
    // The input rows at their first column, nil on padding, and at the first column that a piece reads.
    withUnsafeTemporaryAllocation(of: Broadcasts?.self, capacity: inputRows) { starts in
      withUnsafeTemporaryAllocation(of: Broadcasts.self, capacity: inputRows) { pointers in
        var place = 0
        for phase in 0..<stride {
          var row = phase
          while row < inputRows {
            let y = rows.lowerBound * stride - problem.padding.top + row
            let isInside = y >= 0 && y < problem.inputHeight
            starts[place] = isInside ? image + y * problem.inputWidth * channels : nil
            place += 1
            row += stride
          }
        }
        for piece in 0..<pieces {
          let first = problem.outputWidth * piece / pieces
          let end = problem.outputWidth * (piece + 1) / pieces
          // The input column that the piece's columns are counted from.
          let column = first * stride - problem.padding.left
          let read = (end - first - 1) * stride + filter
          let firstInside = min(max(0, -column), read)
          let inside = firstInside..<max(firstInside, min(read, problem.inputWidth - column))
          let offset = (column + inside.lowerBound) * channels
          for place in 0..<inputRows { pointers[place] = starts[place].map { $0 + offset } ?? zeros }
          let strip = DepthwiseStrip(
            rows: pointers.baseAddress!, inside: inside, columns: end - first, channels: channels,
            weights: weights.elements.baseAddress!, target: target + first * channels,
            targetStride: problem.outputWidth * channels,
            low: activation.lowerBound, high: activation.upperBound)
          #if arch(x86_64)
            if isa == .avx512 {
              strip.runAVX512(filter: filter, stride: stride, height: rows.count)
            } else {
              strip.runAVX2(filter: filter, stride: stride, height: rows.count)
            }
          #endif
        }
      }
    }
  }
}
