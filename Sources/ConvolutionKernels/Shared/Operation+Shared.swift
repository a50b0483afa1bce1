import ConvolutionModel

extension ConvolutionOperation {
  /// The answer of kernels that run a single convolution.
  var supportWithoutPointwise: Support {
    pointwise == nil ? .supported : .unsupported(reason: "it runs one convolution, not a pointwise one after it")
  }
}

extension ConvolutionProblem {
  /// Elements of one input image.
  var inputImageCount: Int { inputChannels * inputHeight * inputWidth }
  /// Elements of one output image.
  var outputImageCount: Int { outputChannels * outputHeight * outputWidth }
}
