import ConvolutionModel

/// What the definition gives for one output, and how large the terms were that made it.
public struct ReferenceValue: Hashable, Sendable {
  /// The output after the epilogue; exact but for the rounding of double-precision sums.
  public var value: Double
  /// `Σ|x||w| + |bias| + |residual|` of the last stage, over the taps that meet the image.
  public var magnitude: Double
  /// With a pointwise stage, `Σ|w₂|·a` where `a` is the first stage's own magnitude: how much of the first stage's error
  /// can reach this output. 0 without one.
  public var propagatedMagnitude: Double

  /// Gathers a value and its magnitudes.
  public init(value: Double, magnitude: Double, propagatedMagnitude: Double = 0) {
    self.value = value
    self.magnitude = magnitude
    self.propagatedMagnitude = propagatedMagnitude
  }
}

/// The oracle: an operation evaluated from its definition, in double precision, one output pixel at a time.
///
/// It shares no code with the kernels and knows nothing of their layouts: all tensors come in as NCHW and are copied, so
/// that the caller's memory may go away.
public struct ReferenceConvolution: Sendable {
  /// What is evaluated.
  public let operation: ConvolutionOperation
  private let first: ReferenceStage
  private let second: PointwiseReference?
  private let residual: [Float]?

  /// Copies the tensors of an operation.
  ///
  /// - Parameters:
  ///   - input: NCHW, in the problem's input shape.
  ///   - parameters: weights and biases as a plan takes them.
  ///   - residual: NCHW in the final output's shape, where the final epilogue adds one.
  /// - Throws: ``ConvolutionError/bufferTooShort(name:expected:actual:)`` or
  ///   ``ConvolutionError/unexpectedBuffer(name:isMissing:)``.
  public init(
    _ operation: ConvolutionOperation, input: UnsafeBufferPointer<Float>, parameters: ConvolutionParameters,
    residual: UnsafeBufferPointer<Float>? = nil
  ) throws(ConvolutionError) {
    try parameters.check(for: operation)
    let inputCount = operation.inputShape.count
    if input.count < inputCount {
      throw .bufferTooShort(name: "input", expected: inputCount, actual: input.count)
    }
    let outputCount = operation.outputShape.count
    switch (residual, operation.finalEpilogue.hasResidual) {
    case (nil, true): throw .unexpectedBuffer(name: "residual", isMissing: true)
    case (.some, false): throw .unexpectedBuffer(name: "residual", isMissing: false)
    case (.some(let residual), true):
      if residual.count < outputCount {
        throw .bufferTooShort(name: "residual", expected: outputCount, actual: residual.count)
      }
    case (nil, false): break
    }
    self.operation = operation
    self.residual = residual.map { Array($0.prefix(outputCount)) }
    first = ReferenceStage(
      operation.problem, input: input, weights: parameters.weights, bias: parameters.bias)
    second = operation.pointwise.map {
      PointwiseReference(
        inputChannels: operation.problem.outputChannels, outputChannels: $0.outputChannels,
        weights: parameters.pointwiseWeights!, bias: parameters.pointwiseBias)
    }
  }

  /// Evaluates some output channels of one pixel, in the order given.
  ///
  /// With a pointwise stage, the first stage is evaluated for all its channels whatever is asked for; so ask for a pixel's
  /// channels together.
  ///
  /// A position beyond the last row or column gives what an output would be there, without a residual: tiles of transformed
  /// algorithms reach that far.
  ///
  /// - Precondition: the position lies inside the final output, or beyond its last row or column.
  public func evaluate(batch n: Int, row y: Int, column x: Int, channels: some Sequence<Int>) -> [ReferenceValue] {
    let shape = operation.outputShape
    func finished(_ k: Int, _ sum: ReferenceValue, _ activation: Activation) -> ReferenceValue {
      var result = sum
      if let residual, y < shape.height, x < shape.width {
        let addend = Double(residual[TensorLayout.nchw.offset(shape, batch: n, channel: k, row: y, column: x)])
        result.value += addend
        result.magnitude += abs(addend)
      }
      result.value = activation.reference(result.value)
      return result
    }
    guard let second else {
      return channels.map { finished($0, first.sum(n, $0, y, x), operation.epilogue.activation) }
    }
    let between = (0..<operation.problem.outputChannels).map { k in
      var sum = first.sum(n, k, y, x)
      sum.value = operation.epilogue.activation.reference(sum.value)
      return sum
    }
    return channels.map { finished($0, second.sum($0, between), operation.finalEpilogue.activation) }
  }

  /// The whole output as NCHW, rounded to single precision: for small examples.
  public func output() -> [Float] {
    let shape = operation.outputShape
    var result = [Float](repeating: 0, count: shape.count)
    for n in 0..<shape.batch {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let values = evaluate(batch: n, row: y, column: x, channels: 0..<shape.channels)
          for (k, value) in values.enumerated() {
            result[TensorLayout.nchw.offset(shape, batch: n, channel: k, row: y, column: x)] = Float(value.value)
          }
        }
      }
    }
    return result
  }
}

extension Activation {
  /// The activation in double precision.
  fileprivate func reference(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    }
  }
}
