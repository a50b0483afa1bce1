/// What is applied to every output of a convolution's sum.
public enum Activation: String, Hashable, Sendable, CaseIterable, Codable {
  /// Nothing.
  case identity
  /// `max(x, 0)`.
  case relu
  /// `min(max(x, 0), 6)`.
  case relu6
}

/// What a kernel does to its sums before it stores them: `activation(sum + bias + residual)`.
public struct Epilogue: Hashable, Sendable {
  /// One value per output channel is added.
  public var hasBias: Bool
  /// A tensor of the output's shape and layout is added, before the activation.
  public var hasResidual: Bool
  /// The function applied last.
  public var activation: Activation

  /// Creates an epilogue.
  public init(bias: Bool = false, residual: Bool = false, activation: Activation = .identity) {
    hasBias = bias
    hasResidual = residual
    self.activation = activation
  }

  /// The plain sums.
  public static let none = Epilogue()
}

/// A 1×1 convolution over all channels that follows a convolution in the same call: the second half of a separable one.
public struct PointwiseStage: Hashable, Sendable {
  /// Channels of the final output.
  public var outputChannels: Int
  /// What is applied to the pointwise sums.
  public var epilogue: Epilogue

  /// Creates a pointwise stage.
  public init(outputChannels: Int, epilogue: Epilogue = .none) {
    self.outputChannels = outputChannels
    self.epilogue = epilogue
  }
}

/// The numbers that kernels may compute with.
public enum ElementType: String, Hashable, Sendable, CaseIterable, Codable {
  /// IEEE 754 binary32.
  case float32

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float32: 4
    }
  }
}

/// All that a kernel is asked to do in one call: a convolution, its epilogue, and for separable convolutions the pointwise
/// one that follows.
public struct ConvolutionOperation: Hashable, Sendable {
  /// The convolution; of a separable one, the depthwise half.
  public let problem: ConvolutionProblem
  /// What is applied to the sums of ``problem``.
  public let epilogue: Epilogue
  /// The 1×1 convolution of the result, where there is one.
  public let pointwise: PointwiseStage?
  /// The numbers that are computed with.
  public let elementType: ElementType
  /// The second half as a problem of its own; nil without ``pointwise``.
  public let pointwiseProblem: ConvolutionProblem?

  /// Creates an operation.
  ///
  /// - Throws: ``ConvolutionError`` when the pointwise stage is impossible or a residual is asked for between the halves.
  public init(
    _ problem: ConvolutionProblem, epilogue: Epilogue = .none, pointwise: PointwiseStage? = nil,
    elementType: ElementType = .float32
  ) throws(ConvolutionError) {
    if let pointwise {
      if epilogue.hasResidual { throw .unexpectedBuffer(name: "residual between the halves", isMissing: false) }
      pointwiseProblem = try ConvolutionProblem(
        batch: problem.batch, channels: problem.outputChannels, height: problem.outputHeight,
        width: problem.outputWidth, filters: pointwise.outputChannels, kernel: 1)
    } else {
      pointwiseProblem = nil
    }
    self.problem = problem
    self.epilogue = epilogue
    self.pointwise = pointwise
    self.elementType = elementType
  }

  /// A convolution without a second half; never fails.
  public init(_ problem: ConvolutionProblem, epilogue: Epilogue) {
    self.problem = problem
    self.epilogue = epilogue
    pointwise = nil
    elementType = .float32
    pointwiseProblem = nil
  }

  /// Shape of the input tensor.
  public var inputShape: TensorShape { problem.inputShape }
  /// Shape of the final output tensor.
  public var outputShape: TensorShape { (pointwiseProblem ?? problem).outputShape }
  /// What is applied to the final output.
  public var finalEpilogue: Epilogue { pointwise?.epilogue ?? epilogue }
  /// Multiply-adds of all stages, dense count.
  public var multiplyAdds: Int { problem.multiplyAdds + (pointwiseProblem?.multiplyAdds ?? 0) }
  /// Multiply-adds of all stages whose tap lies inside the image.
  public var multiplyAddsWithoutPadding: Int {
    problem.multiplyAddsWithoutPadding + (pointwiseProblem?.multiplyAdds ?? 0)
  }
}

/// The constant tensors of an operation, as a plan takes them.
///
/// The memory is the caller's and is read only while a plan is made.
public struct ConvolutionParameters {
  /// Weights of the convolution, `[K][C/groups][R][S]`.
  public var weights: UnsafeBufferPointer<Float>
  /// One value per output channel, where the epilogue has a bias.
  public var bias: UnsafeBufferPointer<Float>?
  /// Weights of the pointwise stage, `[K'][K]`.
  public var pointwiseWeights: UnsafeBufferPointer<Float>?
  /// Bias of the pointwise stage.
  public var pointwiseBias: UnsafeBufferPointer<Float>?
  /// Where a kernel that is prepared with these constants keeps what it makes of them.
  public package(set) var packed = PackedConstants()

  /// Gathers the constant tensors.
  public init(
    weights: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>? = nil,
    pointwiseWeights: UnsafeBufferPointer<Float>? = nil, pointwiseBias: UnsafeBufferPointer<Float>? = nil
  ) {
    self.weights = weights
    self.bias = bias
    self.pointwiseWeights = pointwiseWeights
    self.pointwiseBias = pointwiseBias
  }

  /// Constants of an operation that were packed earlier; what they were packed from is gone.
  package init(packed: PackedConstants, of operation: ConvolutionOperation) {
    let gone = UnsafeBufferPointer<Float>(start: nil, count: 0)
    weights = gone
    bias = operation.epilogue.hasBias ? gone : nil
    pointwiseWeights = operation.pointwise.map { _ in gone }
    pointwiseBias = operation.pointwise.flatMap { $0.epilogue.hasBias ? gone : nil }
    self.packed = packed
  }

  /// The same constants, for another kernel to pack.
  package func packed(as packed: PackedConstants) -> ConvolutionParameters {
    var parameters = self
    parameters.packed = packed
    return parameters
  }

  /// Checks that every tensor that the operation needs is there, long enough, and that there is no other.
  ///
  /// - Throws: ``ConvolutionError/bufferTooShort(name:expected:actual:)`` or
  ///   ``ConvolutionError/unexpectedBuffer(name:isMissing:)``.
  public func check(for operation: ConvolutionOperation) throws(ConvolutionError) {
    func check(_ name: String, _ buffer: UnsafeBufferPointer<Float>?, _ expected: Int?) throws(ConvolutionError) {
      switch (buffer, expected) {
      case (nil, nil): return
      case (nil, .some): throw .unexpectedBuffer(name: name, isMissing: true)
      case (.some, nil): throw .unexpectedBuffer(name: name, isMissing: false)
      case (.some(let buffer), .some(let expected)):
        if buffer.count < expected {
          throw .bufferTooShort(name: name, expected: expected, actual: buffer.count)
        }
      }
    }
    let problem = operation.problem
    try check("weights", weights, problem.weightCount)
    try check("bias", bias, operation.epilogue.hasBias ? problem.outputChannels : nil)
    try check("pointwise weights", pointwiseWeights, operation.pointwiseProblem?.weightCount)
    try check(
      "pointwise bias", pointwiseBias,
      operation.pointwise.flatMap { $0.epilogue.hasBias ? $0.outputChannels : nil })
  }
}
