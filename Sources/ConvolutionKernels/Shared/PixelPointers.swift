import ConvolutionModel
import RegisterTiles

/// The indirection of NHWC kernels: for each tap of each output pixel a pointer to the channels of its input pixel.
struct PixelPointers {
  let problem: ConvolutionProblem
  /// At least as many zeros as a pixel has channels: what taps on padding point at.
  let zeros: UnsafePointer<Float>

  /// Sets `[taps][count]` pointers.
  ///
  /// - Parameters:
  ///   - input: the first image of the batch.
  ///   - firstPixel: counted over all images of the batch.
  func set(
    _ pointers: UnsafeMutablePointer<Broadcasts>, _ input: UnsafePointer<Float>, firstPixel: Int, count: Int
  ) {
    var x = firstPixel % problem.outputWidth
    var y = firstPixel / problem.outputWidth % problem.outputHeight
    var image = input + firstPixel / problem.outputPixels * problem.inputImageCount
    if problem.taps == 1 && problem.padding == .zero {
      // The pixels of a row are at even distances: this takes as long as a few products, which counts where there are few.
      let step = problem.strideWidth * problem.inputChannels
      var pixel = 0
      while pixel < count {
        let end = min(count, pixel + problem.outputWidth - x)
        var source =
          image + (y * problem.strideHeight * problem.inputWidth + x * problem.strideWidth) * problem.inputChannels
        while pixel < end {
          (pointers + pixel).initialize(to: source)
          source += step
          pixel &+= 1
        }
        x = 0
        y += 1
        if y == problem.outputHeight {
          y = 0
          image += problem.inputImageCount
        }
      }
      return
    }
    for pixel in 0..<count {
      var pointer = pointers + pixel
      var row = y * problem.strideHeight - problem.padding.top
      for _ in 0..<problem.filterHeight {
        let rowIsInside = row >= 0 && row < problem.inputHeight
        var column = x * problem.strideWidth - problem.padding.left
        for _ in 0..<problem.filterWidth {
          let isInside = rowIsInside && column >= 0 && column < problem.inputWidth
          pointer.initialize(
            to: isInside ? image + (row * problem.inputWidth + column) * problem.inputChannels : zeros)
          pointer += count
          column += problem.dilationWidth
        }
        row += problem.dilationHeight
      }
      x += 1
      if x == problem.outputWidth {
        x = 0
        y += 1
        if y == problem.outputHeight {
          y = 0
          image += problem.inputImageCount
        }
      }
    }
  }
}
