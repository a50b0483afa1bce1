import ConvolutionModel
import RegisterTiles
import Threading

/// Direct convolution on NCHW tensors. Where channels are many, a block of pixels is turned to the register tiles of NHWC and
/// back, see ``PreparedDirectBands``; where they're few, or planes can be read as they lie, tiles are output channels × output
/// pixels. The tensor as a whole is never converted.
struct DirectNCHWKernel: ConvolutionKernel {
  let isa: InstructionSet

  var id: KernelID { KernelID(family: "direct", layout: .nchw, isa: isa) }
  var availability: Availability { isa.availability }

  func support(for operation: ConvolutionOperation) -> Support { operation.supportWithoutPointwise }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] {
    let row = isa.widestRow
    let problem = operation.problem
    if PreparedDirectBands.runs(problem, isa: isa) {
      return [
        BlockEdge(.outputPixels, isa.lanes), BlockEdge(.outputPixels, PreparedDirectBands.pixelsPerTurn),
        BlockEdge(.outputPixels, PreparedDirectBands.pixelsPerBlock(problem)),
        BlockEdge(.outputChannels, isa.lanes), BlockEdge(.outputChannels, row * isa.lanes),
        BlockEdge(.inputChannels, isa.lanes),
        BlockEdge(.inputChannels, max(1, PreparedDirectBands.rowsPerChunk / problem.taps)),
      ]
    }
    return [
      BlockEdge(.outputPixels, isa.lanes), BlockEdge(.outputPixels, row * isa.lanes),
      BlockEdge(.outputChannels, TileBlock.tileHeight(vectors: row, registers: isa.registers)),
      BlockEdge(.outputChannels, TileBlock.tileHeight(vectors: 1, registers: isa.registers)),
      BlockEdge(.inputChannels, PreparedDirectNCHW.planesPerChunk),
      BlockEdge(.inputChannels, max(1, PreparedDirectNCHW.rowsPerChunk / problem.taps)),
    ]
  }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    if PreparedDirectBands.runs(operation.problem, isa: isa) {
      return try PreparedDirectBands(operation, parameters: parameters, isa: isa, threads: threads)
    }
    return PreparedDirectNCHW(operation, parameters: parameters, isa: isa, threads: threads)
  }
}

/// Register tiles of output channels × output pixels. The weights are broadcast as they lie. The input of a block of pixels is
/// packed into a panel that stays in cache while all output channels use it; that of an unstrided 1×1 filter is read in place.
final class PreparedDirectNCHW: PreparedKernel {
  /// Reduction rows (one channel and tap, all pixels of a panel) that are packed at once.
  static let rowsPerChunk = 384
  /// The same where they're planes that are read as they lie: as many as stay in the first-level cache.
  static let planesPerChunk = 128

