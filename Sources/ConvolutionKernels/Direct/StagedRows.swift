import ConvolutionModel
import RegisterTiles

/// Input rows between zeros, for first layers: with three channels a tap is over before its loop has begun, but the taps of a
/// filter row lie side by side in an NHWC image. In a copy whose rows have their padding, a filter row is one tap with as many
/// channels as it has floats.
struct StagedRows: Sendable {
  let problem: ConvolutionProblem

  /// Whether the layer is one that gains: few channels, and filter rows without gaps.
  init?(_ problem: ConvolutionProblem, pixelsPerBlock: Int) {
    let rowFloats = problem.filterWidth * problem.inputChannels
    guard problem.groups == 1, problem.dilationWidth == 1, problem.filterWidth > 1, rowFloats <= 64 else { return nil }
    self.problem = problem
    // More than this is no longer near.
    guard 4 * count(pixels: pixelsPerBlock) <= 256 << 10 else { return nil }
  }

  /// Channels that a filter row counts as.
  var channels: Int { problem.filterWidth * problem.inputChannels }
  /// Floats of a staged row: all columns that the output's row needs, padding included.
  private var rowCount: Int {
    ((problem.outputWidth - 1) * problem.strideWidth + problem.filterWidth) * problem.inputChannels
  }

  /// Input rows that some pixels in sequence need at most.
  private func rows(outputRows: Int) -> Int {
    (outputRows - 1) * problem.strideHeight + (problem.filterHeight - 1) * problem.dilationHeight + 1
  }

  /// Floats that are staged at most for some pixels in sequence.
  func count(pixels: Int) -> Int {
    rows(outputRows: min(problem.outputHeight, (pixels + problem.outputWidth - 2) / problem.outputWidth + 1)) * rowCount
  }

  /// Copies the rows that some pixels of one image need and sets `[filterHeight][count]` pointers to them.
  ///
  /// - Parameter firstPixel: counted over all images; the pixels end with the image at the latest.
  func set(
    _ pointers: UnsafeMutablePointer<Broadcasts>, _ input: UnsafePointer<Float>, firstPixel: Int, count: Int,
    staged: UnsafeMutablePointer<Float>
  ) {
    let image = input + firstPixel / problem.outputPixels * problem.inputImageCount
    let first = firstPixel % problem.outputPixels
    let firstRow = first / problem.outputWidth
    let lastRow = (first + count - 1) / problem.outputWidth
    let channels = problem.inputChannels
    let top = firstRow * problem.strideHeight - problem.padding.top
    let left = min(rowCount, problem.padding.left * channels)
    let inside = min(rowCount - left, problem.inputWidth * channels)
    for index in 0..<rows(outputRows: lastRow - firstRow + 1) {
      let row = top + index
      let target = staged + index * rowCount
      if row >= 0 && row < problem.inputHeight && inside > 0 {
        target.update(repeating: 0, count: left)
        (target + left).update(from: image + row * problem.inputWidth * channels, count: inside)
        (target + left + inside).update(repeating: 0, count: rowCount - left - inside)
      } else {
        target.update(repeating: 0, count: rowCount)
      }
    }
    var x = first % problem.outputWidth
    var row = 0
    for pixel in 0..<count {
      for r in 0..<problem.filterHeight {
        (pointers + r * count + pixel).initialize(
          to: UnsafePointer(staged) + (row + r * problem.dilationHeight) * rowCount + x * problem.strideWidth * channels
        )
      }
      x += 1
      if x == problem.outputWidth {
        x = 0
        row += problem.strideHeight
      }
    }
  }
}
