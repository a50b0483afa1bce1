import ConvolutionModel
import RegisterTiles
import Threading

/// Winograd: vectors of channels are transformed, and each point is a product of tiles × channels with channels × output
/// channels.
///
/// A block of tiles is transformed into the second-level cache. Then one panel of output channels after the other is
/// multiplied, point by point, and transformed back while its products are still there. So each transformed weight is read
/// once a block, in the order in which it lies in memory. Tiles of NCHW tensors are turned to pixels of channels before they
/// are transformed, and back afterwards.
final class PreparedWinograd: PreparedKernel {
  let plan: WinogradPlan
  let layout: TensorLayout
  let isa: InstructionSet
  private let blocks: ColumnBlocks
  /// `[panel][point][channels][columns of the panel]`.
  private let weights: AlignedBuffer<Float>
  /// Input channels as they're summed: with zeros for weights where they aren't whole steps.
  private let channels: Int
  /// Vectors of input channels.
  let slabs: Int
  /// Channels that are summed at once: whole slabs, as many as leave their weights in the first-level cache while all tiles
  /// of a block use them.
  private let chunk: Int

  init(_ plan: WinogradPlan, layout: TensorLayout, isa: InstructionSet, parameters: ConvolutionParameters) {
    let problem = plan.problem
    self.plan = plan
    self.layout = layout
    self.isa = isa
    let blocks = ColumnBlocks(columns: problem.outputChannels, isa: isa)
    self.blocks = blocks
    slabs = (problem.inputChannels + isa.lanes - 1) / isa.lanes
    let most = (32 << 10) / (4 * isa.widestRow * isa.lanes * isa.lanes)
    let chunks = (slabs + most - 1) / most
    chunk = (slabs + chunks - 1) / chunks * isa.lanes
    let step = SlabBlock.channelStep
    let channels = (problem.inputChannels + step - 1) / step * step
    self.channels = channels
    weights = parameters.packed.buffer(plan.variant.points * channels * blocks.paddedColumns) { target in
      // Zeros only where there are gaps: writing them everywhere takes as long as transforming.
      let isDense = channels == problem.inputChannels && blocks.paddedColumns == problem.outputChannels
      if !isDense { target.initialize(repeating: 0) }
      let filters = parameters.weights.baseAddress!
      for block in blocks {
        let width = block.vectors * isa.lanes
        let panel = target.baseAddress! + block.first * plan.variant.points * channels
        for channel in 0..<problem.inputChannels {
          plan.variant.transformFilters(
            (block.first..<block.first + block.columns).lazy.map {
              filters + ($0 * problem.inputChannels + channel) * 9
            }, into: panel + channel * width, pointStride: channels * width)
        }
      }
    }
  }

  var packedWeightsBytes: Int { 4 * (weights.count + plan.bias.count) }
  var workspaceBytes: Int { plan.threads * (4 * transformedCount + bytesPerThread) }

  /// Floats from one point of the transformed tiles, `[slab][point][tile][lane]`, to the next: an odd number of cache lines,
  /// so that the points of a tile don't fall into the same few sets of the first-level cache. Points lie close together,
  /// since a transform writes to all of them in turn, and few pages can be written to without waiting for translations.
  var transformedStride: Int { oddLines(plan.tilesPerBlock * isa.lanes) }
  var slabStride: Int { plan.variant.points * transformedStride }
  private var transformedCount: Int { slabs * slabStride }
  /// Floats from one point of the products to the next, `[tile][column]`.
  var productStride: Int { oddLines(plan.tilesPerBlock * isa.widestRow * isa.lanes) }
  private func oddLines(_ floats: Int) -> Int { ((floats + 15) / 16 | 1) * 16 }

  /// What a thread has of its own: products, scratch of the transforms, and staging for a last partial vector, its residual
  /// too, or for a band.
  private var bytesPerThread: Int {
    let staging = layout == .nhwc ? 2 * 16 * plan.variant.points : bandCount
    return 4 * (plan.variant.points * productStride + WinogradInputBlock.scratchCount + staging)
  }

