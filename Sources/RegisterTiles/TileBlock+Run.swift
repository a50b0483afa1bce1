import ConvolutionModel

extension TileBlock {
  /// Runs the block with the instructions of a level, which the machine must have.
  package func run(_ isa: InstructionSet) {
    let tiles = EvenTiles(rows: pixels, tallest: Self.tileHeight(vectors: vectors, registers: isa.registers))
    if tiles.tallCount > 0 { run(isa, height: tiles.low + 1, pixels: 0..<tiles.tallRows, firstTile: 0) }
    if tiles.lowCount > 0 { run(isa, height: tiles.low, pixels: tiles.tallRows..<pixels, firstTile: tiles.tallCount) }
  }

  private func run(_ isa: InstructionSet, height: Int, pixels: Range<Int>, firstTile: Int) {
    var part = self
    part.pointers += pixels.lowerBound
    part.pixels = pixels.count
    part.firstTile = firstTile
    part.target += pixels.lowerBound * targetStride
    part.rowBias = rowBias.map { $0 + pixels.lowerBound }
    part.residual = residual.map { $0 + pixels.lowerBound * targetStride }
    #if arch(x86_64)
      switch isa {
      case .avx512: part.runAVX512(height: height)
      case .avx2: part.runAVX2(height: height)
      case .baseline: part.runBaseline(height: height)
      }
    #else
      part.runBaseline(height: height)
    #endif
  }

  private func runBaseline(height: Int) {
    withUnsafePointer(to: self) { block in
      switch vectors {
      case 1: runBaseline(height: height, Baseline<SIMD4<Float>>.self, block)
      case 2: runBaseline(height: height, Baseline<SIMD8<Float>>.self, block)
      case 3: runBaseline(height: height, Beside<Baseline<SIMD8<Float>>, Baseline<SIMD4<Float>>>.self, block)
      default: runBaseline(height: height, Baseline<SIMD16<Float>>.self, block)
      }
    }
  }

  @inline(__always)
  private func runBaseline<Row: FloatVector>(height: Int, _: Row.Type, _ block: UnsafePointer<TileBlock>) {
    switch height {
    case 8: runTiles(Tile8<Row>.self, block)
    case 7: runTiles(Tile7<Row>.self, block)
    case 6: runTiles(Tile6<Row>.self, block)
    case 5: runTiles(Tile5<Row>.self, block)
    case 4: runTiles(Tile4<Row>.self, block)
    case 3: runTiles(Tile3<Row>.self, block)
    case 2: runTiles(Tile2<Row>.self, block)
    default: runTiles(Tile1<Row>.self, block)
    }
  }
}
