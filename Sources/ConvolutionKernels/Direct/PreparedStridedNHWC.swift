import ConvolutionModel
import RegisterTiles
import Threading

/// Direct convolution on NHWC tensors where the pixels that a run of output pixels reads lie at one distance: 1×1 filters that
/// skip no pixel, whose pixels follow each other through the whole batch, and first layers, whose filter rows are taps, see
/// ``PaddedRows``.
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
    guard let rows = PaddedRows(problem) else { return edges }
    // Tiles lie along the columns inside, and there are some at the edges.
    let outside = problem.outputWidth - rows.insideColumns.count
    return edges + [
      BlockEdge(.outputHeight, rows.rowsPerBlock), BlockEdge(.outputChannels, 2 * isa.lanes),
      BlockEdge(.outputWidth, TileBlock.tileHeight(vectors: 2, registers: isa.registers) + outside),
    ]
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
      arguments,
      Pixels(values: input + pixels.lowerBound * channels, distance: channels, count: pixels.count, channels: channels),
      firstPixel: pixels.lowerBound)
  }

  /// Computes some output rows, counted over all images.
  private func run(
    _ arguments: RunArguments, _ padded: PaddedRows, _ rows: Range<Int>, _ staged: UnsafeMutablePointer<Float>
  ) {
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    var row = rows.lowerBound
    while row < rows.upperBound {
      let (index, y) = row.quotientAndRemainder(dividingBy: problem.outputHeight)
      let count = min(padded.rowsPerBlock, rows.upperBound - row, problem.outputHeight - y)
      let image = input + index * problem.inputImageCount
      runInside(arguments, padded, image, firstRow: row, y..<y + count)
      let inside = padded.insideColumns
      runEdge(arguments, padded, image, firstRow: row, y..<y + count, 0..<inside.lowerBound, staged)
      runEdge(
        arguments, padded, image, firstRow: row, y..<y + count, inside.upperBound..<problem.outputWidth, staged)
      row += count
    }
  }

  /// Computes columns of some output rows whose filters reach over the left or the right edge, from copies.
  private func runEdge(
    _ arguments: RunArguments, _ padded: PaddedRows, _ image: UnsafePointer<Float>, firstRow: Int, _ rows: Range<Int>,
    _ columns: Range<Int>, _ staged: UnsafeMutablePointer<Float>
  ) {
    if columns.isEmpty { return }
    let rowFloats = padded.rowFloats(columns.count)
    padded.stage(image, firstRow: rows.lowerBound, rows: rows.count, columns: columns, into: staged)
    // Column by column, since there are more rows than such columns.
    multiply(
      arguments,
      Pixels(
        values: staged, distance: problem.strideHeight * rowFloats, count: rows.count, step: problem.outputWidth,
        runs: columns.count, runDistance: problem.strideWidth * problem.inputChannels, runStep: 1,
        taps: 0..<problem.filterHeight, tapDistance: problem.dilationHeight * rowFloats, channels: padded.channels),
      firstPixel: firstRow * problem.outputWidth + columns.lowerBound)
  }

  /// Computes the columns of some output rows whose filters reach over no edge but the upper and the lower one; these rows one
  /// by one, with the taps that they have.
  private func runInside(
    _ arguments: RunArguments, _ padded: PaddedRows, _ image: UnsafePointer<Float>, firstRow: Int, _ rows: Range<Int>
  ) {
    let columns = padded.insideColumns
    if columns.isEmpty { return }
    let rowFloats = problem.inputWidth * problem.inputChannels
    let left = (columns.lowerBound * problem.strideWidth - problem.padding.left) * problem.inputChannels
    var y = rows.lowerBound
    while y < rows.upperBound {
      let taps = padded.taps(row: y)
      var end = y + 1
      if taps.count == problem.filterHeight {
        while end < rows.upperBound && padded.taps(row: end) == taps { end += 1 }
      }
      let top = y * problem.strideHeight - problem.padding.top + taps.lowerBound * problem.dilationHeight
      multiply(
        arguments,
        Pixels(
          values: taps.isEmpty ? image : image + top * rowFloats + left,
          distance: problem.strideWidth * problem.inputChannels, count: columns.count, runs: end - y,
          runDistance: problem.strideHeight * rowFloats, runStep: problem.outputWidth, taps: taps,
          tapDistance: problem.dilationHeight * rowFloats, channels: padded.channels),
        firstPixel: (firstRow + y - rows.lowerBound) * problem.outputWidth + columns.lowerBound)
      y = end
    }
  }

  /// Pixels to multiply with all columns.
  private struct Pixels {
    /// The first tap's values of the first pixel.
    var values: UnsafePointer<Float>
    /// Floats from a pixel's values to the next one's, in one run.
    var distance: Int
    /// Pixels in a run.
    var count: Int
    /// Output pixels from one to the next.
    var step = 1
    /// How many runs, how far apart their values and, in output pixels, their sums are.
    var runs = 1
    var runDistance = 0
    var runStep = 0
    /// Taps that are summed, and floats from one's values to the next one's.
    var taps = 0..<1
    var tapDistance = 0
    /// Values of a tap.
    var channels: Int
  }

  /// Multiplies some runs of pixels with all columns.
  private func multiply(_ arguments: RunArguments, _ pixels: Pixels, firstPixel: Int) {
    let outputChannels = problem.outputChannels
    let output = arguments.output.assumingMemoryBound(to: Float.self) + firstPixel * outputChannels
    let residual = arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + firstPixel * outputChannels }
    for index in 0..<columns.segments.count {
      let segment = columns.segments[index]
      // Of pairs half of the lanes are columns, but as many are weights.
      let width = segment.vectors * isa.lanes / (segment.paired ? 2 : 1)
      StridedBlock(
        values: pixels.values, distance: pixels.distance, pixels: pixels.count, rows: pixels.runs,
        rowValues: pixels.runDistance, rowTarget: pixels.runStep * outputChannels, taps: pixels.taps.count,
        tapDistance: pixels.tapDistance, channels: pixels.channels,
        weights: weights.elements.baseAddress! + segment.weights + pixels.taps.lowerBound * pixels.channels * width,
        blockWeights: segment.blockWeights, blocks: segment.blocks, vectors: segment.vectors, paired: segment.paired,
        columns: segment.lastColumns, target: output + segment.first, targetStride: pixels.step * outputChannels,
        columnBias: UnsafePointer(bias.elements.baseAddress!) + segment.first,
        addend: residual.map { $0 + segment.first }, finishes: activation != .identity,
        low: activation.lowerBound, high: activation.upperBound
      ).run(isa)
    }
  }
}
