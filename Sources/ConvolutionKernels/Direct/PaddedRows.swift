import ConvolutionModel

/// First layers row by row: of three channels a filter row's values lie side by side in the image, and so the whole row is one
/// tap. Most output columns read the image where it lies; those whose filters reach over its left or right edge read copies
/// with the padding.
struct PaddedRows: Sendable {
  let problem: ConvolutionProblem
  /// Output rows that are computed at once: as many as read so few rows that they stay in a near cache.
  let rowsPerBlock: Int
  /// Output columns whose filters don't reach over the left and right edges.
  let insideColumns: Range<Int>

  /// Whether the layer is one that gains: few channels, and filter rows without gaps.
  init?(_ problem: ConvolutionProblem) {
    let columns = (problem.outputWidth - 1) * problem.strideWidth + problem.filterWidth
    guard
      problem.groups == 1, problem.dilationWidth == 1, problem.filterWidth > 1,
      problem.filterWidth * problem.inputChannels <= 64, columns * problem.inputChannels <= 1 << 13
    else { return nil }
    self.problem = problem
    let span = (problem.filterHeight - 1) * problem.dilationHeight + 1
    rowsPerBlock = max(
      1, min(problem.outputHeight, ((1 << 13) / (columns * problem.inputChannels) - span) / problem.strideHeight + 1))
    let stride = problem.strideWidth
    let first = max(0, (problem.padding.left + stride - 1) / stride)
    let reach = problem.inputWidth + problem.padding.left - problem.filterWidth
    let end = reach < 0 ? 0 : min(problem.outputWidth, reach / stride + 1)
    // Where there are none, all columns count as those before.
    insideColumns = first < end ? first..<end : problem.outputWidth..<problem.outputWidth
  }

  /// Values of a tap: a filter row.
  var channels: Int { problem.filterWidth * problem.inputChannels }

  /// Floats of a copied row that so many output columns read.
  func rowFloats(_ columns: Int) -> Int {
    ((columns - 1) * problem.strideWidth + problem.filterWidth) * problem.inputChannels
  }

  /// Input rows that some output rows read.
  private func span(_ rows: Int) -> Int {
    (rows - 1) * problem.strideHeight + (problem.filterHeight - 1) * problem.dilationHeight + 1
  }

  /// Floats that are copied at most.
  var count: Int {
    let columns = max(insideColumns.lowerBound, problem.outputWidth - insideColumns.upperBound)
    return columns == 0 ? 0 : span(rowsPerBlock) * rowFloats(columns)
  }

  /// The filter rows of an output row that lie inside the image.
  func taps(row: Int) -> Range<Int> {
    let top = row * problem.strideHeight - problem.padding.top
    let dilation = problem.dilationHeight
    let first = min(problem.filterHeight, top >= 0 ? 0 : (dilation - 1 - top) / dilation)
    let end = top >= problem.inputHeight ? 0 : (problem.inputHeight - 1 - top) / dilation + 1
    return first..<max(first, min(problem.filterHeight, end))
  }

  /// Copies what some output columns of some output rows of an image read.
  func stage(
    _ image: UnsafePointer<Float>, firstRow: Int, rows: Int, columns: Range<Int>,
    into staged: UnsafeMutablePointer<Float>
  ) {
    let channels = problem.inputChannels
    let rowFloats = rowFloats(columns.count)
    let start = (columns.lowerBound * problem.strideWidth - problem.padding.left) * channels
    let imageRow = problem.inputWidth * channels
    let before = min(rowFloats, max(0, -start))
    let inside = max(0, min(rowFloats - before, imageRow - max(0, start)))
    var target = staged
    var row = firstRow * problem.strideHeight - problem.padding.top
    for _ in 0..<span(rows) {
      if row >= 0 && row < problem.inputHeight {
        target.update(repeating: 0, count: before)
        (target + before).update(from: image + row * imageRow + max(0, start), count: inside)
        (target + before + inside).update(repeating: 0, count: rowFloats - before - inside)
      } else {
        target.update(repeating: 0, count: rowFloats)
      }
      target += rowFloats
      row += 1
    }
  }
}
