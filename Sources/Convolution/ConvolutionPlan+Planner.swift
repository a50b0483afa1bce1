import ConvolutionKernels
import ConvolutionModel

extension ConvolutionPlan {
  /// Plans an operation: picks the kernel that should be fastest on this machine and packs the weights.
  ///
  /// - Parameters:
  ///   - layout: the order of input, residual and output.
  ///   - parameters: weights and biases; read only during this call.
  ///   - threads: how many threads a run uses, 1 to 1024.
  /// - Throws: ``ConvolutionError`` for buffers that are missing or too short, or an impossible thread count.
  public convenience init(
    _ operation: ConvolutionOperation, layout: TensorLayout = .nhwc, parameters: ConvolutionParameters,
    threads: Int = 1
  ) throws(ConvolutionError) {
    let candidates = Planner.candidates(for: operation, layout: layout)
    let rationale = candidates.dropFirst().prefix(3).map { candidate in
      let ratio = candidate.cost / candidates[0].cost
      return "\(candidate.kernel.id) expected at \((ratio * 100).rounded() / 100) times the cost"
    }
    // The naive kernel of either layout runs everything, so there is always a first candidate.
    try self.init(
      operation, kernel: candidates[0].kernel, parameters: parameters, threads: threads,
      rationale: rationale.joined(separator: "; "))
  }

  /// Plans one convolution from arrays.
  ///
  /// - Parameters:
  ///   - layout: the order of input, residual and output.
  ///   - weights: `[K][C/groups][R][S]`, whatever the layout.
  ///   - bias: one value per output channel.
  ///   - residual: whether each run adds a tensor of the output's shape.
  ///   - activation: applied last.
  ///   - threads: how many threads a run uses, 1 to 1024.
  /// - Throws: ``ConvolutionError`` for arrays that are too short or an impossible thread count.
  public convenience init(
    _ problem: ConvolutionProblem, layout: TensorLayout = .nhwc, weights: [Float], bias: [Float]? = nil,
    residual: Bool = false, activation: Activation = .identity, threads: Int = 1
  ) throws(ConvolutionError) {
    // Owned copies: an initialiser can't delegate from inside the closure that an array lends its memory to.
    let weights = AlignedBuffer(weights)
    let bias = bias.map { AlignedBuffer($0) }
    try self.init(
      ConvolutionOperation(
        problem, epilogue: Epilogue(bias: bias != nil, residual: residual, activation: activation)),
      layout: layout,
      parameters: ConvolutionParameters(
        weights: UnsafeBufferPointer(weights.elements), bias: bias.map { UnsafeBufferPointer($0.elements) }),
      threads: threads)
    withExtendedLifetime((weights, bias)) {}
  }

  /// What was chosen, over what, and what it needs, in one line.
  public func explain() -> String {
    let over = rationale.isEmpty ? "" : " over \(rationale)"
    return "\(kernelID)\(over); workspace \(workspaceBytes) bytes, packed weights \(packedWeightsBytes) bytes, "
      + "error ≤ \(errorBound.constant) · 8u√n · Σ|x||w|"
  }
}
