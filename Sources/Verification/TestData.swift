import ConvolutionModel

/// The kinds of data that every kernel is verified on.
public enum DataClass: String, Hashable, Sendable, CaseIterable {
  /// Small whole numbers (times one power of two) whose every partial sum is exact in single precision: a kernel that only
  /// adds and multiplies must give the exact result, so that nothing hides below a tolerance.
  case exactIntegers = "exact integers"
  /// Uniform in [−1, 1): what the error bounds are stated for.
  case zeroMeanReals = "zero-mean reals"
}

/// One operation's tensors of one class of data; input and residual as NCHW.
final class TestData: @unchecked Sendable {
  let operation: ConvolutionOperation
  let dataClass: DataClass
  let input: AlignedBuffer<Float>
  let weights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>?
  let pointwiseWeights: AlignedBuffer<Float>?
  let pointwiseBias: AlignedBuffer<Float>?
  let residual: AlignedBuffer<Float>?
  /// The step that all partial sums of whole-number data are multiples of.
  let unit: Double
  /// Whether somebody brought the data: of reals, then, nothing is known.
  let isGiven: Bool

  /// Largest sum of magnitudes that whole-number data are chosen for. 2⁶ below the 24 bits of a single's significand: that
  /// is room for the growth of F(2×2, 3×3)'s transforms, 36 times.
  private static let magnitudeLimit = 0x1p18

  init(_ operation: ConvolutionOperation, _ dataClass: DataClass, seed: UInt64) {
    self.operation = operation
    self.dataClass = dataClass
    isGiven = false
    var generator = SplitMix64(seed: seed)
    let amplitude = Self.amplitude(operation)
    let scales = Self.scales(operation, dataClass, amplitude)
    unit = Double(scales.first * scales.second)

    func fill(_ scale: Float, density: Double = 1) -> Fill {
      switch dataClass {
      case .exactIntegers: .integers(amplitude: amplitude.largest, scale: scale, density: density)
      case .zeroMeanReals: .reals(scale: scale)
      }
    }
    let problem = operation.problem
    input = fill(1).buffer(count: operation.inputShape.count, &generator)
    weights = fill(scales.first, density: amplitude.density).buffer(count: problem.weightCount, &generator)
    bias =
      operation.epilogue.hasBias
      ? fill(scales.first).buffer(count: problem.outputChannels, &generator) : nil
    pointwiseWeights = operation.pointwiseProblem.map {
      fill(scales.second, density: amplitude.density).buffer(count: $0.weightCount, &generator)
    }
    // The last stage's own scale: its bias and residual are multiples of the unit too, since scales never exceed 1.
    let lastScale = operation.pointwise == nil ? scales.first : scales.second
    pointwiseBias =
      operation.pointwise?.epilogue.hasBias == true
      ? fill(lastScale).buffer(count: operation.outputShape.channels, &generator) : nil
    residual =
      operation.finalEpilogue.hasResidual
      ? fill(lastScale).buffer(count: operation.outputShape.count, &generator) : nil
  }

  /// Copies data of a convolution without a second half and without a residual.
  ///
  /// They count as whole numbers where they are some, and so small that no sum of them can leave the exact range.
  init(given operation: ConvolutionOperation, input: [Float], weights: [Float], bias: [Float]?) {
    self.operation = operation
    self.input = AlignedBuffer(input)
    self.weights = AlignedBuffer(weights)
    self.bias = bias.map { AlignedBuffer($0) }
    pointwiseWeights = nil
    pointwiseBias = nil
    residual = nil
    unit = 1
    isGiven = true
    func largest(_ elements: [Float]) -> Double { elements.reduce(0) { max($0, Double($1.magnitude)) } }
    let terms = Double(operation.problem.inputChannelsPerGroup * operation.problem.taps)
    let largestSum = terms * largest(input) * largest(weights) + largest(bias ?? [])
    let isWhole = [input, weights, bias ?? []].joined().allSatisfy { $0 == $0.rounded() }
    dataClass = isWhole && largestSum <= Self.magnitudeLimit ? .exactIntegers : .zeroMeanReals
  }

  /// The constant tensors, as a plan takes them; valid as long as this object.
  var parameters: ConvolutionParameters {
    ConvolutionParameters(
      weights: UnsafeBufferPointer(weights.elements), bias: bias.map { UnsafeBufferPointer($0.elements) },
      pointwiseWeights: pointwiseWeights.map { UnsafeBufferPointer($0.elements) },
      pointwiseBias: pointwiseBias.map { UnsafeBufferPointer($0.elements) })
  }

  /// The largest whole numbers whose sums stay below the limit, and how many weights may be other than zero where even
  /// ones are too large.
  private static func amplitude(_ operation: ConvolutionOperation) -> (largest: Int, density: Double) {
    let terms = Double(operation.problem.inputChannelsPerGroup * operation.problem.taps)
    func largestSum(_ a: Double) -> Double {
      let first = terms * a * a + 2 * a
      guard operation.pointwise != nil else { return first }
      return Double(operation.problem.outputChannels) * a * first + 2 * a
    }
    for a in [4, 3, 2, 1] where largestSum(Double(a)) <= magnitudeLimit { return (a, 1) }
    let excess = largestSum(1) / magnitudeLimit
    // Two layers of weights share the reduction.
    return (1, operation.pointwise == nil ? 1 / excess : 1 / excess.squareRoot())
  }

  /// The powers of two that the weights of the stages are multiplied with so that the sums before a ReLU6 spread over its
  /// whole range: far wider ones would all be clamped, and a clamped output hides what it was made from.
  private static func scales(
    _ operation: ConvolutionOperation, _ dataClass: DataClass, _ amplitude: (largest: Int, density: Double)
  ) -> (first: Float, second: Float) {
    let integerSquare = Double((amplitude.largest + 1) * (2 * amplitude.largest + 1)) / 6
    let (square, weightSquare) =
      dataClass == .exactIntegers ? (integerSquare, integerSquare * amplitude.density) : (1.0 / 3, 1.0 / 3)
    func scale(_ activation: Activation, deviation: Double) -> Float {
      guard activation == .relu6, deviation > 3 else { return 1 }
      return Float(sign: .plus, exponent: -Int((deviation / 3).exponent), significand: 1)
    }
    let terms = Double(operation.problem.inputChannelsPerGroup * operation.problem.taps)
    let firstDeviation = (terms * square * weightSquare).squareRoot()
    let first = scale(operation.epilogue.activation, deviation: firstDeviation)
    guard let pointwise = operation.pointwise else { return (first, 1) }
    let betweenDeviation = firstDeviation * Double(first)
    let secondDeviation =
      betweenDeviation * (Double(operation.problem.outputChannels) * weightSquare).squareRoot()
    return (first, scale(pointwise.epilogue.activation, deviation: secondDeviation))
  }
}
