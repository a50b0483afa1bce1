import ConvolutionModel

/// The work of one call of a micro-kernel, whose rows are cut into register tiles.
protocol TiledBlock {
  /// Pixels, or rows of a matrix; at least one.
  var tiledRows: Int { get }
  /// Registers that a row of columns takes.
  var vectors: Int { get }
  /// The part of the block that has some of its rows.
  ///
  /// - Parameters:
  ///   - firstTile: tiles of the block that come before.
  ///   - lanes: of a register.
  func part(rows: Range<Int>, firstTile: Int, lanes: Int) -> Self
  #if arch(x86_64)
    /// Runs tiles of one height, of which the rows are a multiple.
    func runAVX512(height: Int)
    /// Runs tiles of one height, of which the rows are a multiple.
    func runAVX2(height: Int)
  #endif
  /// Runs tiles of the instructions that every machine has; the rows are a multiple of their height.
  static func runBaseline<Tile: RegisterTile>(_: Tile.Type, _ block: UnsafePointer<Self>)
}

extension TiledBlock {
  /// Runs the block with the instructions of a level, which the machine must have: its tall tiles first, then those that are
  /// lower by one.
  @inline(__always)
  func runEvenTiles(_ isa: InstructionSet) {
    let tiles = EvenTiles(rows: tiledRows, tallest: TileBlock.tileHeight(vectors: vectors, registers: isa.registers))
    if tiles.tallCount > 0 {
      part(rows: 0..<tiles.tallRows, firstTile: 0, lanes: isa.lanes).run(isa, height: tiles.low + 1)
    }
    if tiles.lowCount > 0 {
      part(rows: tiles.tallRows..<tiledRows, firstTile: tiles.tallCount, lanes: isa.lanes).run(isa, height: tiles.low)
    }
  }

  @inline(__always)
  private func run(_ isa: InstructionSet, height: Int) {
    switch isa {
    #if arch(x86_64)
      case .avx512: runAVX512(height: height)
      case .avx2: runAVX2(height: height)
    #endif
    default: runBaseline(height: height)
    }
  }

  @inline(__always)
  private func runBaseline(height: Int) {
    withUnsafePointer(to: self) { block in
      switch vectors {
      case 1: Self.runBaseline(height: height, Baseline<SIMD4<Float>>.self, block)
      case 2: Self.runBaseline(height: height, Baseline<SIMD8<Float>>.self, block)
      case 3: Self.runBaseline(height: height, Beside<Baseline<SIMD8<Float>>, Baseline<SIMD4<Float>>>.self, block)
      default: Self.runBaseline(height: height, Baseline<SIMD16<Float>>.self, block)
      }
    }
  }

  @inline(__always)
  private static func runBaseline<Row: FloatVector>(height: Int, _: Row.Type, _ block: UnsafePointer<Self>) {
    switch height {
    case 8: runBaseline(Tile8<Row>.self, block)
    case 7: runBaseline(Tile7<Row>.self, block)
    case 6: runBaseline(Tile6<Row>.self, block)
    case 5: runBaseline(Tile5<Row>.self, block)
    case 4: runBaseline(Tile4<Row>.self, block)
    case 3: runBaseline(Tile3<Row>.self, block)
    case 2: runBaseline(Tile2<Row>.self, block)
    default: runBaseline(Tile1<Row>.self, block)
    }
  }
}
