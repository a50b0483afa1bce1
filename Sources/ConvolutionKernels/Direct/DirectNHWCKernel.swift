import ConvolutionModel
import RegisterTiles
import Threading

/// Direct convolution on NHWC tensors: register tiles of output pixels × output channels, with an indirection to the input
/// pixels, so that any stride, dilation, padding and 1×1 filters are one kernel; where the pixels lie at one distance, without.
struct DirectNHWCKernel: ConvolutionKernel {
  let isa: InstructionSet

  var id: KernelID { KernelID(family: "direct", layout: .nhwc, isa: isa) }
  var availability: Availability { isa.availability }

  func support(for operation: ConvolutionOperation) -> Support { operation.supportWithoutPointwise }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] {
    let row = isa.widestRow
    if PreparedStridedNHWC.covers(operation.problem) {
      return PreparedStridedNHWC.blocking(operation.problem, isa: isa)
    }
    return [
      BlockEdge(.outputChannels, isa.lanes), BlockEdge(.outputChannels, row * isa.lanes),
      BlockEdge(.outputPixels, TileBlock.tileHeight(vectors: row, registers: isa.registers)),
      BlockEdge(.outputPixels, TileBlock.tileHeight(vectors: 1, registers: isa.registers)),
      BlockEdge(.outputPixels, PreparedDirectNHWC.pixelsPerBlock(operation.problem)),
      BlockEdge(.inputChannels, PreparedDirectNHWC.rowsPerChunk),
    ]
  }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    if PreparedStridedNHWC.covers(operation.problem) {
      return PreparedStridedNHWC(operation, parameters: parameters, isa: isa, threads: threads)
    }
    return PreparedDirectNHWC(operation, parameters: parameters, isa: isa, threads: threads)
  }
}

final class PreparedDirectNHWC: PreparedKernel {
  /// Rows of weights (one tap and channel, all columns of a block) that are used for a whole block of pixels before the next
  /// ones are read.
  static let rowsPerChunk = 512

  /// Pixels whose pointers are set up at once.
  static func pixelsPerBlock(_ problem: ConvolutionProblem) -> Int {
    max(12, min(256, 8192 / problem.taps))
  }

  private let problem: ConvolutionProblem
  private let isa: InstructionSet
  private let threads: Int
  private let blocks: ColumnBlocks
  private let chunks: [ReductionChunk]
  private let weights: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>?
  private let zeros: AlignedBuffer<Float>
  private let activation: Activation
  private let pixelsPerBlock: Int
  private let splitsPixels: Bool
  /// Taps, and channels of one group.
  private let taps: Int
  private let channels: Int

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    let problem = operation.problem
    let blocks = ColumnBlocks(columns: problem.outputChannelsPerGroup, isa: isa)
    self.problem = problem
    self.isa = isa
    self.blocks = blocks
    activation = operation.epilogue.activation
    pixelsPerBlock = Self.pixelsPerBlock(problem)
    taps = problem.taps
    channels = problem.inputChannelsPerGroup
    chunks = ReductionChunk.chunks(taps: taps, channels: channels, limit: Self.rowsPerChunk)
    weights = PackedWeights.pack(parameters.weights, problem, blocks, as: parameters.packed)
    bias = parameters.bias.map { PackedWeights.packBias($0, problem, blocks, as: parameters.packed) }
    zeros = AlignedBuffer(count: problem.inputChannels, repeating: 0)
    let pixels = problem.batch * problem.outputHeight * problem.outputWidth
    splitsPixels = ProductSplit.sharesRows(
      pixels, blocks: blocks.count * problem.groups, leftCount: problem.inputShape.count,
      rightCount: problem.weightCount, threads: threads)
    self.threads = min(threads, splitsPixels ? (pixels + 5) / 6 : blocks.count * problem.groups)
  }

  private var pointerBytes: Int { (taps * pixelsPerBlock * MemoryLayout<Broadcasts>.stride + 63) & ~63 }
  /// A thread's part of the workspace: scratch memory of the tiles and the pointers, in whole cache lines.
  private var workspaceBytesPerThread: Int { 4 * TileBlock.scratchCount + pointerBytes }
  var workspaceBytes: Int { threads * workspaceBytesPerThread }
  var packedWeightsBytes: Int { 4 * (weights.count + (bias?.count ?? 0)) }

  func run(_ arguments: RunArguments) {
    ThreadPool.shared.run(parts: threads) { part in
      let workspace = arguments.workspace + part * workspaceBytesPerThread
      let pixels = problem.batch * problem.outputHeight * problem.outputWidth
      let panels = blocks.count * problem.groups
      if splitsPixels {
        let first = pixels * part / threads
        run(arguments, pixels: first..<pixels * (part + 1) / threads, panels: 0..<panels, workspace)
      } else {
        let first = panels * part / threads
        run(arguments, pixels: 0..<pixels, panels: first..<panels * (part + 1) / threads, workspace)
      }
    }
  }

  /// Computes some pixels of some panels; a panel is a block of output channels of a group.
  private func run(
    _ arguments: RunArguments, pixels: Range<Int>, panels: Range<Int>, _ workspace: UnsafeMutableRawPointer
  ) {
    let scratch = workspace.assumingMemoryBound(to: Float.self)
    let pointers = (workspace + 4 * TileBlock.scratchCount).assumingMemoryBound(to: Broadcasts.self)
    let (input, residual, output) = arguments.floats
    let outputChannels = problem.outputChannels
    var firstPixel = pixels.lowerBound
    while firstPixel < pixels.upperBound {
      // Even blocks: all weights are read for each, and a last one of a few pixels would hardly use them.
      let rest = pixels.upperBound - firstPixel
      let restBlocks = (rest + pixelsPerBlock - 1) / pixelsPerBlock
      let count = (rest + restBlocks - 1) / restBlocks
      PixelPointers(problem: problem, zeros: zeros.elements.baseAddress!)
        .set(pointers, input, firstPixel: firstPixel, count: count)
      for panel in panels {
        let group = panel / blocks.count
        let block = blocks[panel % blocks.count]
        let columns = group * problem.outputChannelsPerGroup + block.first
        let panelWeights =
          weights.elements.baseAddress! + (group * blocks.paddedColumns + block.first) * taps * channels
        let target = output + firstPixel * outputChannels + columns
        for (index, chunk) in chunks.enumerated() {
          let isFirst = index == 0
          TileBlock(
            pointers: pointers + chunk.firstTap * count, pointerStride: count, pixels: count, taps: chunk.taps,
            firstChannel: group * channels + chunk.firstChannel, channels: chunk.channels,
            weights: panelWeights
              + (chunk.firstTap * channels + chunk.firstChannel) * block.vectors * isa.lanes,
            weightsStride: block.vectors * isa.lanes,
            nextWeights: chunk.taps * chunk.channels * block.vectors * isa.lanes,
            fetchesPixels: blocks.count * problem.groups == 1, vectors: block.vectors,
            columns: block.columns, target: target,
            targetStride: outputChannels,
            accumulates: !isFirst,
            columnBias: isFirst
              ? bias.map { UnsafePointer($0.elements.baseAddress!) + group * blocks.paddedColumns + block.first } : nil,
            residual: isFirst ? residual.map { $0 + firstPixel * outputChannels + columns } : nil,
            finishes: index == chunks.count - 1 && activation != .identity, low: activation.lowerBound,
            high: activation.upperBound,
            scratch: scratch
          ).run(isa)
        }
      }
      firstPixel += count
    }
  }
}
