import ConvolutionModel
import RegisterTiles

/// Input columns beside each other, for first layers: with three channels a tap is over before its loop has begun. In a copy
/// `[column][filter row][channel]` of what an output row reads, all that a pixel is multiplied with lies in one piece, and
/// the whole filter is one tap. Padding becomes zeros in the copy.
struct StagedColumns: Sendable {
  let problem: ConvolutionProblem
  /// Pixels whose columns are staged at once: as many as stay in the first-level cache beside the weights.
  let pixelsPerBlock: Int

  /// Whether the layer is one that gains: few channels, and filter rows without gaps.
  init?(_ problem: ConvolutionProblem) {
    let rowFloats = problem.filterWidth * problem.inputChannels
    guard problem.groups == 1, problem.dilationWidth == 1, problem.filterWidth > 1, rowFloats <= 64 else { return nil }
    self.problem = problem
    let columnFloats = problem.filterHeight * problem.inputChannels
    let floats = columnFloats * problem.strideWidth
    guard floats <= 512 else { return nil }
    pixelsPerBlock = max(24, min(240, 6144 / floats / 24 * 24))
  }

  /// Floats of a staged column.
  private var columnFloats: Int { problem.filterHeight * problem.inputChannels }
  /// Channels that the filter counts as.
  var channels: Int { problem.taps * problem.inputChannels }

  /// Floats that are staged at most.
  var count: Int {
    let rows = min(pixelsPerBlock, (pixelsPerBlock + problem.outputWidth - 2) / problem.outputWidth + 1)
    return (pixelsPerBlock * problem.strideWidth + rows * problem.filterWidth) * columnFloats
  }

  /// Copies the columns that some pixels of one image need and sets `count` pointers to them.
  ///
  /// - Parameter firstPixel: counted over all images; the pixels end with the image at the latest.
  func set(
    _ pointers: UnsafeMutablePointer<Broadcasts>, _ input: UnsafePointer<Float>, firstPixel: Int, count: Int,
    staged: UnsafeMutablePointer<Float>
  ) {
    let image = input + firstPixel / problem.outputPixels * problem.inputImageCount
    let first = firstPixel % problem.outputPixels
    var row = first / problem.outputWidth
    var x = first % problem.outputWidth
    var target = staged
    var pixel = 0
    while pixel < count {
      let pixels = min(count - pixel, problem.outputWidth - x)
      let columns = (pixels - 1) * problem.strideWidth + problem.filterWidth
      stage(target, image, row: row, firstColumn: x * problem.strideWidth - problem.padding.left, columns: columns)
      var source = UnsafePointer(target)
      for index in pixel..<pixel + pixels {
        (pointers + index).initialize(to: source)
        source += problem.strideWidth * columnFloats
      }
      target += columns * columnFloats
      pixel += pixels
      row += 1
      x = 0
    }
  }

  /// Copies some columns, as far as they're in the image, from the rows that an output row needs.
  private func stage(
    _ target: UnsafeMutablePointer<Float>, _ image: UnsafePointer<Float>, row: Int, firstColumn: Int, columns: Int
  ) {
    let channels = problem.inputChannels
    let width = problem.inputWidth
    let top = row * problem.strideHeight - problem.padding.top
    let step = problem.dilationHeight
    // Filter rows inside the image, and columns inside it.
    let firstInside = min(problem.filterHeight, max(0, (step - 1 - top) / step))
    let lastInside = max(firstInside, min(problem.filterHeight, (problem.inputHeight - top + step - 1) / step))
    let before = min(columns, max(0, -firstColumn))
    let after = max(before, min(columns, width - firstColumn))
    zero(target, columns: before, floats: columnFloats)
    zero(target + after * columnFloats, columns: columns - after, floats: columnFloats)
    guard after > before else { return }
    let inside = target + before * columnFloats
    zero(inside, columns: after - before, floats: firstInside * channels)
    var to = inside + firstInside * channels
    var from = image + ((top + firstInside * step) * width + firstColumn + before) * channels
    for filterRow in firstInside..<lastInside {
      // Four floats at once read and write up to three too many: those written must be in rows that are written later,
      // those read in the same image row.
      let later = (problem.filterHeight - 1 - filterRow) * channels
      let quick = channels <= 4 && later >= 4 - channels ? max(0, after - before - 3 / channels) : 0
      copyFours(to, from, count: quick)
      copy(to + quick * columnFloats, from + quick * channels, count: after - before - quick)
      to += channels
      from += step * width * channels
    }
    zero(to, columns: after - before, floats: (problem.filterHeight - lastInside) * channels)
  }

  /// Writes zeros to the first floats of some columns.
  private func zero(_ target: UnsafeMutablePointer<Float>, columns: Int, floats: Int) {
    guard floats > 0 else { return }
    for column in 0..<columns { (target + column &* columnFloats).update(repeating: 0, count: floats) }
  }

  /// Copies pixels to one row of the columns, four floats each.
  private func copyFours(_ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, count: Int) {
    var target = target
    var source = source
    let step = columnFloats
    let channels = problem.inputChannels
    for _ in 0..<count {
      Plain<SIMD4<Float>>.load(source).store(target)
      target += step
      source += channels
    }
  }

  /// Copies pixels to one row of the columns, their channels and no more.
  private func copy(_ target: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, count: Int) {
    var target = target
    var source = source
    let step = columnFloats
    let channels = problem.inputChannels
    for _ in 0..<count {
      if channels == 3 {
        let (x, y, z) = (source[0], source[1], source[2])
        target[0] = x
        target[1] = y
        target[2] = z
      } else {
        target.update(from: source, count: channels)
      }
      target += step
      source += channels
    }
  }
}
