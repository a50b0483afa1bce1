import ConvolutionModel

extension TileBlock: TiledBlock {
  /// Runs the block with the instructions of a level, which the machine must have.
  package func run(_ isa: InstructionSet) { runEvenTiles(isa) }

  var tiledRows: Int { pixels }

  func part(rows: Range<Int>, firstTile: Int, lanes: Int) -> Self {
    var part = self
    part.pointers += rows.lowerBound
    part.pixels = rows.count
    part.firstTile = firstTile
    part.target += rows.lowerBound * targetStride
    part.rowBias = rowBias.map { $0 + rows.lowerBound }
    part.residual = residual.map { $0 + rows.lowerBound * targetStride }
    return part
  }

  @inline(__always)
  static func runBaseline<Tile: RegisterTile>(_: Tile.Type, _ block: UnsafePointer<Self>) {
    runTiles(Tile.self, block)
  }
}
