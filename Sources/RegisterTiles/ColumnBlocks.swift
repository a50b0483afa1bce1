import ConvolutionModel

/// Columns cut into the rows of register tiles: of four vectors where the registers allow it, then two, then one.
///
/// A collection that is computed, not stored: kernels make one in the middle of a run, where nothing may be allocated.
package struct ColumnBlocks: RandomAccessCollection, Sendable {
  /// One block.
  package struct Block: Sendable {
    /// The first column; all blocks before are full, so it's also where the block starts among padded columns.
    package let first: Int
    /// Columns that exist.
    package let columns: Int
    /// Registers that they take.
    package let vectors: Int
  }

  private let columns: Int
  private let lanes: Int
  private let widest: Int

  package init(columns: Int, isa: InstructionSet) {
    self.columns = columns
    lanes = isa.lanes
    widest = isa.widestRow
  }

  private var vectors: Int { (columns + lanes - 1) / lanes }

  /// Columns of all blocks, the last one padded to full registers.
  package var paddedColumns: Int { vectors * lanes }

  package var startIndex: Int { 0 }
  package var endIndex: Int { vectors / widest + (vectors % widest).nonzeroBitCount }

  package subscript(position: Int) -> Block {
    let wide = vectors / widest
    var first = Swift.min(position, wide) * widest
    var size = widest
    if position >= wide {
      // What is left is cut into its powers of two, the largest first.
      var rest = vectors % widest
      size = 1 << (Int.bitWidth - 1 - rest.leadingZeroBitCount)
      for _ in wide..<position {
        first += size
        rest -= size
        size = 1 << (Int.bitWidth - 1 - rest.leadingZeroBitCount)
      }
    }
    return Block(first: first * lanes, columns: Swift.min(size * lanes, columns - first * lanes), vectors: size)
  }
}
