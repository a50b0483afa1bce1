import ConvolutionModel
import RegisterTiles

/// A depthwise convolution on NHWC with a square filter of 3 or 5 and stride 1 or 2, computed strip by strip: some output
/// rows at once.
struct DepthwiseRows: Sendable {
  let problem: ConvolutionProblem
  let isa: InstructionSet
  /// See ``DepthwiseStrip/weights``.
  private let weights: AlignedBuffer<Float>
  /// See ``DepthwiseStrip/bounds``.
  private let bounds: AlignedBuffer<Float>
  /// What rows on padding point at.
  private let zeros: AlignedBuffer<Float>

  /// Whether there are windows for an operation: otherwise it's the taps' turn, one by one.
  ///
  /// A residual may be the output's own memory, and where channels don't fill vectors, some outputs are written twice.
  private static func runs(_ operation: ConvolutionOperation, isa: InstructionSet) -> Bool {
    let problem = operation.problem
    return problem.filterHeight == problem.filterWidth && (problem.filterHeight == 3 || problem.filterHeight == 5)
      && problem.strideHeight == problem.strideWidth && problem.strideHeight <= 2 && problem.dilationHeight == 1
      && problem.dilationWidth == 1 && problem.outputChannels >= isa.lanes && isa != .baseline
      && (!operation.epilogue.hasResidual || problem.outputChannels % isa.lanes == 0)
  }

  /// The instruction set of the windows for an operation: below the one asked for where its vectors are wider than all
  /// channels; nil where there are no windows.
  static func level(_ operation: ConvolutionOperation, isa: InstructionSet) -> InstructionSet? {
    InstructionSet.allCases.reversed().first { $0 <= isa && runs(operation, isa: $0) }
  }

  init(
    _ problem: ConvolutionProblem, activation: Activation, parameters: ConvolutionParameters, isa: InstructionSet
  ) {
    self.problem = problem
    self.isa = isa
    bounds = AlignedBuffer([activation.lowerBound, activation.upperBound])
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
    zeros = AlignedBuffer(count: problem.inputWidth * channels, repeating: 0)
  }

  var packedBytes: Int { 4 * (weights.count + bounds.count + zeros.count) }

  /// The most rows of a strip.
  static func tallest(_ problem: ConvolutionProblem, _ isa: InstructionSet) -> Int {
    slides(problem, isa) ? 3 : 4
  }

  /// The most columns of a strip that are computed at once.
  static func columnsAtOnce(_ problem: ConvolutionProblem, _ isa: InstructionSet) -> Int {
    problem.filterWidth == 3 && problem.strideWidth == 1 && isa == .avx512 ? 2 : 1
  }

  /// Whether a window slides over strips: of 25 taps that has the most sums to go on with, but jumps between the rows'
  /// pixels, which only the second-level cache bears.
  private static func slides(_ problem: ConvolutionProblem, _ isa: InstructionSet) -> Bool {
    problem.filterHeight == 5 && isa == .avx512 && !isLarge(problem)
  }

  /// Whether input and output are larger than a second-level cache of today.
  private static func isLarge(_ problem: ConvolutionProblem) -> Bool { problem.bytes() > 5 << 18 }

  /// Channels that are run along a whole strip before the next: few where everything stays in the second-level cache, so
  /// that the first level holds the weights and columns find each other's input there; all where it comes from beyond, in
  /// order.
  static func channelsAtOnce(_ problem: ConvolutionProblem) -> Int { isLarge(problem) ? problem.outputChannels : 128 }

  /// Computes any neighbouring output rows of an image.
  ///
  /// - Parameters:
  ///   - image: the input image.
  ///   - residual: of the first row, where there is one; strides as `target`.
  ///   - target: of the first row; rows follow one another.
  func run(
    _ image: UnsafePointer<Float>, rows: Range<Int>, residual: UnsafePointer<Float>?,
    target: UnsafeMutablePointer<Float>
  ) {
    let tallest = Self.tallest(problem, isa)
    let strips = (rows.count + tallest - 1) / tallest
    let rowCount = problem.outputWidth * problem.outputChannels
    for strip in 0..<strips {
      let first = rows.count * strip / strips
      let end = rows.count * (strip + 1) / strips
      runStrip(
        image, rows: rows.lowerBound + first..<rows.lowerBound + end, residual: residual.map { $0 + first * rowCount },
        target: target + first * rowCount)
    }
  }

  /// Computes at most ``tallest(_:_:)`` rows.
  private func runStrip(
    _ image: UnsafePointer<Float>, rows: Range<Int>, residual: UnsafePointer<Float>?,
    target: UnsafeMutablePointer<Float>
  ) {
    let (filter, stride, channels) = (problem.filterHeight, problem.strideHeight, problem.inputChannels)
    let inputRows = (rows.count - 1) * stride + filter
    withUnsafeTemporaryAllocation(of: Broadcasts.self, capacity: inputRows) { pointers in
      var place = 0
      for phase in 0..<stride {
        var row = phase
        while row < inputRows {
          let y = rows.lowerBound * stride - problem.padding.top + row
          let isInside = y >= 0 && y < problem.inputHeight
          pointers[place] =
            isInside ? image + y * problem.inputWidth * channels : UnsafePointer(zeros.elements.baseAddress!)
          place += 1
          row += stride
        }
      }
      let strip = DepthwiseStrip(
        rows: pointers.baseAddress!, width: problem.inputWidth, left: problem.padding.left,
        columns: problem.outputWidth, channels: channels,
        channelsAtOnce: Self.channelsAtOnce(problem), weights: weights.elements.baseAddress!, target: target,
        targetStride: problem.outputWidth * channels, residual: residual,
        bounds: bounds.elements.baseAddress!)
      #if arch(x86_64)
        if residual == nil && Self.slides(problem, isa) {
          strip.runWindowAVX512(stride: stride, height: rows.count)
        } else if isa == .avx512 {
          strip.runAVX512(filter: filter, stride: stride, height: rows.count)
        } else {
          strip.runAVX2(filter: filter, stride: stride, height: rows.count)
        }
      #endif
    }
  }
}
