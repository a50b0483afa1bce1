import ConvolutionModel
import RegisterTiles
import Threading

/// Winograd on NCHW: vectors of tiles are transformed, channel by channel, and each point is a product of output channels ×
/// channels with channels × tiles.
final class PreparedWinogradNCHW: PreparedKernel {
  private let plan: WinogradPlan
  private let isa: InstructionSet
  /// Pointers to the rows of the transformed weights, `[point][K]`.
  private let threads: Int
  private let weightRows: AlignedBuffer<Broadcasts>
  /// `[point][K][C]`.
  private let weights: AlignedBuffer<Float>

  init(_ plan: WinogradPlan, isa: InstructionSet, parameters: ConvolutionParameters) {
    self.plan = plan
    self.isa = isa
    threads = min(plan.threads, plan.blockCount)
    let filterCount = plan.problem.outputChannels * plan.problem.inputChannels
    let weights: AlignedBuffer<Float> = parameters.packed.buffer(plan.variant.points * filterCount) { target in
      let filters = parameters.weights.baseAddress!
      plan.variant.transformFilters(
        (0..<filterCount).lazy.map { filters + 9 * $0 }, into: target.baseAddress!, pointStride: filterCount)
    }
    self.weights = weights
    weightRows = AlignedBuffer(
      (0..<plan.variant.points * plan.problem.outputChannels).map {
        UnsafePointer(weights.elements.baseAddress!) + $0 * plan.problem.inputChannels
      })
  }

  /// Tiles of a block, padded to full vectors.
  private var paddedTiles: Int { (plan.tilesPerBlock + isa.lanes - 1) / isa.lanes * isa.lanes }
  private var transformedCount: Int { plan.variant.points * plan.problem.inputChannels * paddedTiles }
  private var productCount: Int { plan.variant.points * plan.problem.outputChannels * paddedTiles }
  /// A thread's part of the workspace: pointers, points, products, scratch of tiles and transforms, staging.
  private var bytesPerThread: Int {
    (8 * 3 * plan.variant.points + 4
      * (transformedCount + productCount + TileBlock.scratchCount + 16 * plan.variant.points * 3) + 63)
      & ~63
  }
  var workspaceBytes: Int { threads * bytesPerThread }
  var packedWeightsBytes: Int { 4 * weights.count + 8 * weightRows.count + 4 * plan.bias.count }

  func run(_ arguments: RunArguments) {
    ThreadPool.shared.run(parts: threads) { part in
      let workspace = arguments.workspace + part * bytesPerThread
      for block in plan.blockCount * part / threads..<plan.blockCount * (part + 1) / threads {
        run(arguments, tiles: plan.tiles(block: block), workspace, stages: nil)
      }
    }
  }

  let stages: [KernelStage] = [.transform, .multiply, .inverse]

  func run(_ arguments: RunArguments, stages: StageTimes) {
    stages.restart()
    for block in 0..<plan.blockCount {
      run(arguments, tiles: plan.tiles(block: block), arguments.workspace, stages: stages)
    }
  }

  /// - Parameter stages: asked once a stage of a block: nothing beside the work of one.
  private func run(
    _ arguments: RunArguments, tiles: Range<Int>, _ workspace: UnsafeMutableRawPointer, stages: StageTimes?
  ) {
    let problem = plan.problem
    let pointers = workspace.assumingMemoryBound(to: Broadcasts.self)
    let transformed = (workspace + 8 * 3 * plan.variant.points).assumingMemoryBound(to: Float.self)
    let products = transformed + transformedCount
    let scratch = products + productCount
    let staging = scratch + TileBlock.scratchCount
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    var first = tiles.lowerBound
    while first < tiles.upperBound {
      let count = min(isa.lanes, tiles.upperBound - first)
      for channel in 0..<problem.inputChannels {
        gather(input, channel: channel, tiles: first..<first + count, pointers, staging)
        WinogradInputBlock(
          rows: pointers, pixelStride: 16, columns: 0..<plan.variant.size, vectors: 1,
          target: transformed + channel * paddedTiles + first - tiles.lowerBound,
          pointStride: problem.inputChannels * paddedTiles, vectorStride: 0,
          scratch: staging + 16 * plan.variant.points,
          coefficients: plan.variant.inputCoefficients.elements.baseAddress!
        ).run(isa, outputs: plan.variant.outputs)
      }
      first += isa.lanes
    }
    stages?.end(.transform)
    let blocks = ColumnBlocks(columns: tiles.count, isa: isa)
    for point in 0..<plan.variant.points {
      for block in blocks {
        let width = block.vectors * isa.lanes
        TileBlock(
          pointers: UnsafePointer(weightRows.elements.baseAddress!) + point * problem.outputChannels, pointerStride: 0,
          pixels: problem.outputChannels, taps: 1, firstChannel: 0, channels: problem.inputChannels,
          weights: transformed + point * problem.inputChannels * paddedTiles + block.first,
          weightsStride: paddedTiles, vectors: block.vectors, columns: width,
          target: products + point * problem.outputChannels * paddedTiles + block.first, targetStride: paddedTiles,
          accumulates: false, finishes: false, low: 0, high: 0, scratch: scratch
        ).run(isa)
      }
    }
    stages?.end(.multiply)
    first = tiles.lowerBound
    while first < tiles.upperBound {
      let count = min(isa.lanes, tiles.upperBound - first)
      for channel in 0..<problem.outputChannels {
        scatter(
          arguments, channel: channel, tiles: first..<first + count,
          products + channel * paddedTiles + first - tiles.lowerBound, pointers, staging)
      }
      first += isa.lanes
    }
    stages?.end(.inverse)
  }

