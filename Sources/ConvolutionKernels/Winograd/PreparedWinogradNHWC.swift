import ConvolutionModel
import RegisterTiles
import Threading

/// Winograd on NHWC: vectors of channels are transformed, and each point is a product of tiles × channels with channels ×
/// output channels on the register tiles of the direct convolution.
final class PreparedWinogradNHWC: PreparedKernel {
  private let plan: WinogradPlan
  private let isa: InstructionSet
  private let blocks: ColumnBlocks
  /// `[point][block][C][columns of the block]`.
  private let weights: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>?
  private let zeros: AlignedBuffer<Float>
  /// Input channels, padded to full vectors.
  private let channels: Int

  init(_ plan: WinogradPlan, isa: InstructionSet) {
    let problem = plan.problem
    self.plan = plan
    self.isa = isa
    let blocks = ColumnBlocks(columns: problem.outputChannels, isa: isa)
    self.blocks = blocks
    channels = (problem.inputChannels + isa.lanes - 1) / isa.lanes * isa.lanes
    zeros = AlignedBuffer(count: channels, repeating: 0)
    bias = plan.bias.map { values in
      let padded = AlignedBuffer<Float>(count: blocks.paddedColumns, repeating: 0)
      for (index, value) in values.enumerated() { padded[index] = value }
      return padded
    }
    let filters = problem.inputChannels * problem.outputChannels
    weights = AlignedBuffer(count: plan.points * problem.inputChannels * blocks.paddedColumns, repeating: 0)
    for point in 0..<plan.points {
      for block in blocks {
        let width = block.vectors * isa.lanes
        let target =
          weights.elements.baseAddress!
          + (point * blocks.paddedColumns + block.first) * problem.inputChannels
        for column in 0..<block.columns {
          let source =
            plan.weights.elements.baseAddress! + point * filters + (block.first + column) * problem.inputChannels
          for channel in 0..<problem.inputChannels { target[channel * width + column] = source[channel] }
        }
      }
    }
  }

  var packedWeightsBytes: Int { 4 * (weights.count + (bias?.count ?? 0) + zeros.count) }
  var workspaceBytes: Int { plan.threads * layout.bytes }

  /// A thread's part of the workspace.
  private struct Layout {
    let points: Int
    let transformed: Int
    let products: Int
    let bytes: Int

    init(points: Int, tiles: Int, channels: Int, columns: Int) {
      self.points = points
      let pointers = 8 * (3 * points + tiles)
      transformed = (pointers + 63) & ~63
      products = transformed + 4 * points * tiles * channels
      // Behind the products: scratch of the tiles and of the transforms, staging for a last partial vector, and a place for
      // outputs outside the image.
      bytes = products + 4 * (points * tiles * columns + TileBlock.scratchCount + 16 * points * 3 + columns)
    }
  }

  private var layout: Layout {
    Layout(points: plan.points, tiles: plan.tilesPerBlock, channels: channels, columns: blocks.paddedColumns)
  }

  func run(_ arguments: RunArguments) {
    ThreadPool.shared.run(parts: plan.threads) { part in
      let workspace = arguments.workspace + part * layout.bytes
      for block in plan.blocks(part: part) { run(arguments, tiles: plan.tiles(block: block), workspace, stages: nil) }
    }
  }

  let stages: [KernelStage] = [.transform, .multiply, .inverse]

  func run(_ arguments: RunArguments, stages: StageTimes) {
    stages.restart()
    for part in 0..<plan.threads {
      let workspace = arguments.workspace + part * layout.bytes
      for block in plan.blocks(part: part) {
        run(arguments, tiles: plan.tiles(block: block), workspace, stages: stages)
      }
    }
  }

  /// - Parameter stages: asked once a stage of a block: nothing beside the work of one.
  private func run(
    _ arguments: RunArguments, tiles: Range<Int>, _ workspace: UnsafeMutableRawPointer, stages: StageTimes?
  ) {
    let layout = self.layout
    let points = plan.points
    let problem = plan.problem
    let pointers = workspace.assumingMemoryBound(to: Broadcasts.self)
    let transformed = (workspace + layout.transformed).assumingMemoryBound(to: Float.self)
    let products = (workspace + layout.products).assumingMemoryBound(to: Float.self)
    let scratch = products + points * plan.tilesPerBlock * blocks.paddedColumns
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    for (index, tile) in tiles.enumerated() {
      transformInput(
        input, tile: tile, pointers, into: transformed + index * channels, stride: plan.tilesPerBlock * channels,
        scratch: scratch + TileBlock.scratchCount)
    }
    stages?.end(.transform)
    let rows = pointers + 3 * points
    for point in 0..<points {
      for index in 0..<tiles.count {
        (rows + index).initialize(to: transformed + (point * plan.tilesPerBlock + index) * channels)
      }
      for block in blocks {
        let width = block.vectors * isa.lanes
        TileBlock(
          pointers: rows, pointerStride: 0, pixels: tiles.count, taps: 1, firstChannel: 0,
          channels: problem.inputChannels,
          weights: weights.elements.baseAddress! + (point * blocks.paddedColumns + block.first) * problem.inputChannels,
          weightsStride: width, nextWeights: width * problem.inputChannels, vectors: block.vectors, columns: width,
          target: products + point * plan.tilesPerBlock * blocks.paddedColumns + block.first,
          targetStride: blocks.paddedColumns, accumulates: false, finishes: false, low: 0, high: 0, scratch: scratch
        ).run(isa)
      }
    }
    stages?.end(.multiply)
    for (index, tile) in tiles.enumerated() {
      transformOutput(
        arguments, tile: tile, pointers, products + index * blocks.paddedColumns,
        stride: plan.tilesPerBlock * blocks.paddedColumns, scratch: scratch + TileBlock.scratchCount)
    }
    stages?.end(.inverse)
  }

