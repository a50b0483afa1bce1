import ConvolutionModel

extension StridedBlock: TiledBlock {
  /// Runs the block with the instructions of a level, which the machine must have.
  package func run(_ isa: InstructionSet) { runEvenTiles(isa) }

  var tiledRows: Int { pixels }

  func part(rows: Range<Int>, firstTile: Int, lanes: Int) -> Self {
    var part = self
    part.values += rows.lowerBound * distance
    part.pixels = rows.count
    part.target += rows.lowerBound * targetStride
    part.addend = addend.map { $0 + rows.lowerBound * targetStride }
    return part
  }

  @inline(__always)
  static func runBaseline<Tile: RegisterTile>(_: Tile.Type, _ block: UnsafePointer<Self>) {
    runStrided(Tile.self, block)
  }
}
