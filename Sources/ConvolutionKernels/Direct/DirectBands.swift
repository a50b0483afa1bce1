import ConvolutionModel
import RegisterTiles
import Threading

/// Direct convolution on NCHW tensors with the register tiles of NHWC: what a block of pixels reads is turned to pixels of
/// channels, which stay in the second-level cache while all output channels use them; the outputs are turned back on their
/// way from the first-level cache. Turning costs a product per channel and pixel or two, so it's for many channels or taps.
final class PreparedDirectBands: PreparedKernel {
  /// Floats of turned input at most, unless a row of outputs needs more.
  private static let bandCount = 128 << 10
  /// Rows of weights that are used for a whole block of pixels before the next ones are read.
  static let rowsPerChunk = 512
  /// Pixels that are turned back at once.
  static let pixelsPerTurn = 48

  /// Whether turning costs less than what else there is: planes that start at a vector are read in place by 1×1 filters;
  /// with few channels, turning takes as long as multiplying.
  static func runs(_ problem: ConvolutionProblem, isa: InstructionSet) -> Bool {
    let (channels, filters) = (problem.inputChannelsPerGroup, problem.outputChannelsPerGroup)
    guard problem.isUnstridedPointwise else { return channels >= 16 && filters >= 16 }
    return min(channels, filters) >= 32 && !problem.outputPixels.isMultiple(of: isa.lanes)
  }

  private let problem: ConvolutionProblem
  /// One group of one image as it's turned: rows that a strided 1×1 filter skips aren't there.
  private let band: ConvolutionProblem
  /// Image rows from one turned row to the next.
  private let rowStep: Int
  private let isa: InstructionSet
  private let threads: Int
  private let blocks: ColumnBlocks
  private let chunks: [ReductionChunk]
  private let weights: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>?
  private let zeros: AlignedBuffer<Float>
  private let activation: Activation
  /// Output pixels from the start of one block to the next: whole rows, unless the filter is 1×1 and unstrided.
  private let pixelsPerBlock: Int
  private let blocksPerImage: Int
  private let splitsBlocks: Bool

  init(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int
  ) throws(ConvolutionError) {
    let problem = operation.problem
    self.problem = problem
    self.isa = isa
    activation = operation.epilogue.activation
    let skips = problem.taps == 1 && problem.padding == .zero
    rowStep = skips ? problem.strideHeight : 1
    let channels = problem.inputChannelsPerGroup
    band = try ConvolutionProblem(
      inputChannels: channels, inputHeight: skips ? problem.outputHeight : problem.inputHeight,
      inputWidth: problem.inputWidth, outputChannels: problem.outputChannelsPerGroup,
      filterHeight: problem.filterHeight, filterWidth: problem.filterWidth,
      strideHeight: skips ? 1 : problem.strideHeight, strideWidth: problem.strideWidth, padding: problem.padding,
      dilationHeight: problem.dilationHeight, dilationWidth: problem.dilationWidth)
    let pixelsPerBlock = Self.pixelsPerBlock(problem)
    self.pixelsPerBlock = pixelsPerBlock
    blocksPerImage = (problem.outputPixels + pixelsPerBlock - 1) / pixelsPerBlock
    let blocks = ColumnBlocks(columns: problem.outputChannelsPerGroup, isa: isa)
    self.blocks = blocks
    chunks = ReductionChunk.chunks(taps: problem.taps, channels: channels, limit: Self.rowsPerChunk)
    weights = PackedWeights.pack(parameters.weights, problem, blocks, as: parameters.packed)
    bias = parameters.bias.map { PackedWeights.packBias($0, problem, blocks, as: parameters.packed) }
    zeros = AlignedBuffer(count: channels, repeating: 0)
    // Blocks are shared out, unless there are so few that a thread would wait for the others.
    let items = problem.batch * problem.groups * blocksPerImage
    splitsBlocks = items >= 4 * threads || blocks.count < threads
    self.threads = min(threads, splitsBlocks ? items : blocks.count)
  }

