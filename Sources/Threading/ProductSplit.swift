/// How threads share out a matrix product.
package enum ProductSplit {
  /// Whether each gets some of the rows and reads the whole right factor, instead of some blocks of columns and the whole left
  /// one. The larger factor is shared, where its parts come out even; so few rows that each thread would have but a tile or
  /// two for each panel it reads aren't.
  ///
  /// - Parameters:
  ///   - rows: rows of the product.
  ///   - blocks: blocks of its columns.
  ///   - leftCount: elements of the left factor.
  ///   - rightCount: elements of the right factor.
  package static func sharesRows(
    _ rows: Int, blocks: Int, leftCount: Int, rightCount: Int, threads: Int
  ) -> Bool {
    if threads <= 1 || blocks < threads { return true }
    let isEven = (blocks + threads - 1) / threads * threads * 10 <= blocks * 11
    return isEven && rightCount > leftCount ? false : rows >= 24 * threads
  }
}
