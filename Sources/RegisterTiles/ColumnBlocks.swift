import ConvolutionModel

/// Columns cut into the rows of register tiles: of four vectors where the registers allow it, else of two; then narrower
/// ones for what is left, none of one vector if it can be helped, since each of its products takes a load of its own.
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
  /// Vectors of the widest blocks, which come first, and of the next, one narrower, for what is left.
  private let widest: Int
  /// Blocks of the widest row, of three vectors beside widest ones of four, of two beside those, and of one.
  private let wide: Int
  private let threes: Int
  private let twos: Int
  private let ones: Int

  package init(columns: Int, isa: InstructionSet) {
    self.columns = columns
    lanes = isa.lanes
    widest = isa.widestRow
    let vectors = (columns + isa.lanes - 1) / isa.lanes
    let (full, rest) = vectors.quotientAndRemainder(dividingBy: isa.widestRow)
    let counts: (wide: Int, threes: Int, twos: Int, ones: Int) =
      switch (isa.widestRow, rest) {
      case (4, 3): (full, 1, 0, 0)
      case (4, 2): full == 0 ? (0, 0, 1, 0) : (full - 1, 2, 0, 0)
      case (4, 1): full == 0 ? (0, 0, 0, 1) : full == 1 ? (0, 1, 1, 0) : (full - 2, 3, 0, 0)
      default: (full, 0, 0, rest)
      }
    (wide, threes, twos, ones) = counts
  }

  /// Columns of all blocks, the last one padded to full registers.
  package var paddedColumns: Int { (wide * widest + threes * 3 + twos * 2 + ones) * lanes }

  package var startIndex: Int { 0 }
  package var endIndex: Int { wide + threes + twos + ones }

  package subscript(position: Int) -> Block {
    let wideBefore = Swift.min(position, wide)
    let threesBefore = Swift.min(position - wideBefore, threes)
    let twosBefore = Swift.min(position - wideBefore - threesBefore, twos)
    let vectors = position < wide ? widest : position < wide + threes ? 3 : position < wide + threes + twos ? 2 : 1
    let first = (wideBefore * widest + threesBefore * 3 + twosBefore * 2) * lanes
    return Block(first: first, columns: Swift.min(vectors * lanes, columns - first), vectors: vectors)
  }
}
