import ConvolutionKernels
import ConvolutionModel
import Foundation

extension ConvolutionPlan {
  /// Plans an operation: picks a kernel and packs the weights.
  ///
  /// - Parameters:
  ///   - layout: the order of input, residual and output.
  ///   - parameters: weights and biases; read only during this call.
  ///   - threads: how many threads a run uses, 1 to 1024.
  ///   - planning: how the kernel is chosen, and what is demanded of it.
  /// - Throws: ``ConvolutionError`` for buffers that are missing or too short, an impossible thread count or planning
  ///   option, and ``ConvolutionError/noKernelMeetsDemands(operation:reasons:)``.
  public convenience init(
    _ operation: ConvolutionOperation, layout: TensorLayout = .nhwc, parameters: ConvolutionParameters,
    threads: Int = 1, planning: PlanningOptions = .heuristic
  ) throws(ConvolutionError) {
    let choice = try PlanningRun(
      operation: operation, layout: layout, parameters: parameters, threads: threads, options: planning
    ).choose()
    self.init(
      operation, kernel: choice.kernel, prepared: choice.prepared, packed: choice.packed, threads: threads,
      decision: choice.decision)
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
  ///   - planning: how the kernel is chosen, and what is demanded of it.
  /// - Throws: ``ConvolutionError``, as the other initialiser does.
  public convenience init(
    _ problem: ConvolutionProblem, layout: TensorLayout = .nhwc, weights: [Float], bias: [Float]? = nil,
    residual: Bool = false, activation: Activation = .identity, threads: Int = 1,
    planning: PlanningOptions = .heuristic
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
      threads: threads, planning: planning)
    withExtendedLifetime((weights, bias)) {}
  }

  /// What this plan learned by measuring, to be merged into what is kept; nothing where it didn't measure.
  public var wisdom: Wisdom {
    var wisdom = Wisdom()
    guard decision.source == .measured, let nanoseconds = decision.chosen?.nanoseconds else { return wisdom }
    let key = Wisdom.Key(
      operation, layout: layout, threads: threads, accuracy: decision.accuracy, weights: decision.weights)
    wisdom[key] = Wisdom.Entry(
      kernel: kernelID.description, nanoseconds: nanoseconds, date: Int(Date.now.timeIntervalSince1970))
    return wisdom
  }
}
