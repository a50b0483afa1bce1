import ConvolutionModel
import RegisterTiles

/// A rectangle of tiles of one image, so small that its pixels stay in cache while they are turned and transformed.
struct WinogradBand {
  /// Input pixels at most.
  static let pixels = 512

  let image: Int
  /// The first tile, counted over all images.
  let firstTile: Int
  let tileRows: Range<Int>
  let tileColumns: Range<Int>

  /// Tiles of a row at most, unless the row is whole.
  static func tilesInRow(_ variant: WinogradVariant) -> Int { (pixels / variant.size - 2) / variant.outputs }

  /// Cuts the next one off some tiles: part of a row of tiles, or several whole rows.
  init(_ plan: WinogradPlan, tiles: Range<Int>) {
    let outputs = plan.variant.outputs
    let tile = tiles.lowerBound
    let column = tile % plan.tileColumns
    let row = tile / plan.tileColumns % plan.tileRows
    let wholeRows = column == 0 ? min(tiles.count / plan.tileColumns, plan.tileRows - row) : 0
    let fittingRows = (Self.pixels / (plan.tileColumns * outputs + 2) - 2) / outputs
    image = tile / (plan.tileColumns * plan.tileRows)
    firstTile = tile
    if min(wholeRows, fittingRows) > 0 {
      tileRows = row..<row + min(wholeRows, fittingRows)
      tileColumns = 0..<plan.tileColumns
    } else {
      // Even parts: turning is quicker where a row has many pixels.
      let left = min(tiles.count, plan.tileColumns - column)
      let most = Self.tilesInRow(plan.variant)
      let parts = (left + most - 1) / most
      tileRows = row..<row + 1
      tileColumns = column..<column + (left + parts - 1) / parts
    }
  }

  var tiles: Range<Int> { firstTile..<firstTile + tileRows.count * tileColumns.count }
}

/// The pixels that a band reads.
private struct WinogradRectangle {
  let image: Int
  let rows: Range<Int>
  let columns: Range<Int>

  init(_ problem: ConvolutionProblem, _ band: WinogradBand, outputs: Int) {
    func inside(_ tiles: Range<Int>, before: Int, size: Int) -> Range<Int> {
      let first = min(size, max(0, tiles.lowerBound * outputs - before))
      return first..<max(first, min(size, tiles.upperBound * outputs + 2 - before))
    }
    image = band.image
    rows = inside(band.tileRows, before: problem.padding.top, size: problem.inputHeight)
    columns = inside(band.tileColumns, before: problem.padding.left, size: problem.inputWidth)
  }
}

/// NCHW tensors: what a band of tiles reads is turned to pixels of channels, and what it computes turned back.
extension PreparedWinograd {
  /// Vectors of channels that are turned at once.
  static let bandVectors = 4
  /// Floats of a band.
  var bandCount: Int { WinogradBand.pixels * Self.bandVectors * isa.lanes }

  /// Transforms the tiles of a block, all channels.
  func transformBands(
    _ arguments: RunArguments, tiles: Range<Int>, _ transformed: UnsafeMutablePointer<Float>, _ local: Local
  ) {
    var first = tiles.lowerBound
    while first < tiles.upperBound {
      let band = WinogradBand(plan, tiles: first..<tiles.upperBound)
      let rectangle = WinogradRectangle(plan.problem, band, outputs: plan.variant.outputs)
      for slab in stride(from: 0, to: slabs, by: Self.bandVectors) {
        transform(
          gather(arguments, rectangle, slab: slab, into: local.staging), band, rectangle, slab: slab,
          into: transformed + (first - tiles.lowerBound) * isa.lanes, local)
      }
      first = band.tiles.upperBound
    }
  }

