/// The text form of problems.
extension ConvolutionProblem: CustomStringConvertible {
  /// The problem in benchdnn's notation, every size that isn't a default spelled out.
  public var description: String {
    "mb\(batch)g\(groups)ic\(inputChannels)ih\(inputHeight)iw\(inputWidth)oc\(outputChannels)oh\(outputHeight)ow\(outputWidth)"
      + "kh\(filterHeight)kw\(filterWidth)sh\(strideHeight)sw\(strideWidth)dh\(dilationHeight - 1)dw\(dilationWidth - 1)"
      + "ph\(padding.top)pw\(padding.left)"
  }
}

extension ConvolutionOperation: CustomStringConvertible {
  /// The problem, and `+ocN` for a pointwise stage.
  public var description: String {
    problem.description + (pointwise.map { "+oc\($0.outputChannels)" } ?? "")
  }
}
