import ConvolutionModel

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

  /// Where inputs aren't finite.
  private(set) var spoiledInputs: [Int] = []

  /// Nine bits above the least single: room for the quarters of F(2, 3), and for what other transforms round away.
  private static let denormalUnit: Float = 0x1p-140

  /// Largest sum of magnitudes that whole-number data are chosen for. 2⁶ below the 24 bits of a single's significand: that
  /// is room for the growth of F(2×2, 3×3)'s transforms, 36 times.
  private static let magnitudeLimit = 0x1p18

  init(_ operation: ConvolutionOperation, _ dataClass: DataClass, seed: UInt64) {
    self.operation = operation
    self.dataClass = dataClass
    var generator = SplitMix64(seed: seed)
    let amplitude = Self.amplitude(operation)
    let scales = Self.scales(operation, dataClass, amplitude)
    // Whatever is added to sums is as small as they are.
    let small: Float = dataClass == .denormals ? Self.denormalUnit : 1
    unit = Double(scales.first * scales.second * small)

    func fill(_ scale: Float, density: Double = 1) -> Fill {
      switch dataClass {
      case .exactIntegers, .denormals, .nonFinite:
        .integers(amplitude: amplitude.largest, scale: scale, density: density)
      case .zeroMeanReals, .cancellingReals: .reals(scale: scale)
      case .oneSignedReals: .positiveReals(scale: scale)
      }
    }
    let problem = operation.problem
    input = fill(small).buffer(count: operation.inputShape.count, &generator)
    weights = fill(scales.first, density: amplitude.density).buffer(count: problem.weightCount, &generator)
    bias =
      operation.epilogue.hasBias
      ? fill(scales.first * small).buffer(count: problem.outputChannels, &generator) : nil
    pointwiseWeights = operation.pointwiseProblem.map {
      fill(scales.second, density: amplitude.density).buffer(count: $0.weightCount, &generator)
    }
    // The last stage's own scale: its bias and residual are multiples of the unit too, since scales never exceed 1.
    let lastScale = operation.pointwise == nil ? scales.first : scales.second
    pointwiseBias =
      operation.pointwise?.epilogue.hasBias == true
      ? fill(lastScale * small).buffer(count: operation.outputShape.channels, &generator) : nil
    residual =
      operation.finalEpilogue.hasResidual
      ? fill(lastScale * small).buffer(count: operation.outputShape.count, &generator) : nil
    switch dataClass {
    case .cancellingReals: cancel(&generator)
    case .nonFinite: spoil(&generator)
    default: break
    }
  }

  /// Makes terms cancel in pairs: two channels of a group with the same pixels, or two taps on an even image, get weights that
  /// differ by their sign and little else.
  private func cancel(_ generator: inout SplitMix64) {
    let problem = operation.problem
    let (channels, taps) = (problem.inputChannelsPerGroup, problem.taps)
    func nearly(_ x: Float) -> Float { x * (1 + Float(generator.below(513) - 256) * 0x1p-16) }
    if channels > 1 {
      let plane = problem.inputHeight * problem.inputWidth
      for c in 0..<problem.batch * problem.inputChannels where c % channels % 2 == 1 {
        for i in 0..<plane { input[c * plane + i] = input[(c - 1) * plane + i] }
      }
      for row in 0..<problem.outputChannels * channels where row % channels % 2 == 1 {
        for tap in 0..<taps { weights[row * taps + tap] = -nearly(weights[(row - 1) * taps + tap]) }
      }
    } else {
      for i in 0..<input.count { input[i] = nearly(0.75) }
      for i in 0..<weights.count where i % taps % 2 == 1 { weights[i] = -nearly(weights[i - 1]) }
    }
  }

  /// Puts a NaN and infinities among the inputs. No weight is zero, so that they reach every output that looks at them.
  private func spoil(_ generator: inout SplitMix64) {
    for value in [Float.nan, .infinity, -.infinity].prefix(max(1, min(3, input.count / 4))) {
      let place = generator.below(input.count)
      input[place] = value
      spoiledInputs.append(place)
    }
  }

  /// Copies data of a convolution without a second half and without a residual.
  ///
  /// They count as whole numbers where they are some, and so small that no sum of them can leave the exact range; otherwise
  /// as those of one sign, whose bound holds for any.
  init(given operation: ConvolutionOperation, input: [Float], weights: [Float], bias: [Float]?) {
    self.operation = operation
    self.input = AlignedBuffer(input)
    self.weights = AlignedBuffer(weights)
    self.bias = bias.map { AlignedBuffer($0) }
    pointwiseWeights = nil
    pointwiseBias = nil
    residual = nil
    unit = 1
    func largest(_ elements: [Float]) -> Double { elements.reduce(0) { max($0, Double($1.magnitude)) } }
    let terms = Double(operation.problem.inputChannelsPerGroup * operation.problem.taps)
    let largestSum = terms * largest(input) * largest(weights) + largest(bias ?? [])
    let isWhole = [input, weights, bias ?? []].joined().allSatisfy { $0 == $0.rounded() }
    dataClass = isWhole && largestSum <= Self.magnitudeLimit ? .exactIntegers : .oneSignedReals
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
      dataClass.isWhole ? (integerSquare, integerSquare * amplitude.density) : (1.0 / 3, 1.0 / 3)
    // Below the normal range nothing reaches a clamp.
    if dataClass == .denormals { return (1, 1) }
    func scale(_ activation: Activation, deviation: Double) -> Float {
      guard activation == .relu6, deviation > 3 else { return 1 }
      return Float(sign: .plus, exponent: -Int((deviation / 3).exponent), significand: 1)
    }
    let terms = Double(operation.problem.inputChannelsPerGroup * operation.problem.taps)
    // Sums of positive numbers grow by their mean, ¾ · ¾.
    let firstDeviation =
      dataClass == .oneSignedReals ? terms * 0.5625 : (terms * square * weightSquare).squareRoot()
    let first = scale(operation.epilogue.activation, deviation: firstDeviation)
    guard let pointwise = operation.pointwise else { return (first, 1) }
    let betweenDeviation = firstDeviation * Double(first)
    let outputs = Double(operation.problem.outputChannels)
    let secondDeviation =
      betweenDeviation * (dataClass == .oneSignedReals ? 0.75 * outputs : (outputs * weightSquare).squareRoot())
    return (first, scale(pointwise.epilogue.activation, deviation: secondDeviation))
  }
}