  /// Output pixels of a block: even ones, since all weights are read for each.
  static func pixelsPerBlock(_ problem: ConvolutionProblem) -> Int {
    let channels = problem.inputChannelsPerGroup
    if problem.isUnstridedPointwise {
      let most = max(48, min(448, bandCount / channels))
      let count = (problem.outputPixels + most - 1) / most
      return (problem.outputPixels + count - 1) / count
    }
    let filter = (problem.filterHeight - 1) * problem.dilationHeight + 1
    let rows = bandCount / (channels * problem.inputWidth)
    let step = problem.taps == 1 && problem.padding == .zero ? 1 : problem.strideHeight
    let most = max(1, min((rows - filter) / step + 1, 448 / problem.outputWidth))
    let count = (problem.outputHeight + most - 1) / most
    return (problem.outputHeight + count - 1) / count * problem.outputWidth
  }

  private var isFlat: Bool { problem.isUnstridedPointwise }
  /// Turned rows that some output rows read, as far as they're inside the image.
  private func bandRows(_ outputRows: Range<Int>) -> Range<Int> {
    let height = band.inputHeight
    let first = outputRows.lowerBound * band.strideHeight - band.padding.top
    let end =
      (outputRows.upperBound - 1) * band.strideHeight - band.padding.top
      + (band.filterHeight - 1) * band.dilationHeight + 1
    let inside = max(0, min(height, first))
    return inside..<max(inside, min(height, end))
  }

  private var bandBytes: Int {
    let pixels: Int
    if isFlat {
      pixels = pixelsPerBlock
    } else {
      let rows = pixelsPerBlock / problem.outputWidth
      let filter = (band.filterHeight - 1) * band.dilationHeight + 1
      pixels = min(band.inputHeight, (rows - 1) * band.strideHeight + filter) * band.inputWidth
    }
    return (4 * pixels * band.inputChannels + 63) & ~63
  }
  private var pointerBytes: Int { (band.taps * pixelsPerBlock * MemoryLayout<Broadcasts>.stride + 63) & ~63 }
  private var productBytes: Int { 4 * pixelsPerBlock * isa.widestRow * isa.lanes }
  private var workspaceBytesPerThread: Int { bandBytes + pointerBytes + productBytes + 4 * TileBlock.scratchCount }
  var workspaceBytes: Int { threads * workspaceBytesPerThread }
  var packedWeightsBytes: Int { 4 * (weights.count + (bias?.count ?? 0) + zeros.count) }

  func run(_ arguments: RunArguments) {
    ThreadPool.shared.run(parts: threads) { part in
      let workspace = arguments.workspace + part * workspaceBytesPerThread
      let items = problem.batch * problem.groups * blocksPerImage
      let share = splitsBlocks ? items * part / threads..<items * (part + 1) / threads : 0..<items
      let panels =
        splitsBlocks ? 0..<blocks.count : blocks.count * part / threads..<blocks.count * (part + 1) / threads
      for item in share {
        run(arguments, item: item, panels: panels, workspace)
      }
    }
  }

  /// The output pixels of an item: a block of one group of one image.
  private func pixels(_ item: Int) -> Range<Int> {
    let first = item % blocksPerImage * pixelsPerBlock
    return first..<min(problem.outputPixels, first + pixelsPerBlock)
  }

  /// What an item reads.
  private func gather(_ arguments: RunArguments, item: Int, into target: UnsafeMutablePointer<Float>) -> PixelGather {
    let pixels = pixels(item)
    let planeSize = problem.inputHeight * problem.inputWidth
    let plane = item / blocksPerImage * band.inputChannels
    let input = arguments.input.assumingMemoryBound(to: Float.self) + plane * planeSize
    if isFlat {
      return PixelGather(
        source: input + pixels.lowerBound, planeStride: planeSize, planes: band.inputChannels, rowStride: 0, rows: 1,
        columns: pixels.count, target: target, pixelStride: band.inputChannels)
    }
    let width = problem.outputWidth
    let rows = bandRows(pixels.lowerBound / width..<pixels.upperBound / width)
    return PixelGather(
      source: input + rows.lowerBound * rowStep * problem.inputWidth, planeStride: planeSize,
      planes: band.inputChannels, rowStride: rowStep * problem.inputWidth, rows: rows.count,
      columns: band.inputWidth, target: target, pixelStride: band.inputChannels)
  }