  /// A thread's own part of the workspace.
  struct Local {
    let products: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
    let staging: UnsafeMutablePointer<Float>
  }

  private func local(_ arguments: RunArguments, part: Int) -> Local {
    let start = arguments.workspace + 4 * plan.threads * transformedCount + part * bytesPerThread
    let products = start.assumingMemoryBound(to: Float.self)
    let scratch = products + plan.variant.points * productStride
    return Local(products: products, scratch: scratch, staging: scratch + WinogradInputBlock.scratchCount)
  }

  func run(_ arguments: RunArguments) {
    let transformed = arguments.workspace.assumingMemoryBound(to: Float.self)
    // Every thread has blocks of tiles of its own. Few tiles are all transformed by each, for output channels of its own:
    // that takes less than passing what others transformed from core to core.
    let sharesTiles = plan.blockCount >= plan.threads
    ThreadPool.shared.run(parts: plan.threads) { part in
      let local = local(arguments, part: part)
      let transformed = transformed + part * transformedCount
      let panels = blocks.count * part / plan.threads..<blocks.count * (part + 1) / plan.threads
      if !sharesTiles && panels.isEmpty { return }
      for block in sharesTiles ? plan.blocks(part: part) : 0..<plan.blockCount {
        let tiles = plan.tiles(block: block)
        transformInput(arguments, tiles: tiles, transformed, local)
        multiply(
          arguments, tiles: tiles, panels: sharesTiles ? 0..<blocks.count : panels, transformed, local, stages: nil)
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
      transformInput(arguments, tiles: tiles, transformed, local)
      stages.end(.transform)
      multiply(arguments, tiles: tiles, panels: 0..<blocks.count, transformed, local, stages: stages)
    }
  }

  /// Transforms the tiles of a block, all channels.
  private func transformInput(
    _ arguments: RunArguments, tiles: Range<Int>, _ transformed: UnsafeMutablePointer<Float>, _ local: Local
  ) {
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    if layout == .nchw { return transformBands(arguments, tiles: tiles, transformed, local) }
    var index = 0
    while index < tiles.count {
      index += transformInput(
        input, tiles: tiles.lowerBound + index..<tiles.upperBound, into: transformed + index * isa.lanes, local)
    }
  }

  /// Computes some panels of output channels of a block of tiles: the products of every point, then the outputs.
  ///
  /// - Parameter stages: asked once a stage of a panel: little beside the work of one.
  private func multiply(
    _ arguments: RunArguments, tiles: Range<Int>, panels: Range<Int>, _ transformed: UnsafePointer<Float>,
    _ local: Local, stages: StageTimes?
  ) {
    for panel in panels {
      let block = blocks[panel]
      let width = block.vectors * isa.lanes
      var weights = UnsafePointer(self.weights.elements.baseAddress!) + block.first * plan.variant.points * channels
      for point in 0..<plan.variant.points {
        for first in stride(from: 0, to: channels, by: chunk) {
          let count = min(chunk, channels - first)
          SlabBlock(
            values: transformed + point * transformedStride + first / isa.lanes * slabStride,
            slabStride: slabStride, rows: tiles.count, channels: count, weights: weights,
            vectors: block.vectors, target: local.products + point * productStride, accumulates: first > 0,
            next: weights + count * width
          ).run(isa)
          weights += count * width
        }
      }
      stages?.end(.multiply)
      if layout == .nchw {
        transformBands(arguments, tiles: tiles, block, local)
      } else {
        var index = 0
        while index < tiles.count {
          index += transformOutput(
            arguments, tiles: tiles.lowerBound + index..<tiles.upperBound, block, local.products + index * width, local)
        }
      }
      stages?.end(.inverse)
    }
  }

  /// The forward transform of the first of some tiles, and of those beside it that lie inside the image with it.
  ///
  /// - Parameters:
  ///   - pixels: where the image's row 0, column 0 is or would be, with the first of `vectors` of channels.
  ///   - target: the first vector of the first tile's first point.
  func inputBlock(
    _ pixels: UnsafePointer<Float>, rowStride: Int, pixelStride: Int, vectors: Int, tiles: Range<Int>,
    into target: UnsafeMutablePointer<Float>, _ local: Local
  ) -> WinogradInputBlock {
    let problem = plan.problem
    let (outputs, size) = (plan.variant.outputs, plan.variant.size)
    let (_, firstRow, firstColumn) = plan.origin(tile: tiles.lowerBound)
    let (row, column) = (firstRow - problem.padding.top, firstColumn - problem.padding.left)
    let rows = WinogradPlan.inside(row, size, problem.inputHeight)
    let columns = WinogradPlan.inside(column, size, problem.inputWidth)
    let isWhole = rows.count == size && columns.count == size
    let most = min(tiles.count, plan.tilesToTheRight(tiles.lowerBound))
    return WinogradInputBlock(
      source: pixels + row * rowStride + column * pixelStride, rowStride: rowStride, pixelStride: pixelStride,
      rows: rows, columns: columns, tiles: isWhole ? min(most, (problem.inputWidth - size - column) / outputs + 1) : 1,
      vectors: vectors, target: target, pointStride: transformedStride, vectorStride: slabStride,
      scratch: local.scratch, coefficients: plan.variant.inputCoefficients.elements.baseAddress!)
  }

  /// Transforms the first of some tiles of the input, all channels, and those beside it that lie inside the image with it.
  ///
  /// - Returns: how many tiles that are.
  private func transformInput(
    _ input: UnsafePointer<Float>, tiles: Range<Int>, into target: UnsafeMutablePointer<Float>, _ local: Local
  ) -> Int {
    let problem = plan.problem
    let (outputs, size) = (plan.variant.outputs, plan.variant.size)
    let (image, _, _) = plan.origin(tile: tiles.lowerBound)
    let (pixelStride, rowStride) = (problem.inputChannels, problem.inputWidth * problem.inputChannels)
    let full = problem.inputChannels / isa.lanes
    var block = inputBlock(
      input + image * problem.inputImageCount, rowStride: rowStride, pixelStride: pixelStride, vectors: full,
      tiles: tiles, into: target, local)
    let count = block.tiles
    if full > 0 { block.run(isa, outputs: outputs) }
    if full < slabs {
      // The last channels are copied, so that nothing beyond a pixel is read.
      let first = full * isa.lanes
      (block.tiles, block.vectors) = (1, 1)
      block.target = target + full * slabStride
      for _ in 0..<count {
        for i in block.rows {
          for j in block.columns {
            let place = local.staging + (i * size + j) * isa.lanes
            let pixel = block.source + i * rowStride + j * pixelStride
            for lane in 0..<isa.lanes { place[lane] = first + lane < pixelStride ? pixel[first + lane] : 0 }
          }
        }
        var last = block
        last.source = UnsafePointer(local.staging)
        last.rowStride = size * isa.lanes
        last.pixelStride = isa.lanes
        last.run(isa, outputs: outputs)
        block.source += outputs * pixelStride
        block.target += isa.lanes
      }
    }
    return count
  }

  /// The inverse transform of the first of some tiles, one panel of channels, and of the whole tiles beside it.
  ///
  /// - Parameters:
  ///   - products: the first tile's first product.
  ///   - outputs: where the image's row 0, column 0 is or would be, with the first of `vectors` of channels; of the
  ///     residual too, if there is one.
  func outputBlock(
    _ products: UnsafePointer<Float>, _ panel: ColumnBlocks.Block, vectors: Int, tiles: Range<Int>,
    to outputs: UnsafeMutablePointer<Float>, residual: UnsafePointer<Float>?, rowStride: Int, pixelStride: Int,
    clamps: Bool, _ local: Local
  ) -> WinogradOutputBlock {
    let problem = plan.problem
    let size = plan.variant.outputs
    let (_, row, column) = plan.origin(tile: tiles.lowerBound)
    let (rows, columns) = (min(size, problem.outputHeight - row), min(size, problem.outputWidth - column))
    let isWhole = rows == size && columns == size
    let offset = row * rowStride + column * pixelStride
    return WinogradOutputBlock(
      source: products, pointStride: productStride, tileStride: panel.vectors * isa.lanes,
      tiles: isWhole ? min(tiles.count, (problem.outputWidth - column) / size) : 1, vectors: vectors,
      bias: UnsafePointer(plan.bias.elements.baseAddress!) + panel.first, residual: residual.map { $0 + offset },
      target: outputs + offset, rowStride: rowStride, pixelStride: pixelStride, rows: rows, columns: columns,
      clamps: clamps && plan.activation != .identity, low: plan.activation.lowerBound, high: plan.activation.upperBound,
      scratch: local.scratch, coefficients: plan.variant.outputCoefficients.elements.baseAddress!)
  }

  /// Transforms the first of some tiles' products to outputs, one panel of channels, and those of the whole tiles beside it.
  ///
  /// - Returns: how many tiles that are.
  private func transformOutput(
    _ arguments: RunArguments, tiles: Range<Int>, _ panel: ColumnBlocks.Block, _ products: UnsafePointer<Float>,
    _ local: Local
  ) -> Int {
    let problem = plan.problem
    let outputs = plan.variant.outputs
    let (image, _, _) = plan.origin(tile: tiles.lowerBound)
    let pixelStride = problem.outputChannels
    let first = image * problem.outputImageCount + panel.first
    let full = panel.columns / isa.lanes
    var block = outputBlock(
      products, panel, vectors: full, tiles: tiles,
      to: arguments.output.assumingMemoryBound(to: Float.self) + first,
      residual: arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + first },
      rowStride: problem.outputWidth * pixelStride, pixelStride: pixelStride, clamps: true, local)
    let count = block.tiles
    if full > 0 { block.run(isa, outputs: outputs) }
    if full < panel.vectors {
      let lanes = full * isa.lanes..<panel.columns
      (block.tiles, block.vectors) = (1, 1)
      block.bias += lanes.lowerBound
      block.source += lanes.lowerBound
      block.target += lanes.lowerBound
      block.residual = block.residual.map { $0 + lanes.lowerBound }
      for _ in 0..<count {
        transformLastOutputs(block, lanes: lanes.count, local)
        block.source += block.tileStride
        block.target += outputs * pixelStride
        block.residual = block.residual.map { $0 + outputs * pixelStride }
      }
    }
    return count
  }

  /// Transforms the last channels of one tile, which don't fill a vector, by staging, so that nothing beyond a pixel is
  /// touched.
  private func transformLastOutputs(_ block: WinogradOutputBlock, lanes: Int, _ local: Local) {
    let outputs = plan.variant.outputs
    let residuals = local.staging + isa.lanes * plan.variant.points
    var staged = block
    staged.target = local.staging
    staged.rowStride = outputs * isa.lanes
    staged.pixelStride = isa.lanes
    staged.residual = block.residual == nil ? nil : UnsafePointer(residuals)
    for i in 0..<block.rows {
      for j in 0..<block.columns {
        guard let residual = block.residual else { continue }
        let source = residual + i * block.rowStride + j * block.pixelStride
        let place = residuals + i * staged.rowStride + j * isa.lanes
        for lane in 0..<isa.lanes { place[lane] = lane < lanes ? source[lane] : 0 }
      }
    }
    staged.run(isa, outputs: outputs)
    for i in 0..<block.rows {
      for j in 0..<block.columns {
        (block.target + i * block.rowStride + j * block.pixelStride).update(
          from: staged.target + i * staged.rowStride + j * isa.lanes, count: lanes)
      }
    }
  }
}
