/// Rows cut into tiles as even as can be, so that none is left with a single row: some tall ones, then some that are lower by
/// one.
struct EvenTiles {
  /// The height of the lower ones; the tall ones have one row more.
  let low: Int
  let tallCount: Int
  let lowCount: Int

  /// Cuts at least one row.
  init(rows: Int, tallest: Int) {
    let tiles = (rows + tallest - 1) / tallest
    low = rows / tiles
    tallCount = rows - low * tiles
    lowCount = tiles - tallCount
  }

  /// Rows of the tall tiles, which come first.
  var tallRows: Int { tallCount * (low + 1) }
}