  private func run(
    _ arguments: RunArguments, item: Int, panels: Range<Int>, _ workspace: UnsafeMutableRawPointer
  ) {
    let turned = workspace.assumingMemoryBound(to: Float.self)
    let pointers = (workspace + bandBytes).assumingMemoryBound(to: Broadcasts.self)
    let products = (workspace + bandBytes + pointerBytes).assumingMemoryBound(to: Float.self)
    let scratch = (workspace + bandBytes + pointerBytes + productBytes).assumingMemoryBound(to: Float.self)
    let pixels = pixels(item)
    let channels = band.inputChannels
    gather(arguments, item: item, into: turned).run(isa)
    let firstTurned =
      isFlat
      ? pixels.lowerBound
      : bandRows(pixels.lowerBound / problem.outputWidth..<pixels.upperBound / problem.outputWidth).lowerBound
        * band.inputWidth
    PixelPointers(problem: band, zeros: zeros.elements.baseAddress!)
      .set(pointers, turned - firstTurned * channels, firstPixel: pixels.lowerBound, count: pixels.count)
    let group = item / blocksPerImage % problem.groups
    let firstPlane = item / blocksPerImage * problem.outputChannelsPerGroup
    let turns = (pixels.count + Self.pixelsPerTurn - 1) / Self.pixelsPerTurn
    for panel in panels {
      let block = blocks[panel]
      let width = block.vectors * isa.lanes
      let panelWeights =
        weights.elements.baseAddress! + (group * blocks.paddedColumns + block.first) * band.taps * channels
      let first = (firstPlane + block.first) * problem.outputPixels + pixels.lowerBound
      let output = arguments.output.assumingMemoryBound(to: Float.self) + first
      let residual = arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + first }
      for (index, chunk) in chunks.enumerated() {
        let isLast = index == chunks.count - 1
        func multiply(_ range: Range<Int>) {
          TileBlock(
            pointers: pointers + chunk.firstTap * pixels.count + range.lowerBound, pointerStride: pixels.count,
            pixels: range.count, taps: chunk.taps, firstChannel: chunk.firstChannel, channels: chunk.channels,
            weights: panelWeights + (chunk.firstTap * channels + chunk.firstChannel) * width, weightsStride: width,
            nextWeights: range.lowerBound == 0 ? chunk.taps * chunk.channels * width : 0, vectors: block.vectors,
            columns: width, target: products + range.lowerBound * width, targetStride: width, accumulates: index > 0,
            columnBias: index == 0
              ? bias.map { UnsafePointer($0.elements.baseAddress!) + group * blocks.paddedColumns + block.first } : nil,
            finishes: isLast && residual == nil && activation != .identity, low: activation.lowerBound,
            high: activation.upperBound, scratch: scratch
          ).run(isa)
        }
        if !isLast {
          multiply(0..<pixels.count)
          continue
        }
        for turn in 0..<turns {
          let range = pixels.count * turn / turns..<pixels.count * (turn + 1) / turns
          let scatter = PixelScatter(
            source: products + range.lowerBound * width, pixelStride: width, target: output + range.lowerBound,
            planeStride: problem.outputPixels, planes: block.columns, rowStride: 0, rows: 1, columns: range.count,
            residual: residual.map { $0 + range.lowerBound }, low: activation.lowerBound, high: activation.upperBound)
          scatter.prefetch(planes: 0..<block.columns)
          multiply(range)
          scatter.run(isa)
        }
      }
    }
  }
}
