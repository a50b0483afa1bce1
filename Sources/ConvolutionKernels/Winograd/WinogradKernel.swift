import ConvolutionModel
import RegisterTiles

/// Winograd's minimal filtering F(m×m, 3×3): tiles of input and filter are transformed to points, where a convolution is one
/// product a point, and the products back. `m` outputs a row cost `m + 2` products instead of `3m`.
struct WinogradKernel: ConvolutionKernel {
  let variant: WinogradVariant
  let layout: TensorLayout
  let isa: InstructionSet

  var id: KernelID { KernelID(family: "winograd", variant: "f\(variant.outputs)x3", layout: layout, isa: isa) }
  var availability: Availability { isa.availability }

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
    let outputs = variant.outputs
    let bands =
      layout == .nchw
      ? [
        BlockEdge(.outputWidth, outputs * WinogradBand.tilesInRow(variant)),
        BlockEdge(.inputChannels, PreparedWinograd.bandVectors * isa.lanes),
      ] : []
    return bands + [
      BlockEdge(.outputHeight, outputs), BlockEdge(.outputWidth, outputs), BlockEdge(.inputChannels, isa.lanes),
      BlockEdge(.outputChannels, isa.lanes), BlockEdge(.outputChannels, row),
      BlockEdge(.outputPixels, outputs * outputs * WinogradPlan.tilesPerBlock(operation.problem, variant, isa)),
    ]
  }

  func errorBound(for operation: ConvolutionOperation) -> ErrorBound {
    ErrorBound(constant: variant.errorConstant, tile: variant.outputs, isExactOnIntegers: variant.outputs == 2)
  }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    let plan = WinogradPlan(operation, parameters: parameters, variant: variant, isa: isa, threads: threads)
    return PreparedWinograd(plan, layout: layout, isa: isa, parameters: parameters)
  }
}

/// What both layouts of a Winograd kernel need: how the output falls into tiles.
struct WinogradPlan: Sendable {
  let problem: ConvolutionProblem
  let activation: Activation
  let variant: WinogradVariant
  /// One value per output channel, padded with zeros to whole panels; all zero without a bias.
  let bias: AlignedBuffer<Float>
  let threads: Int
  let tilesPerBlock: Int
  let tileRows: Int
  let tileColumns: Int

  /// The largest number of tiles that are transformed before they are multiplied: as many as leave their points, and the
  /// products of one panel of output channels, in half of a second-level cache. Weights that don't fit beside them come
  /// from further away each time: more tiles use them, even if those then take turns in the cache.
  static func tilesPerBlock(_ problem: ConvolutionProblem, _ variant: WinogradVariant, _ isa: InstructionSet) -> Int {
    let panel = isa.widestRow * isa.lanes
    let bytesPerTile = 4 * variant.points * (problem.inputChannels + panel)
    let weightBytes = 4 * variant.points * problem.inputChannels * problem.outputChannels
    return min(98, max(weightBytes > 2 << 20 ? 56 : 28, (640 << 10) / bytesPerTile))
  }

  init(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, variant: WinogradVariant, isa: InstructionSet,
    threads: Int
  ) {
    problem = operation.problem
    activation = operation.epilogue.activation
    self.variant = variant
    tileRows = (problem.outputHeight + variant.outputs - 1) / variant.outputs
    tileColumns = (problem.outputWidth + variant.outputs - 1) / variant.outputs
    // Even blocks, so that the last one has not just a tile or two for all the weights.
    let tiles = problem.batch * tileRows * tileColumns
    let filters = problem.outputChannels
    let most = Self.tilesPerBlock(problem, variant, isa)
    var blocks = (tiles + most - 1) / most
    // As many for every thread. Where there's but one block, each having some of its tiles takes less than passing all
    // transformed tiles from core to core, unless the weights that each would read whole are more.
    if blocks >= threads || 6 * tiles >= filters { blocks = (blocks + threads - 1) / threads * threads }
    tilesPerBlock = (tiles + blocks - 1) / blocks
    bias = parameters.packed.buffer(ColumnBlocks(columns: filters, isa: isa).paddedColumns) { target in
      target.initialize(repeating: 0)
      if let bias = parameters.bias { _ = target.update(from: bias.prefix(filters)) }
    }
    self.threads = threads
  }

  /// Tiles of all images.
  var tiles: Int { problem.batch * tileRows * tileColumns }

  /// Blocks of tiles.
  var blockCount: Int { (tiles + tilesPerBlock - 1) / tilesPerBlock }

  /// Blocks of tiles, shared out between threads.
  func blocks(part: Int) -> Range<Int> { blockCount * part / threads..<blockCount * (part + 1) / threads }

  /// The tiles of a block.
  func tiles(block: Int) -> Range<Int> { block * tilesPerBlock..<min(tiles, (block + 1) * tilesPerBlock) }

  /// Tiles from one on to the end of its row.
  func tilesToTheRight(_ tile: Int) -> Int { tileColumns - tile % tileColumns }

  /// Where a tile's first output lies.
  func origin(tile: Int) -> (image: Int, row: Int, column: Int) {
    let column = tile % tileColumns
    let row = tile / tileColumns % tileRows
    return (tile / (tileColumns * tileRows), row * variant.outputs, column * variant.outputs)
  }

  /// The part of some places from `first` on that lies among the first `extent`.
  static func inside(_ first: Int, _ count: Int, _ extent: Int) -> Range<Int> {
    let start = min(max(0, -first), count)
    return start..<max(start, min(count, extent - first))
  }
}
