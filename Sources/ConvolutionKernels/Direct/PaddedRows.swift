import ConvolutionModel

/// Copies of an image's rows with their padding, for first layers: of three channels a filter row's values lie side by side in
/// the image, and so the whole row is one tap; the padding in the copy makes all pixels of an output row alike.
struct PaddedRows: Sendable {
  let problem: ConvolutionProblem
  /// Output rows whose input rows are copied at once: as many as stay in a near cache.
  let rowsPerBlock: Int
  /// Floats of a copied row, as far as the last output pixel reads.
  let rowFloats: Int

  /// Whether the layer is one that gains: few channels, and filter rows without gaps.
  init?(_ problem: ConvolutionProblem) {
    let columns = (problem.outputWidth - 1) * problem.strideWidth + problem.filterWidth
    guard
      problem.groups == 1, problem.dilationWidth == 1, problem.filterWidth > 1,
      problem.filterWidth * problem.inputChannels <= 64, columns * problem.inputChannels <= 1 << 13
    else { return nil }
    self.problem = problem
    rowFloats = columns * problem.inputChannels
    let span = (problem.filterHeight - 1) * problem.dilationHeight + 1
    rowsPerBlock = max(
      1, min(problem.outputHeight, ((1 << 13) / rowFloats - span) / problem.strideHeight + 1))
  }

  /// Values of a tap: a filter row.
  var channels: Int { problem.filterWidth * problem.inputChannels }

  /// Input rows that some output rows read.
  private func span(_ rows: Int) -> Int {
    (rows - 1) * problem.strideHeight + (problem.filterHeight - 1) * problem.dilationHeight + 1
  }

  /// Floats that are staged at most.
  var count: Int { span(rowsPerBlock) * rowFloats }

  /// Copies the input rows that some output rows of an image read.
  func stage(_ image: UnsafePointer<Float>, firstRow: Int, rows: Int, into staged: UnsafeMutablePointer<Float>) {
    let channels = problem.inputChannels
    let before = min(rowFloats, problem.padding.left * channels)
    let inside = min(rowFloats - before, problem.inputWidth * channels)
    var target = staged
    var row = firstRow * problem.strideHeight - problem.padding.top
    for _ in 0..<span(rows) {
      if row >= 0 && row < problem.inputHeight {
        target.update(repeating: 0, count: before)
        (target + before).update(from: image + row * problem.inputWidth * channels, count: inside)
        (target + before + inside).update(repeating: 0, count: rowFloats - before - inside)
      } else {
        target.update(repeating: 0, count: rowFloats)
      }
      target += rowFloats
      row += 1
    }
  }
}
