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
  /// A row of a tile that lies outside the image.
  let zeros: AlignedBuffer<Float>
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
    let pixelFloats = layout == .nhwc ? problem.inputChannels : Self.bandVectors * isa.lanes
    zeros = AlignedBuffer(count: plan.variant.size * pixelFloats, repeating: 0)
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

  var packedWeightsBytes: Int { 4 * (weights.count + plan.bias.count + zeros.count) }
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

  /// What a thread has of its own: pointers, products, scratch of the transforms, and staging for a last partial vector, its
  /// residual too, or a band.
  private var bytesPerThread: Int {
    let staging = layout == .nhwc ? 2 * 16 * plan.variant.points : bandCount
    return 8 * 8 * 3 + 4
      * (plan.variant.points * productStride + WinogradInputBlock.scratchCount(points: plan.variant.points) + staging)
  }

  /// A thread's own part of the workspace.
  struct Local {
    let rows: UnsafeMutablePointer<Broadcasts>
    let targets: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
    let products: UnsafeMutablePointer<Float>
    let scratch: UnsafeMutablePointer<Float>
    let staging: UnsafeMutablePointer<Float>
  }

  private func local(_ arguments: RunArguments, part: Int) -> Local {
    let start = arguments.workspace + 4 * plan.threads * transformedCount + part * bytesPerThread
    let products = (start + 8 * 8 * 3).assumingMemoryBound(to: Float.self)
    let scratch = products + plan.variant.points * productStride
    return Local(
      rows: start.assumingMemoryBound(to: Broadcasts.self),
      targets: (start + 8 * 8 * 2).assumingMemoryBound(to: UnsafeMutablePointer<Float>.self),
      products: products, scratch: scratch,
      staging: scratch + WinogradInputBlock.scratchCount(points: plan.variant.points))
  }

  func run(_ arguments: RunArguments) {
    let transformed = arguments.workspace.assumingMemoryBound(to: Float.self)
    if plan.blockCount >= plan.threads {
      // Every thread has blocks of tiles of its own.
      ThreadPool.shared.run(parts: plan.threads) { part in
        let local = local(arguments, part: part)
        let transformed = transformed + part * transformedCount
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
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    if layout == .nchw { return transformBands(arguments, tiles: tiles, share, transformed, local) }
    for index in share {
      transformInput(input, tile: tiles.lowerBound + index, into: transformed + index * isa.lanes, local)
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
        for (index, tile) in tiles.enumerated() {
          transformOutput(arguments, tile: tile, block, local.products + index * width, local)
        }
      }
      stages?.end(.inverse)
    }
  }

  /// Transforms one tile of the input, all channels.
  private func transformInput(
    _ input: UnsafePointer<Float>, tile: Int, into target: UnsafeMutablePointer<Float>, _ local: Local
  ) {
    let problem = plan.problem
    let size = plan.variant.size
    let pixels = input + tile / (plan.tileRows * plan.tileColumns) * problem.inputImageCount
    let columns = setRows(
      local, tile: tile, pixels, rowStride: problem.inputWidth * problem.inputChannels,
      pixelStride: problem.inputChannels)
    let full = problem.inputChannels / isa.lanes
    var block = WinogradInputBlock(
      rows: local.rows, pixelStride: problem.inputChannels, columns: columns, vectors: full, target: target,
      pointStride: transformedStride, vectorStride: slabStride, scratch: local.scratch,
      coefficients: plan.variant.inputCoefficients.elements.baseAddress!)
    if full > 0 { block.run(isa, outputs: plan.variant.outputs) }
    if full < slabs {
      // The last channels are copied, so that nothing beyond a pixel is read.
      let first = full * isa.lanes
      for i in 0..<size {
        for j in columns {
          let place = local.staging + (i * size + j) * isa.lanes
          let source = local.rows[i] + j * problem.inputChannels + first
          for lane in 0..<isa.lanes { place[lane] = first + lane < problem.inputChannels ? source[lane] : 0 }
        }
        local.rows[i] = UnsafePointer(local.staging + i * size * isa.lanes)
      }
      block.pixelStride = isa.lanes
      block.vectors = 1
      block.target = target + full * block.vectorStride
      block.run(isa, outputs: plan.variant.outputs)
    }
  }

  /// Points at the rows of a tile; returns the columns that lie inside the image.
  ///
  /// - Parameter pixels: where row 0, column 0 is or would be.
  func setRows(
    _ local: Local, tile: Int, _ pixels: UnsafePointer<Float>, rowStride: Int, pixelStride: Int
  ) -> Range<Int> {
    let problem = plan.problem
    let size = plan.variant.size
    let (_, firstRow, firstColumn) = plan.origin(tile: tile)
    let (row, column) = (firstRow - problem.padding.top, firstColumn - problem.padding.left)
    for i in 0..<size {
      (local.rows + i).initialize(
        to: row + i >= 0 && row + i < problem.inputHeight
          ? pixels + (row + i) * rowStride + column * pixelStride : UnsafePointer(zeros.elements.baseAddress!))
    }
    let firstInside = min(max(0, -column), size)
    return firstInside..<max(firstInside, min(size, problem.inputWidth - column))
  }

  /// Transforms one tile's products to outputs, one panel of channels.
  private func transformOutput(
    _ arguments: RunArguments, tile: Int, _ panel: ColumnBlocks.Block, _ products: UnsafePointer<Float>, _ local: Local
  ) {
    let problem = plan.problem
    let outputs = plan.variant.outputs
    let (image, firstRow, firstColumn) = plan.origin(tile: tile)
    let first =
      image * problem.outputImageCount + (firstRow * problem.outputWidth + firstColumn) * problem.outputChannels
      + panel.first
    let rowStride = problem.outputWidth * problem.outputChannels
    let output = arguments.output.assumingMemoryBound(to: Float.self) + first
    let residual = arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + first }
    let rows = min(outputs, problem.outputHeight - firstRow)
    for i in 0..<rows {
      (local.targets + i).initialize(to: output + i * rowStride)
      if let residual { (local.rows + i).initialize(to: residual + i * rowStride) }
    }
    let full = panel.columns / isa.lanes
    var block = WinogradOutputBlock(
      source: products, pointStride: productStride, vectors: full,
      bias: UnsafePointer(plan.bias.elements.baseAddress!) + panel.first,
      residuals: residual == nil ? nil : UnsafePointer(local.rows), targets: local.targets,
      pixelStride: problem.outputChannels, rows: rows, columns: min(outputs, problem.outputWidth - firstColumn),
      clamps: plan.activation != .identity, low: plan.activation.lowerBound, high: plan.activation.upperBound,
      scratch: local.scratch, coefficients: plan.variant.outputCoefficients.elements.baseAddress!)
    if full > 0 { block.run(isa, outputs: outputs) }
    if full < panel.vectors {
      // The last channels go through staging, so that nothing beyond a pixel is touched.
      let columns = full * isa.lanes..<panel.columns
      let stagedResiduals = local.staging + 16 * plan.variant.points
      let stagedStride = outputs * isa.lanes
      for i in 0..<rows {
        local.targets[i] = local.staging + i * stagedStride
        guard let residual else { continue }
        for j in 0..<block.columns {
          let source = residual + i * rowStride + j * problem.outputChannels
          let place = stagedResiduals + i * stagedStride + j * isa.lanes
          for lane in 0..<isa.lanes { place[lane] = lane < columns.count ? source[columns.lowerBound + lane] : 0 }
        }
        local.rows[i] = UnsafePointer(stagedResiduals + i * stagedStride)
      }
      block.source = products + columns.lowerBound
      block.bias += columns.lowerBound
      block.vectors = 1
      block.pixelStride = isa.lanes
      block.run(isa, outputs: outputs)
      for i in 0..<rows {
        for j in 0..<block.columns {
          let target = output + i * rowStride + j * problem.outputChannels + columns.lowerBound
          let source = local.staging + i * stagedStride + j * isa.lanes
          for lane in columns.indices { target[lane - columns.lowerBound] = source[lane - columns.lowerBound] }
        }
      }
    }
  }
}
