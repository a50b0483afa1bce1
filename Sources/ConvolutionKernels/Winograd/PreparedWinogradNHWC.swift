import ConvolutionModel
import RegisterTiles
import Threading

/// Winograd on NHWC: vectors of channels are transformed, and each point is a product of tiles × channels with channels ×
/// output channels on the register tiles of the direct convolution.
final class PreparedWinogradNHWC: PreparedKernel {
  private let plan: WinogradPlan
  private let isa: InstructionSet
  private let blocks: ColumnBlocks
  /// A panel `[C][columns of the block]` for each block of output channels and point, in the order in which they are read.
  private let weights: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>?
  private let zeros: AlignedBuffer<Float>
  /// Input channels, padded to full vectors.
  private let channels: Int
  /// Whether one block of output channels is finished before the next is begun, which keeps its products in the cache. Only
  /// where the transformed tiles stay there as well, since each block reads all of them.
  private let finishesBlocks: Bool

  init(_ plan: WinogradPlan, isa: InstructionSet) {
    let problem = plan.problem
    self.plan = plan
    self.isa = isa
    let blocks = ColumnBlocks(columns: problem.outputChannels, isa: isa)
    self.blocks = blocks
    channels = (problem.inputChannels + isa.lanes - 1) / isa.lanes * isa.lanes
    finishesBlocks = 4 * plan.points * plan.tilesPerBlock * channels <= 800 << 10
    zeros = AlignedBuffer(count: channels, repeating: 0)
    bias = plan.bias.map { values in
      let padded = AlignedBuffer<Float>(count: blocks.paddedColumns, repeating: 0)
      for (index, value) in values.enumerated() { padded[index] = value }
      return padded
    }
    let filters = problem.inputChannels * problem.outputChannels
    weights = AlignedBuffer(count: plan.points * problem.inputChannels * blocks.paddedColumns, repeating: 0)
    for block in blocks {
      let width = block.vectors * isa.lanes
      for point in 0..<plan.points {
        let target = weights.elements.baseAddress! + panelOffset(block, point)
        for column in 0..<block.columns {
          let source =
            plan.weights.elements.baseAddress! + point * filters + (block.first + column) * problem.inputChannels
          for channel in 0..<problem.inputChannels { target[channel * width + column] = source[channel] }
        }
      }
    }
  }

  var packedWeightsBytes: Int { 4 * (weights.count + (bias?.count ?? 0) + zeros.count) }
  var workspaceBytes: Int { plan.threads * (transformedBytes + bytesPerThread) }

  /// The points of a block of tiles, `[point][tile][channel]`.
  private var transformedBytes: Int { 4 * plan.points * plan.tilesPerBlock * channels }
  /// Where a panel of weights starts.
  private func panelOffset(_ block: ColumnBlocks.Block, _ point: Int) -> Int {
    (finishesBlocks
      ? block.first * plan.points + point * block.vectors * isa.lanes : point * blocks.paddedColumns + block.first)
      * plan.problem.inputChannels
  }

  /// Columns of the products that are held at once.
  private var productColumns: Int { finishesBlocks ? isa.widestRow * isa.lanes : blocks.paddedColumns }
  /// Floats of the products, `[point][tile][column]`.
  private var productCount: Int { plan.points * plan.tilesPerBlock * productColumns }
  /// What a thread has of its own: pointers, products, scratch of the tiles and of the transforms, staging for a last partial
  /// vector and its residual, and a place for outputs outside the image.
  private var bytesPerThread: Int {
    let pointers = (8 * (3 * plan.points + plan.tilesPerBlock) + 63) & ~63
    return pointers + 4
      * (productCount + TileBlock.scratchCount + 16 * plan.points * 3 + isa.widestRow * isa.lanes)
  }

  /// A thread's own part of the workspace.
  private struct Local {
    let pointers: UnsafeMutablePointer<Broadcasts>
    /// Pointers to the tiles' points.
    let rows: UnsafeMutablePointer<Broadcasts>
    let products: UnsafeMutablePointer<Float>
    let tileScratch: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
  }