  /// Lays out the points of some tiles of one channel, a tile a lane.
  private func gather(
    _ input: UnsafePointer<Float>, channel: Int, tiles: Range<Int>, _ pointers: UnsafeMutablePointer<Broadcasts>,
    _ staging: UnsafeMutablePointer<Float>
  ) {
    let problem = plan.problem
    let planeSize = problem.inputHeight * problem.inputWidth
    for i in 0..<plan.variant.size {
      (pointers + i).initialize(to: UnsafePointer(staging) + 16 * plan.variant.size * i)
    }
    for (lane, tile) in tiles.enumerated() {
      let (image, firstRow, firstColumn) = plan.origin(tile: tile)
      let row = firstRow - problem.padding.top
      let column = firstColumn - problem.padding.left
      let plane = input + (image * problem.inputChannels + channel) * planeSize
      var place = staging + lane
      if row >= 0 && column >= 0 && row + plan.variant.size <= problem.inputHeight
        && column + plan.variant.size <= problem.inputWidth
      {
        var source = plane + row * problem.inputWidth + column
        for _ in 0..<plan.variant.size {
          for j in 0..<plan.variant.size {
            place.pointee = source[j]
            place += 16
          }
          source += problem.inputWidth
        }
      } else {
        for i in row..<row + plan.variant.size {
          for j in column..<column + plan.variant.size {
            let isInside = i >= 0 && i < problem.inputHeight && j >= 0 && j < problem.inputWidth
            place.pointee = isInside ? plane[i * problem.inputWidth + j] : 0
            place += 16
          }
        }
      }
    }
    // Lanes without a tile: any number will do, but not what the workspace happens to hold.
    for lane in tiles.count..<max(tiles.count, isa.lanes) {
      for point in 0..<plan.variant.points { staging[16 * point + lane] = 0 }
    }
  }

  /// Transforms the products of some tiles of one output channel, a tile a lane, and writes what lies inside the image.
  private func scatter(
    _ arguments: RunArguments, channel: Int, tiles: Range<Int>, _ products: UnsafePointer<Float>,
    _ pointers: UnsafeMutablePointer<Broadcasts>, _ staging: UnsafeMutablePointer<Float>
  ) {
    let problem = plan.problem
    let targets = UnsafeMutableRawPointer(pointers + plan.variant.points)
      .assumingMemoryBound(to: UnsafeMutablePointer<Float>.self)
    let outputs = plan.variant.outputs
    for i in 0..<outputs { (targets + i).initialize(to: staging + 16 * outputs * i) }
    let bias = plan.bias[channel]
    let biasLanes = staging + 32 * plan.variant.points
    for lane in 0..<isa.lanes { biasLanes[lane] = bias }
    WinogradOutputBlock(
      source: products, pointStride: problem.outputChannels * paddedTiles, vectors: 1, bias: biasLanes,
      residuals: nil, targets: targets, pixelStride: 16, rows: outputs, columns: outputs, clamps: false, low: 0,
      high: 0, scratch: staging + 16 * plan.variant.points,
      coefficients: plan.variant.outputCoefficients.elements.baseAddress!
    ).run(isa, outputs: outputs)
    let low = plan.activation.lowerBound
    let high = plan.activation.upperBound
    let output = arguments.output.assumingMemoryBound(to: Float.self)
    let residual = arguments.residual?.assumingMemoryBound(to: Float.self)
    for (lane, tile) in tiles.enumerated() {
      let (image, firstRow, firstColumn) = plan.origin(tile: tile)
      let plane = (image * problem.outputChannels + channel) * problem.outputPixels
      for i in 0..<min(plan.variant.outputs, problem.outputHeight - firstRow) {
        let offset = plane + (firstRow + i) * problem.outputWidth + firstColumn
        for j in 0..<min(plan.variant.outputs, problem.outputWidth - firstColumn) {
          var value = staging[16 * (i * plan.variant.outputs + j) + lane]
          if let residual { value += residual[offset + j] }
          value = value < low ? low : value
          output[offset + j] = value > high ? high : value
        }
      }
    }
  }
}