  private let problem: ConvolutionProblem
  private let isa: InstructionSet
  private let threads: Int
  private let panels: ColumnBlocks
  private let chunks: [ReductionChunk]
  /// Rows of the whole sum.
  private let rows: Int
  /// The planes are read as they lie: pixels of the output read those of the input, one by one.
  private let readsPlanes: Bool
  private let weights: AlignedBuffer<Float>
  private let weightRows: AlignedBuffer<Broadcasts>
  private let bias: AlignedBuffer<Float>?
  private let activation: Activation

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    let problem = operation.problem
    self.problem = problem
    self.isa = isa
    activation = operation.epilogue.activation
    panels = ColumnBlocks(columns: problem.outputPixels, isa: isa)
    let rows = problem.inputChannelsPerGroup * problem.taps
    self.rows = rows
    readsPlanes = problem.isUnstridedPointwise && problem.outputPixels >= isa.widestRow * isa.lanes
    let chunks = ReductionChunk.chunks(
      taps: 1, channels: rows, limit: readsPlanes ? Self.planesPerChunk : Self.rowsPerChunk)
    self.chunks = chunks
    panelBytes = (4 * chunks.map(\.channels).max()! * isa.widestRow * isa.lanes + 63) & ~63
    let weights = PackedWeights.tapsFirst(parameters.weights, problem, as: parameters.packed)
    self.weights = weights
    weightRows = AlignedBuffer(
      (0..<problem.outputChannels).map { UnsafePointer(weights.elements.baseAddress!) + $0 * rows })
    bias = parameters.bias.map { parameters.packed.copy($0, count: problem.outputChannels) }
    // Panels of all images and groups are shared out.
    self.threads = min(threads, problem.batch * problem.groups * panels.count)
  }

  /// A number and no property that looks at the chunks anew: a run asks for it, and an array there is an allocation.
  private let panelBytes: Int
  private var runBytes: Int {
    let runs = PixelPanel.runCount(width: isa.widestRow * isa.lanes, problem)
    return (runs * MemoryLayout<PixelPanel.Run>.stride + 63) & ~63
  }
  private var workspaceBytesPerThread: Int { 4 * TileBlock.scratchCount + panelBytes + runBytes }
  var workspaceBytes: Int { threads * workspaceBytesPerThread }
  var packedWeightsBytes: Int { 4 * (weights.count + (bias?.count ?? 0)) + 8 * weightRows.count }

  func run(_ arguments: RunArguments) {
    let items = problem.batch * problem.groups * panels.count
    ThreadPool.shared.run(parts: threads) { part in
      let workspace = arguments.workspace + part * workspaceBytesPerThread
      for item in items * part / threads..<items * (part + 1) / threads {
        let image = item / (problem.groups * panels.count)
        run(
          arguments, image: image, group: item / panels.count % problem.groups,
          panel: panels[item % panels.count], workspace)
      }
    }
  }

  /// Computes all output channels of a group for one panel of pixels.
  private func run(
    _ arguments: RunArguments, image: Int, group: Int, panel: ColumnBlocks.Block, _ workspace: UnsafeMutableRawPointer
  ) {
    let scratch = workspace.assumingMemoryBound(to: Float.self)
    let packed = (workspace + 4 * TileBlock.scratchCount).assumingMemoryBound(to: Float.self)
    let runs = (workspace + 4 * TileBlock.scratchCount + panelBytes).assumingMemoryBound(to: PixelPanel.Run.self)
    let width = panel.vectors * isa.lanes
    let pixels = problem.outputPixels
    let channels = problem.outputChannelsPerGroup
    let input =
      arguments.input.assumingMemoryBound(to: Float.self)
      + (image * problem.inputChannels + group * problem.inputChannelsPerGroup) * problem.inputHeight
      * problem.inputWidth
    let first = (image * problem.outputChannels + group * channels) * pixels + panel.first
    let target = arguments.output.assumingMemoryBound(to: Float.self) + first
    let residual = arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + first }
    func multiply(
      _ chunk: Range<Int>, _ weights: UnsafePointer<Float>, weightsStride: Int, next: Int = 0
    ) {
      let isFirst = chunk.lowerBound == 0
      TileBlock(
        pointers: UnsafePointer(weightRows.elements.baseAddress!) + group * channels, pointerStride: 0,
        pixels: channels, taps: 1, firstChannel: chunk.lowerBound, channels: chunk.count, weights: weights,
        weightsStride: weightsStride, nextWeights: next, vectors: panel.vectors, columns: panel.columns,
        target: target, targetStride: pixels, accumulates: !isFirst,
        rowBias: isFirst ? bias.map { UnsafePointer($0.elements.baseAddress!) + group * channels } : nil,
        residual: isFirst ? residual : nil, finishes: chunk.upperBound == rows, low: activation.lowerBound,
        high: activation.upperBound, scratch: scratch
      ).run(isa)
    }
    func pack(_ chunk: Range<Int>) {
      PixelPanel(problem: problem).pack(
        input, pixels: panel.first..<panel.first + panel.columns, rows: chunk, width: width, into: packed, runs: runs,
        isa: isa)
      multiply(chunk, packed, weightsStride: width)
    }
    guard readsPlanes else {
      for chunk in chunks { pack(chunk.firstChannel..<chunk.firstChannel + chunk.channels) }
      return
    }
    // Vectors that reach beyond the end of a plane read the next one's start. Nothing comes behind the last plane, so the
    // planes that would be left are packed.
    let beyond = max(0, panel.first + width - pixels)
    let inPlace = max(0, rows - (beyond + pixels - 1) / pixels)
    let next = panel.first + 2 * width <= pixels ? width : 0
    for chunk in chunks {
      let chunk = chunk.firstChannel..<chunk.firstChannel + chunk.channels
      let (before, after) = (chunk.clamped(to: 0..<inPlace), chunk.clamped(to: inPlace..<rows))
      if !before.isEmpty {
        multiply(before, input + before.lowerBound * pixels + panel.first, weightsStride: pixels, next: next)
      }
      if !after.isEmpty { pack(after) }
    }
  }
}
