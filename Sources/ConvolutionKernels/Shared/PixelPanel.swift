import ConvolutionModel
import RegisterTiles

/// Packs the input values that some output pixels of one image need, tap by tap: columns of the im2col matrix.
struct PixelPanel {
  let problem: ConvolutionProblem

  /// Fills `[rows][width]`: for each reduction row `(channel, r, s)` the input values of `pixels`, zeros for taps on padding
  /// and beyond the last pixel.
  ///
  /// - Parameters:
  ///   - image: the first channel of the group, NCHW.
  ///   - rows: reduction rows, `(channel · filterHeight + r) · filterWidth + s`.
  func pack(
    _ image: UnsafePointer<Float>, pixels: Range<Int>, rows: Range<Int>, width: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    let planeSize = problem.inputHeight * problem.inputWidth
    let outputWidth = problem.outputWidth
    var panel = target
    for reductionRow in rows {
      let s = reductionRow % problem.filterWidth
      let r = reductionRow / problem.filterWidth % problem.filterHeight
      let plane = image + reductionRow / problem.taps * planeSize
      let columnOffset = s * problem.dilationWidth - problem.padding.left
      let rowOffset = r * problem.dilationHeight - problem.padding.top
      var pixel = pixels.lowerBound
      var y = pixel / outputWidth
      var x = pixel % outputWidth
      var position = panel
      while pixel < pixels.upperBound {
        let count = min(outputWidth - x, pixels.upperBound - pixel)
        let inputRow = y * problem.strideHeight + rowOffset
        if inputRow >= 0 && inputRow < problem.inputHeight {
          copyRow(
            plane + inputRow * problem.inputWidth, firstColumn: x * problem.strideWidth + columnOffset, count, position)
        } else {
          fill(position, count)
        }
        position += count
        pixel += count
        x = 0
        y += 1
      }
      fill(position, width - pixels.count)
      panel += width
    }
  }

  /// Copies the inputs of `count` pixels side by side, zeros where they lie outside the row.
  @inline(__always)
  private func copyRow(
    _ row: UnsafePointer<Float>, firstColumn: Int, _ count: Int, _ target: UnsafeMutablePointer<Float>
  ) {
    let stride = problem.strideWidth
    let before = firstColumn >= 0 ? 0 : min(count, (-firstColumn + stride - 1) / stride)
    let inside = max(before, min(count, (problem.inputWidth - firstColumn + stride - 1) / stride))
    if before > 0 { fill(target, before) }
    if stride == 1 {
      copy(row + firstColumn + before, target + before, inside - before)
    } else {
      var source = row + firstColumn + before * stride
      for index in before..<inside {
        target[index] = source.pointee
        source += stride
      }
    }
    if inside < count { fill(target + inside, count - inside) }
  }

  @inline(__always)
  private func fill(_ target: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count { target[index] = 0 }
  }

  /// Copies without a call: the runs are short.
  @inline(__always)
  private func copy(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
    var index = 0
    while index + 16 <= count {
      Plain<SIMD16<Float>>.load(source + index).store(target + index)
      index += 16
    }
    while index + 4 <= count {
      Plain<SIMD4<Float>>.load(source + index).store(target + index)
      index += 4
    }
    while index < count {
      target[index] = source[index]
      index += 1
    }
  }
}