  /// Some slabs of channels of a rectangle.
  private func gather(
    _ arguments: RunArguments, _ rectangle: WinogradRectangle, slab: Int, into target: UnsafeMutablePointer<Float>
  ) -> PixelGather {
    let problem = plan.problem
    let planeSize = problem.inputHeight * problem.inputWidth
    let first = slab * isa.lanes
    return PixelGather(
      source: arguments.input.assumingMemoryBound(to: Float.self)
        + (rectangle.image * problem.inputChannels + first) * planeSize
        + rectangle.rows.lowerBound * problem.inputWidth + rectangle.columns.lowerBound,
      planeStride: planeSize, planes: min(Self.bandVectors * isa.lanes, problem.inputChannels - first),
      rowStride: problem.inputWidth, rows: rectangle.rows.count, columns: rectangle.columns.count, target: target,
      pixelStride: min(Self.bandVectors, slabs - slab) * isa.lanes)
  }

  /// Transforms some slabs of channels of a band.
  private func transform(
    _ gather: PixelGather, _ band: WinogradBand, _ rectangle: WinogradRectangle, slab: Int,
    into target: UnsafeMutablePointer<Float>, _ local: Local
  ) {
    let width = gather.pixelStride
    let (rows, columns) = (rectangle.rows, rectangle.columns)
    // Lanes beyond the last channel are multiplied by zeros, but they mustn't be what the workspace happens to hold.
    if gather.planes < width { gather.target.update(repeating: 0, count: rows.count * columns.count * width) }
    gather.run(isa)
    let origin = UnsafePointer(gather.target) - (rows.lowerBound * columns.count + columns.lowerBound) * width
    var tile = band.firstTile
    while tile < band.tiles.upperBound {
      let block = inputBlock(
        origin, rowStride: columns.count * width, pixelStride: width, vectors: width / isa.lanes,
        tiles: tile..<band.tiles.upperBound, into: target + slab * slabStride + (tile - band.firstTile) * isa.lanes,
        local)
      block.run(isa, outputs: plan.variant.outputs)
      tile += block.tiles
    }
  }

  /// Transforms the products of a block of tiles to outputs, one panel of channels.
  func transformBands(_ arguments: RunArguments, tiles: Range<Int>, _ panel: ColumnBlocks.Block, _ local: Local) {
    let problem = plan.problem
    let outputs = plan.variant.outputs
    let width = panel.vectors * isa.lanes
    var first = tiles.lowerBound
    while first < tiles.upperBound {
      let band = WinogradBand(plan, tiles: first..<tiles.upperBound)
      let row = band.tileRows.lowerBound * outputs
      let column = band.tileColumns.lowerBound * outputs
      let rows = min(problem.outputHeight, band.tileRows.upperBound * outputs) - row
      let columns = min(problem.outputWidth, band.tileColumns.upperBound * outputs) - column
      let offset =
        (band.image * problem.outputChannels + panel.first) * problem.outputPixels + row * problem.outputWidth + column
      let scatter = PixelScatter(
        source: local.staging, pixelStride: width,
        target: arguments.output.assumingMemoryBound(to: Float.self) + offset,
        planeStride: problem.outputPixels, planes: panel.columns, rowStride: problem.outputWidth, rows: rows,
        columns: columns, residual: arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + offset },
        low: plan.activation.lowerBound, high: plan.activation.upperBound)
      var tile = band.firstTile
      while tile < band.tiles.upperBound {
        let block = outputBlock(
          local.products + (tile - tiles.lowerBound) * width, panel, vectors: panel.vectors,
          tiles: tile..<band.tiles.upperBound, to: local.staging - (row * columns + column) * width, residual: nil,
          rowStride: columns * width, pixelStride: width, clamps: arguments.residual == nil, local)
        let done = tile - band.firstTile
        scatter.prefetch(
          planes: scatter.planes * done / band.tiles.count..<scatter.planes * (done + block.tiles) / band.tiles.count)
        block.run(isa, outputs: outputs)
        tile += block.tiles
      }
      scatter.run(isa)
      first = band.tiles.upperBound
    }
  }
}
