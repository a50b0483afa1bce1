import ConvolutionModel
import RegisterTiles
import Threading

/// Direct convolution on NHWC tensors where the pixels that a run of output pixels reads lie at one distance: 1×1 filters that
/// skip no pixel, whose pixels follow each other through the whole batch, and first layers, whose filter rows are read from
/// copies of the image's rows with their padding, see ``PaddedRows``.
final class PreparedStridedNHWC: PreparedKernel {
  /// Whether the layer is one of these.
  static func covers(_ problem: ConvolutionProblem) -> Bool {
    PaddedRows(problem) != nil || isDense(problem)
  }

  /// Weights of 1×1 filters that stay in the second-level cache beside what else comes by.
  static let maximumWeights = 1 << 17

  /// 1×1 filters, whose weights are few enough to be read again for each tile of pixels.
  private static func isDense(_ problem: ConvolutionProblem) -> Bool {
    problem.taps == 1 && problem.padding == .zero && problem.strideHeight == 1 && problem.strideWidth == 1
      && problem.groups == 1 && problem.inputChannels <= PreparedDirectNHWC.rowsPerChunk
      && problem.weightCount <= maximumWeights
  }

  /// What the kernel works in blocks of.
  static func blocking(_ problem: ConvolutionProblem, isa: InstructionSet) -> [BlockEdge] {
    let row = isa.widestRow
    let edges = [
      BlockEdge(.outputChannels, isa.lanes / 2), BlockEdge(.outputChannels, isa.lanes),
      BlockEdge(.outputChannels, row * isa.lanes),
      BlockEdge(.outputPixels, TileBlock.tileHeight(vectors: row, registers: isa.registers)),
      BlockEdge(.outputPixels, TileBlock.tileHeight(vectors: 1, registers: isa.registers)),
      BlockEdge(.inputChannels, PreparedDirectNHWC.rowsPerChunk), BlockEdge(.inputChannels, 2 * isa.lanes),
    ]
    return edges + (PaddedRows(problem).map { [BlockEdge(.outputHeight, $0.rowsPerBlock)] } ?? [])
  }

  private let problem: ConvolutionProblem
  private let isa: InstructionSet
  private let threads: Int
  private let columns: ColumnSegments
  private let weights: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>
  private let activation: Activation
  private let rows: PaddedRows?

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    let problem = operation.problem
    self.problem = problem
    self.isa = isa
    rows = PaddedRows(problem)
    columns = ColumnSegments(problem, isa: isa, steps: rows?.channels ?? problem.inputChannels)
    weights = columns.pack(parameters.weights, problem, as: parameters.packed)
    let columns = columns
    bias = columns.packBias(parameters.bias, as: parameters.packed)
    activation = operation.epilogue.activation
    let pixels = problem.batch * problem.outputPixels
    self.threads = min(threads, rows == nil ? (pixels + 5) / 6 : problem.batch * problem.outputHeight)
  }

  private var workspaceBytesPerThread: Int { (4 * (rows?.count ?? 0) + 63) & ~63 }
  var workspaceBytes: Int { threads * workspaceBytesPerThread }
  var packedWeightsBytes: Int { 4 * (weights.count + bias.count) }

  func run(_ arguments: RunArguments) {
    ThreadPool.shared.run(parts: threads) { part in
      if let rows {
        let count = problem.batch * problem.outputHeight
        let staged = (arguments.workspace + part * workspaceBytesPerThread).assumingMemoryBound(to: Float.self)
        run(arguments, rows, count * part / threads..<count * (part + 1) / threads, staged)
      } else {
        let count = problem.batch * problem.outputPixels
        run(arguments, pixels: count * part / threads..<count * (part + 1) / threads)
      }
    }
  }

  /// Computes some pixels of 1×1 filters.
  private func run(_ arguments: RunArguments, pixels: Range<Int>) {
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    let channels = problem.inputChannels
    multiply(
      arguments, input + pixels.lowerBound * channels, distance: channels, firstPixel: pixels.lowerBound,
      pixels: pixels.count, rows: 1, rowValues: 0, taps: 1, tapDistance: 0, channels: channels)
  }

  /// Computes some output rows, counted over all images, from copies of the rows that they read.
  private func run(
    _ arguments: RunArguments, _ padded: PaddedRows, _ rows: Range<Int>, _ staged: UnsafeMutablePointer<Float>
  ) {
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let (image, y) = row.quotientAndRemainder(dividingBy: problem.outputHeight)
      let count = min(padded.rowsPerBlock, rows.upperBound - row, problem.outputHeight - y)
      padded.stage(input + image * problem.inputImageCount, firstRow: y, rows: count, into: staged)
      multiply(
        arguments, staged, distance: problem.strideWidth * problem.inputChannels,
        firstPixel: row * problem.outputWidth, pixels: problem.outputWidth, rows: count,
        rowValues: problem.strideHeight * padded.rowFloats, taps: problem.filterHeight,
        tapDistance: problem.dilationHeight * padded.rowFloats, channels: padded.channels)
      row += count
    }
  }

  /// Multiplies some runs of pixels with all columns.
  private func multiply(
    _ arguments: RunArguments, _ values: UnsafePointer<Float>, distance: Int, firstPixel: Int, pixels: Int, rows: Int,
    rowValues: Int, taps: Int, tapDistance: Int, channels: Int
  ) {
    let outputChannels = problem.outputChannels
    let output = arguments.output.assumingMemoryBound(to: Float.self) + firstPixel * outputChannels
    let residual = arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + firstPixel * outputChannels }
    for index in 0..<columns.segments.count {
      let segment = columns.segments[index]
      StridedBlock(
        values: values, distance: distance, pixels: pixels, rows: rows, rowValues: rowValues,
        rowTarget: problem.outputWidth * outputChannels, taps: taps, tapDistance: tapDistance, channels: channels,
        weights: weights.elements.baseAddress! + segment.weights, blockWeights: segment.blockWeights,
        blocks: segment.blocks, vectors: segment.vectors, paired: segment.paired, columns: segment.lastColumns,
        target: output + segment.first, targetStride: outputChannels,
        columnBias: UnsafePointer(bias.elements.baseAddress!) + segment.first,
        addend: residual.map { $0 + segment.first }, finishes: activation != .identity,
        low: activation.lowerBound, high: activation.upperBound
      ).run(isa)
    }
  }
}
