import ConvolutionModel

/// Output channels cut into the rows of register tiles: of four vectors where the registers allow it, then two, then one.
package struct ColumnBlocks: Sendable {
  /// One block.
  package struct Block: Sendable {
    /// The first column; all blocks before are full, so it's also where the block starts among padded columns.
    package let first: Int
    /// Columns that exist.
    package let columns: Int
    /// Registers that they take.
    package let vectors: Int
  }
  package let blocks: [Block]
  /// Columns of all blocks, each padded to full registers.
  package let paddedColumns: Int

  package init(columns: Int, isa: InstructionSet) {
    let lanes = isa.lanes
    let vectors = (columns + lanes - 1) / lanes
    var blocks: [Block] = []
    var firstVector = 0
    while firstVector < vectors {
      let size = [4, 2, 1].first { $0 <= isa.widestRow && $0 <= vectors - firstVector }!
      let first = firstVector * lanes
      blocks.append(Block(first: first, columns: min(size * lanes, columns - first), vectors: size))
      firstVector += size
    }
    self.blocks = blocks
    paddedColumns = vectors * lanes
  }
}