  private func local(_ arguments: RunArguments, part: Int) -> Local {
    let start = arguments.workspace + plan.threads * transformedBytes + part * bytesPerThread
    let pointers = start.assumingMemoryBound(to: Broadcasts.self)
    let products = (start + ((8 * (3 * plan.points + plan.tilesPerBlock) + 63) & ~63))
      .assumingMemoryBound(to: Float.self)
    return Local(
      pointers: pointers, rows: pointers + 3 * plan.points, products: products, tileScratch: products + productCount,
      scratch: products + productCount + TileBlock.scratchCount)
  }

  func run(_ arguments: RunArguments) {
    let transformed = arguments.workspace.assumingMemoryBound(to: Float.self)
    if plan.blockCount >= plan.threads {
      // Every thread has blocks of tiles of its own.
      ThreadPool.shared.run(parts: plan.threads) { part in
        let local = local(arguments, part: part)
        let transformed = transformed + part * transformedBytes / 4
        for block in plan.blocks(part: part) {
          let tiles = plan.tiles(block: block)
          transformInput(arguments, tiles: tiles, 0..<tiles.count, transformed, local)
          multiply(arguments, tiles: tiles, panels: 0..<blocks.count, transformed, local, stages: nil)
        }
      }
      return
    }
    // Few tiles: the threads transform them together and then share the output channels.
    for block in 0..<plan.blockCount {
      let tiles = plan.tiles(block: block)
      ThreadPool.shared.run(parts: plan.threads) { part in
        let share = tiles.count * part / plan.threads..<tiles.count * (part + 1) / plan.threads
        transformInput(arguments, tiles: tiles, share, transformed, local(arguments, part: part))
      }
      ThreadPool.shared.run(parts: plan.threads) { part in
        let share = blocks.count * part / plan.threads..<blocks.count * (part + 1) / plan.threads
        multiply(arguments, tiles: tiles, panels: share, transformed, local(arguments, part: part), stages: nil)
      }
    }
  }

  let stages: [KernelStage] = [.transform, .multiply, .inverse]

  func run(_ arguments: RunArguments, stages: StageTimes) {
    stages.restart()
    let transformed = arguments.workspace.assumingMemoryBound(to: Float.self)
    let local = local(arguments, part: 0)
    for block in 0..<plan.blockCount {
      let tiles = plan.tiles(block: block)
      transformInput(arguments, tiles: tiles, 0..<tiles.count, transformed, local)
      stages.end(.transform)
      multiply(arguments, tiles: tiles, panels: 0..<blocks.count, transformed, local, stages: stages)
    }
  }

  /// Transforms some tiles of a block, all channels.
  private func transformInput(
    _ arguments: RunArguments, tiles: Range<Int>, _ share: Range<Int>, _ transformed: UnsafeMutablePointer<Float>,
    _ local: Local
  ) {
    for index in share {
      transformInput(
        arguments.input.assumingMemoryBound(to: Float.self), tile: tiles.lowerBound + index, local.pointers,
        into: transformed + index * channels, stride: plan.tilesPerBlock * channels, scratch: local.scratch)
    }
  }

  /// Computes some blocks of output channels of a block of tiles: the products of every point, then the outputs.
  ///
  /// - Parameter stages: asked once a stage of a block: nothing beside the work of one.
  private func multiply(
    _ arguments: RunArguments, tiles: Range<Int>, panels: Range<Int>, _ transformed: UnsafeMutablePointer<Float>,
    _ local: Local, stages: StageTimes?
  ) {
    if finishesBlocks {
      for panel in panels {
        let block = blocks[panel]
        for point in 0..<plan.points { multiply(block, point, tiles.count, transformed, local.products, local) }
        stages?.end(.multiply)
        finish(arguments, block, tiles: tiles, local.products, local)
        stages?.end(.inverse)
      }
    } else {
      for point in 0..<plan.points {
        for panel in panels {
          let block = blocks[panel]
          multiply(block, point, tiles.count, transformed, local.products + block.first, local)
        }
      }
      stages?.end(.multiply)
      for panel in panels {
        let block = blocks[panel]
        finish(arguments, block, tiles: tiles, local.products + block.first, local)
      }
      stages?.end(.inverse)
    }
  }

