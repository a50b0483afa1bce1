import ConvolutionModel
import RegisterTiles

/// Winograd's minimal filtering F(m×m, 3×3): tiles of input and filter are transformed to points, where a convolution is one
/// product a point, and the products back. `m` outputs a row cost `m + 2` products instead of `3m`.
struct WinogradKernel: ConvolutionKernel {
  /// `m`: 2 or 4.
  let outputs: Int
  let layout: TensorLayout
  let isa: InstructionSet

  var id: KernelID { KernelID(family: "winograd", variant: "f\(outputs)x3", layout: layout, isa: isa) }
  var availability: Availability { isa.availability }

  private var matrices: WinogradMatrices { outputs == 2 ? .f2x3 : .f4x3 }

  func support(for operation: ConvolutionOperation) -> Support {
    guard operation.pointwise == nil else { return operation.supportWithoutPointwise }
    let problem = operation.problem
    if problem.filterHeight != 3 || problem.filterWidth != 3 {
      return .unsupported(reason: "the filter is \(problem.filterHeight)×\(problem.filterWidth); expected 3×3")
    }
    if problem.strideHeight != 1 || problem.strideWidth != 1 {
      return .unsupported(reason: "the stride is \(problem.strideHeight)×\(problem.strideWidth); expected 1×1")
    }
    if problem.dilationHeight != 1 || problem.dilationWidth != 1 {
      return .unsupported(
        reason: "the dilation is \(problem.dilationHeight)×\(problem.dilationWidth); expected a dense filter")
    }
    if problem.groups != 1 { return .unsupported(reason: "there are \(problem.groups) groups; expected 1") }
    return .supported
  }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] {
    let row = isa.widestRow * isa.lanes
    return [
      BlockEdge(.outputHeight, outputs), BlockEdge(.outputWidth, outputs), BlockEdge(.inputChannels, isa.lanes),
      BlockEdge(.outputChannels, isa.lanes), BlockEdge(.outputChannels, row),
      BlockEdge(.outputPixels, outputs * outputs * WinogradPlan.tilesPerBlock(operation.problem, outputs: outputs)),
    ]
  }

  func errorBound(for operation: ConvolutionOperation) -> ErrorBound {
    // The largest error of 3000 random problems of 1 to 512 channels is 0.18 and 1.18 of the direct bound; about 2.5 times
    // that is promised, and the tests hold it.
    ErrorBound(constant: outputs == 2 ? 0.5 : 3, tile: outputs, isExactOnIntegers: outputs == 2)
  }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    let plan = WinogradPlan(operation, parameters: parameters, matrices: matrices, threads: threads)
    switch layout {
    case .nhwc: return PreparedWinogradNHWC(plan, isa: isa)
    case .nchw: return PreparedWinogradNCHW(plan, isa: isa)
    }
  }
}

/// What both layouts of a Winograd kernel need: the transformed weights and how the output falls into tiles.
struct WinogradPlan: Sendable {
  let problem: ConvolutionProblem
  let activation: Activation
  /// `m` of F(m, 3).
  let outputs: Int
  /// Points along an axis: `m + 2`.
  let size: Int
  /// `[point][K][C]`.
  let weights: AlignedBuffer<Float>
  let bias: [Float]?
  let threads: Int
  let tilesPerBlock: Int
  let tileRows: Int
  let tileColumns: Int

  /// The largest number of tiles that are transformed before they are multiplied: as many as leave their points, and the
  /// products of one block of output channels, in the second-level cache, but enough of them to use each weight often.
  static func tilesPerBlock(_ problem: ConvolutionProblem, outputs: Int) -> Int {
    let bytesPerTile = 4 * (outputs + 2) * (outputs + 2) * (problem.inputChannels + 64)
    return min(96, max(32, (800 << 10) / bytesPerTile))
  }

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, matrices: WinogradMatrices, threads: Int) {
    problem = operation.problem
    activation = operation.epilogue.activation
    outputs = matrices.outputs
    size = outputs + 2
    tileRows = (problem.outputHeight + outputs - 1) / outputs
    tileColumns = (problem.outputWidth + outputs - 1) / outputs
    // Even blocks, so that the last one has not just a tile or two for all the weights.
    let tiles = problem.batch * tileRows * tileColumns
    let most = Self.tilesPerBlock(problem, outputs: outputs)
    let blocks = (tiles + most - 1) / most
    tilesPerBlock = (tiles + blocks - 1) / blocks
    bias = parameters.bias.map { Array($0.prefix(operation.problem.outputChannels)) }
    let filters = problem.outputChannels * problem.inputChannels
    weights = AlignedBuffer(uninitializedCount: size * size * filters)
    for filter in 0..<filters {
      for (point, value) in matrices.transformFilter(parameters.weights.baseAddress! + 9 * filter).enumerated() {
        weights[point * filters + filter] = value
      }
    }
    self.threads = threads
  }

  /// Tiles of all images.
  var tiles: Int { problem.batch * tileRows * tileColumns }
  /// Points of a tile.
  var points: Int { size * size }

  /// Blocks of tiles.
  var blockCount: Int { (tiles + tilesPerBlock - 1) / tilesPerBlock }

  /// Blocks of tiles, shared out between threads.
  func blocks(part: Int) -> Range<Int> { blockCount * part / threads..<blockCount * (part + 1) / threads }

  /// The tiles of a block.
  func tiles(block: Int) -> Range<Int> { block * tilesPerBlock..<min(tiles, (block + 1) * tilesPerBlock) }

  /// Where a tile's first output lies.
  func origin(tile: Int) -> (image: Int, row: Int, column: Int) {
    let column = tile % tileColumns
    let row = tile / tileColumns % tileRows
    return (tile / (tileColumns * tileRows), row * outputs, column * outputs)
  }
}
