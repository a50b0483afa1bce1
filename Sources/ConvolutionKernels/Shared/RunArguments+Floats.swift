import ConvolutionModel

extension RunArguments {
  /// The tensors of a run, which all kernels here take in single precision.
  var floats: (input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>) {
    (
      input.assumingMemoryBound(to: Float.self), residual?.assumingMemoryBound(to: Float.self),
      output.assumingMemoryBound(to: Float.self)
    )
  }
}
