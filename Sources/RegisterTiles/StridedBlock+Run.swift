import ConvolutionModel

extension StridedBlock {
  /// Runs the block with the instructions of a level, which the machine must have.
  package func run(_ isa: InstructionSet) {
    let tiles = EvenTiles(
      rows: pixels, tallest: TileBlock.tileHeight(vectors: vectors, registers: isa.registers))
    if tiles.tallCount > 0 { run(isa, height: tiles.low + 1, pixels: 0..<tiles.tallRows) }
    if tiles.lowCount > 0 { run(isa, height: tiles.low, pixels: tiles.tallRows..<pixels) }
  }

  private func run(_ isa: InstructionSet, height: Int, pixels: Range<Int>) {
    var part = self
    part.values += pixels.lowerBound * distance
    part.pixels = pixels.count
    part.target += pixels.lowerBound * targetStride
    part.addend = addend.map { $0 + pixels.lowerBound * targetStride }
    #if arch(x86_64)
      switch isa {
      case .avx512:
        if paired {
          part.runPairsAVX512(height: height)
        } else if pixelsOverlap {
          part.runOverlappingAVX512(height: height)
        } else {
          part.runAVX512(height: height)
        }
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
  private func runBaseline<Row: FloatVector>(height: Int, _: Row.Type, _ block: UnsafePointer<StridedBlock>) {
    switch height {
    case 8: runStrided(Tile8<Row>.self, block)
    case 7: runStrided(Tile7<Row>.self, block)
    case 6: runStrided(Tile6<Row>.self, block)
    case 5: runStrided(Tile5<Row>.self, block)
    case 4: runStrided(Tile4<Row>.self, block)
    case 3: runStrided(Tile3<Row>.self, block)
    case 2: runStrided(Tile2<Row>.self, block)
    default: runStrided(Tile1<Row>.self, block)
    }
  }
}
