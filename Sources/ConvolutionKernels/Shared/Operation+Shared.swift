import ConvolutionModel

extension ConvolutionOperation {
  /// The answer of kernels that run a single convolution.
  var supportWithoutPointwise: Support {
    pointwise == nil ? .supported : .unsupported(reason: "it runs one convolution, not a pointwise one after it")
  }
}

extension ConvolutionProblem {
  /// A pixel of the output reads the same pixel of the input and no other.
  var isUnstridedPointwise: Bool { taps == 1 && padding == .zero && strideHeight == 1 && strideWidth == 1 }
  /// Elements of one input image.
  var inputImageCount: Int { inputChannels * inputHeight * inputWidth }
  /// Elements of one output image.
  var outputImageCount: Int { outputChannels * outputHeight * outputWidth }
}
