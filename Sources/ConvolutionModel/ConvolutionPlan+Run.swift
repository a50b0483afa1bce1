/// Running on arrays, spans and tensor views.
extension ConvolutionPlan {
  /// Runs on arrays.
  ///
  /// - Throws: ``ConvolutionError`` as ``run(input:residual:output:workspace:)`` does.
  public func run(input: [Float], residual: [Float]? = nil, output: inout [Float]) throws(ConvolutionError) {
    var outputSpan = output.mutableSpan
    if let residual {
      try run(input: input.span, residual: residual.span, output: &outputSpan)
    } else {
      try run(input: input.span, output: &outputSpan)
    }
  }

  /// Runs on spans.
  ///
  /// - Throws: ``ConvolutionError`` as ``run(input:residual:output:workspace:)`` does.
  public func run(input: Span<Float>, output: inout MutableSpan<Float>) throws(ConvolutionError) {
    try output.withUnsafeMutableBufferPointer { output throws(ConvolutionError) in
      try input.withUnsafeBufferPointer { input throws(ConvolutionError) in try run(input: input, output: output) }
    }
  }

  /// Runs on spans, with a residual.
  ///
  /// - Throws: ``ConvolutionError`` as ``run(input:residual:output:workspace:)`` does.
  public func run(
    input: Span<Float>, residual: Span<Float>, output: inout MutableSpan<Float>
  ) throws(ConvolutionError) {
    try output.withUnsafeMutableBufferPointer { output throws(ConvolutionError) in
      try input.withUnsafeBufferPointer { input throws(ConvolutionError) in
        try residual.withUnsafeBufferPointer { residual throws(ConvolutionError) in
          try run(input: input, residual: residual, output: output)
        }
      }
    }
  }

  /// Runs on tensor views.
  ///
  /// - Throws: ``ConvolutionError/shapeMismatch(name:expected:actual:)`` or
  ///   ``ConvolutionError/layoutMismatch(name:expected:actual:)`` where a view isn't what the plan was made for, and as
  ///   ``run(input:residual:output:workspace:)`` does.
  public func run(
    input: TensorView<Float>, residual: TensorView<Float>? = nil, output: MutableTensorView<Float>,
    workspace: UnsafeMutableRawBufferPointer? = nil
  ) throws(ConvolutionError) {
    try check("input", input.shape, input.layout, operation.inputShape)
    try check("output", output.shape, output.layout, operation.outputShape)
    if let residual { try check("residual", residual.shape, residual.layout, operation.outputShape) }
    try run(
      input: input.elements, residual: residual?.elements, output: output.elements, workspace: workspace)
  }

  private func check(
    _ name: String, _ shape: TensorShape, _ layout: TensorLayout, _ expected: TensorShape
  ) throws(ConvolutionError) {
    if shape != expected { throw .shapeMismatch(name: name, expected: expected, actual: shape) }
    if layout != self.layout { throw .layoutMismatch(name: name, expected: self.layout, actual: layout) }
  }
}