  /// Computes the products of one point for one block of output channels.
  private func multiply(
    _ block: ColumnBlocks.Block, _ point: Int, _ tiles: Int, _ transformed: UnsafePointer<Float>,
    _ products: UnsafeMutablePointer<Float>, _ local: Local
  ) {
    let width = block.vectors * isa.lanes
    for index in 0..<tiles {
      (local.rows + index).initialize(to: transformed + (point * plan.tilesPerBlock + index) * channels)
    }
    TileBlock(
      pointers: local.rows, pointerStride: 0, pixels: tiles, taps: 1, firstChannel: 0,
      channels: plan.problem.inputChannels, weights: weights.elements.baseAddress! + panelOffset(block, point),
      weightsStride: width, nextWeights: width * plan.problem.inputChannels, vectors: block.vectors, columns: width,
      target: products + point * plan.tilesPerBlock * productColumns, targetStride: productColumns,
      accumulates: false, finishes: false, low: 0, high: 0, scratch: local.tileScratch
    ).run(isa)
  }

  /// Transforms the products of one block of output channels to outputs.
  private func finish(
    _ arguments: RunArguments, _ block: ColumnBlocks.Block, tiles: Range<Int>, _ products: UnsafePointer<Float>,
    _ local: Local
  ) {
    for (index, tile) in tiles.enumerated() {
      transformOutput(
        arguments, tile: tile, block, local.pointers, products + index * productColumns,
        stride: plan.tilesPerBlock * productColumns, scratch: local.scratch)
    }
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

  /// Transforms one tile's products to outputs, one block of channels.
  private func transformOutput(
    _ arguments: RunArguments, tile: Int, _ block: ColumnBlocks.Block, _ pointers: UnsafeMutablePointer<Broadcasts>,
    _ products: UnsafePointer<Float>, stride: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    let problem = plan.problem
    let (image, firstRow, firstColumn) = plan.origin(tile: tile)
    let first = image * problem.outputImageCount + block.first
    let output = arguments.output.assumingMemoryBound(to: Float.self) + first
    let residual = arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + first }
    let outside = scratch + 16 * plan.points * 3
    let count = plan.outputs * plan.outputs
    let targets = UnsafeMutableRawPointer(pointers + plan.points)
      .assumingMemoryBound(to: UnsafeMutablePointer<Float>.self)
    let residuals = pointers + 2 * plan.points
    func isInside(_ index: Int) -> Bool {
      firstRow + index / plan.outputs < problem.outputHeight && firstColumn + index % plan.outputs < problem.outputWidth
    }
    func offset(_ index: Int) -> Int {
      ((firstRow + index / plan.outputs) * problem.outputWidth + firstColumn + index % plan.outputs)
        * problem.outputChannels
    }
    for index in 0..<count {
      (targets + index).initialize(to: isInside(index) ? output + offset(index) : outside)
      if let residual {
        (residuals + index).initialize(to: isInside(index) ? residual + offset(index) : UnsafePointer(outside))
      }
    }
    let full = block.columns / isa.lanes * isa.lanes
    let bias = self.bias.map { UnsafePointer($0.elements.baseAddress!) + block.first }
    var transform = WinogradOutputBlock(
      source: products, sourceStride: stride, count: full, bias: bias,
      residuals: residual == nil ? nil : UnsafePointer(residuals), targets: targets, low: plan.activation.lowerBound,
      high: plan.activation.upperBound, scratch: scratch)
    if full > 0 { transform.run(isa, outputs: plan.outputs) }
    if full < block.columns {
      // The last channels go through staging, so that nothing beyond a pixel is touched.
      let staging = scratch + 16 * plan.points
      let stagedResiduals = staging + 16 * plan.points
      for index in 0..<count {
        targets[index] = staging + 16 * index
        guard residual != nil else { continue }
        let place = stagedResiduals + 16 * index
        for lane in 0..<isa.lanes {
          place[lane] = isInside(index) && full + lane < block.columns ? residuals[index][full + lane] : 0
        }
        residuals[index] = UnsafePointer(place)
      }
      transform.source = products + full
      transform.count = isa.lanes
      transform.bias = bias.map { $0 + full }
      transform.run(isa, outputs: plan.outputs)
      for index in 0..<count where isInside(index) {
        for lane in 0..<block.columns - full { output[offset(index) + full + lane] = staging[16 * index + lane] }
      }
    }
  }
}