  /// Transforms one tile of the input, all channels.
  private func transformInput(
    _ input: UnsafePointer<Float>, tile: Int, _ pointers: UnsafeMutablePointer<Broadcasts>,
    into target: UnsafeMutablePointer<Float>, stride: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let problem = plan.problem
    let (image, firstRow, firstColumn) = plan.origin(tile: tile)
    let pixels = input + image * problem.inputImageCount
    var pointer = pointers
    for i in 0..<plan.size {
      let row = firstRow + i - problem.padding.top
      for j in 0..<plan.size {
        let column = firstColumn + j - problem.padding.left
        let isInside = row >= 0 && row < problem.inputHeight && column >= 0 && column < problem.inputWidth
        pointer.initialize(
          to: isInside
            ? pixels + (row * problem.inputWidth + column) * problem.inputChannels
            : UnsafePointer(zeros.elements.baseAddress!))
        pointer += 1
      }
    }
    let full = problem.inputChannels / isa.lanes * isa.lanes
    if full > 0 {
      WinogradInputBlock(
        pointers: pointers, count: full, target: target, targetStride: stride, scratch: scratch
      ).run(isa, outputs: plan.outputs)
    }
    if full < problem.inputChannels {
      // The last channels are copied, so that nothing beyond a pixel is read.
      let staging = scratch + 16 * plan.points
      for point in 0..<plan.points {
        let place = staging + 16 * point
        for lane in 0..<isa.lanes {
          place[lane] = full + lane < problem.inputChannels ? pointers[point][full + lane] : 0
        }
        pointers[point] = UnsafePointer(place)
      }
      WinogradInputBlock(
        pointers: pointers, count: isa.lanes, target: target + full, targetStride: stride, scratch: scratch
      ).run(isa, outputs: plan.outputs)
    }
  }

  /// Transforms one tile's products to outputs, all channels.
  private func transformOutput(
    _ arguments: RunArguments, tile: Int, _ pointers: UnsafeMutablePointer<Broadcasts>,
    _ products: UnsafePointer<Float>, stride: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let problem = plan.problem
    let columns = problem.outputChannels
    let (image, firstRow, firstColumn) = plan.origin(tile: tile)
    let output = arguments.output.assumingMemoryBound(to: Float.self) + image * problem.outputImageCount
    let residual = arguments.residual.map {
      $0.assumingMemoryBound(to: Float.self) + image * problem.outputImageCount
    }
    let outside = scratch + 16 * plan.points * 3
    let count = plan.outputs * plan.outputs
    let targets = UnsafeMutableRawPointer(pointers + plan.points)
      .assumingMemoryBound(to: UnsafeMutablePointer<Float>.self)
    let residuals = pointers + 2 * plan.points
    func isInside(_ index: Int) -> Bool {
      firstRow + index / plan.outputs < problem.outputHeight && firstColumn + index % plan.outputs < problem.outputWidth
    }
    func offset(_ index: Int) -> Int {
      ((firstRow + index / plan.outputs) * problem.outputWidth + firstColumn + index % plan.outputs) * columns
    }
    for index in 0..<count {
      (targets + index).initialize(to: isInside(index) ? output + offset(index) : outside)
      if let residual {
        (residuals + index).initialize(to: isInside(index) ? residual + offset(index) : UnsafePointer(outside))
      }
    }
    let full = columns / isa.lanes * isa.lanes
    let bias = self.bias.map { UnsafePointer($0.elements.baseAddress!) }
    var block = WinogradOutputBlock(
      source: products, sourceStride: stride, count: full, bias: bias,
      residuals: residual == nil ? nil : UnsafePointer(residuals), targets: targets, low: plan.activation.lowerBound,
      high: plan.activation.upperBound, scratch: scratch)
    if full > 0 { block.run(isa, outputs: plan.outputs) }
    if full < columns {
      let staging = scratch + 16 * plan.points
      let stagedResiduals = staging + 16 * plan.points
      for index in 0..<count {
        targets[index] = staging + 16 * index
        guard residual != nil else { continue }
        let place = stagedResiduals + 16 * index
        for lane in 0..<isa.lanes {
          place[lane] = isInside(index) && full + lane < columns ? residuals[index][full + lane] : 0
        }
        residuals[index] = UnsafePointer(place)
      }
      block.source = products + full
      block.count = isa.lanes
      block.bias = bias.map { $0 + full }
      block.run(isa, outputs: plan.outputs)
      for index in 0..<count where isInside(index) {
        for lane in 0..<columns - full { output[offset(index) + full + lane] = staging[16 * index + lane] }
      }
    }
  }
}
