import ConvolutionModel
import ReferenceConvolution
import Testing

/// The oracle on arrays in NCHW.
func oracle(
  _ operation: ConvolutionOperation, input: [Float], weights: [Float], bias: [Float]? = nil,
  pointwiseWeights: [Float]? = nil, pointwiseBias: [Float]? = nil, residual: [Float]? = nil
) throws(ConvolutionError) -> ReferenceConvolution {
  let buffers = [input, weights, bias, pointwiseWeights, pointwiseBias, residual].map { $0.map { AlignedBuffer($0) } }
  defer { withExtendedLifetime(buffers) {} }
  func view(_ i: Int) -> UnsafeBufferPointer<Float>? { buffers[i].map { UnsafeBufferPointer($0.elements) } }
  return try ReferenceConvolution(
    operation, input: view(0)!,
    parameters: ConvolutionParameters(
      weights: view(1)!, bias: view(2), pointwiseWeights: view(3), pointwiseBias: view(4)),
    residual: view(5))
}

struct ReferenceConvolutionTests {
  /// Every index that a weight and an input are found at, on impulses: one weight and one input pixel give one output,
  /// where the definition says.
  @Test func impulsesLandWhereTheDefinitionSays() throws {
    let problem = try ConvolutionProblem(
      batch: 2, inputChannels: 4, inputHeight: 5, inputWidth: 6, outputChannels: 6, filterHeight: 2, filterWidth: 3,
      strideHeight: 2, strideWidth: 1, padding: Padding(top: 1, left: 2, bottom: 0, right: 1), dilationHeight: 2,
      dilationWidth: 1, groups: 2)
    var hits = 0
    for (k, c, r, s) in [(0, 0, 0, 0), (2, 1, 1, 2), (3, 0, 1, 0), (5, 1, 0, 1)] {
      var weights = [Float](repeating: 0, count: problem.weightCount)
      weights[((k * 2 + c) * 2 + r) * 3 + s] = 2
      for (n, y, x) in [(0, 0, 0), (1, 4, 5), (0, 1, 3), (1, 2, 2), (1, 3, 1)] {
        let channel = k / 3 * 2 + c
        var input = [Float](repeating: 0, count: problem.inputShape.count)
        input[TensorLayout.nchw.offset(problem.inputShape, batch: n, channel: channel, row: y, column: x)] = 3
        let result = try oracle(ConvolutionOperation(problem, epilogue: .none), input: input, weights: weights).output()
        var expected = [Float](repeating: 0, count: result.count)
        let (row, column) = (y + 1 - 2 * r, x + 2 - s)
        if row >= 0, row % 2 == 0, row / 2 < problem.outputHeight, 0..<problem.outputWidth ~= column {
          expected[TensorLayout.nchw.offset(problem.outputShape, batch: n, channel: k, row: row / 2, column: column)] =
            6
          hits += 1
        }
        #expect(result == expected, "weight \((k, c, r, s)), input \((n, channel, y, x))")
      }
    }
    #expect(hits >= 6)
  }

  @Test func negativePaddingLeavesTheTailUnused() throws {
    let problem = try ConvolutionProblem(
      inputChannels: 1, inputHeight: 1, inputWidth: 4, outputChannels: 1, filterHeight: 1, filterWidth: 1,
      strideWidth: 2, padding: Padding(top: 0, left: 0, bottom: 0, right: -1))
    let result = try oracle(
      ConvolutionOperation(problem, epilogue: .none), input: [1, 2, 3, .nan], weights: [10]
    ).output()
    #expect(result == [10, 30])
  }

  /// Sums, magnitudes and the epilogue of one pixel with three channels, worked out by hand.
  @Test func epiloguesAndMagnitudes() throws {
    let problem = try ConvolutionProblem(channels: 2, height: 1, width: 1, filters: 3, kernel: 1)
    for (activation, expected) in [
      (Activation.identity, [7.5, -3, 0.25]), (.relu, [7.5, 0, 0.25]), (.relu6, [6, 0, 0.25]),
    ] {
      let operation = ConvolutionOperation(
        problem, epilogue: Epilogue(bias: true, residual: true, activation: activation))
      let values = try oracle(
        operation, input: [2, -1], weights: [3, 1, -2, 1, 0, 0], bias: [0.5, 1, 0.5], residual: [2, 1, -0.25]
      ).evaluate(batch: 0, row: 0, column: 0, channels: 0..<3)
      #expect(values.map(\.value) == expected)
      #expect(values.map(\.magnitude) == [9.5, 7, 0.75])
      #expect(values.allSatisfy { $0.propagatedMagnitude == 0 })
    }
  }

  @Test func pointwiseStageFollows() throws {
    // Depthwise 1×1 on two channels, a ReLU, then one output channel.
    let problem = try ConvolutionProblem(channels: 2, height: 1, width: 2, filters: 2, kernel: 1, groups: 2)
    let operation = try ConvolutionOperation(
      problem, epilogue: Epilogue(bias: true, activation: .relu),
      pointwise: PointwiseStage(outputChannels: 1, epilogue: Epilogue(bias: true, residual: true)))
    let reference = try oracle(
      operation, input: [1, 2, 3, 4], weights: [2, -1], bias: [1, 3.5], pointwiseWeights: [10, -100],
      pointwiseBias: [0.5], residual: [0, 7])
    // Left: relu(2 + 1) = 3, relu(−3 + 3.5) = 0.5. Right: relu(4 + 1) = 5, relu(−4 + 3.5) = 0.
    // So 30 − 50 + 0.5 and 50 + 0.5 + 7.
    #expect(reference.output() == [-19.5, 57.5])
    let right = reference.evaluate(batch: 0, row: 0, column: 1, channels: [0])[0]
    #expect(right == ReferenceValue(value: 57.5, magnitude: 57.5, propagatedMagnitude: 800))
  }

  /// Sums that single precision can't hold.
  @Test func accumulatesInDoublePrecision() throws {
    let problem = try ConvolutionProblem(channels: 5, height: 1, width: 1, filters: 1, kernel: 1)
    let value = try oracle(
      ConvolutionOperation(problem, epilogue: .none), input: [1, 0x1p24, 1, -0x1p24, 0x1p-10],
      weights: [1, 0x1p10, 1, 0x1p10, 1]
    ).evaluate(batch: 0, row: 0, column: 0, channels: [0])[0].value
    #expect(value == 2 + 0x1p-10)
  }

  @Test func refusesWrongTensors() throws {
    let problem = try ConvolutionProblem(channels: 1, height: 2, width: 2, filters: 1, kernel: 1)
    let plain = ConvolutionOperation(problem, epilogue: .none)
    let withResidual = ConvolutionOperation(problem, epilogue: Epilogue(residual: true))
    let image = [Float](repeating: 1, count: 4)
    #expect(throws: ConvolutionError.bufferTooShort(name: "input", expected: 4, actual: 3)) {
      try oracle(plain, input: [1, 2, 3], weights: [1])
    }
    #expect(throws: ConvolutionError.bufferTooShort(name: "weights", expected: 1, actual: 0)) {
      try oracle(plain, input: image, weights: [])
    }
    #expect(throws: ConvolutionError.unexpectedBuffer(name: "residual", isMissing: false)) {
      try oracle(plain, input: image, weights: [1], residual: image)
    }
    #expect(throws: ConvolutionError.unexpectedBuffer(name: "residual", isMissing: true)) {
      try oracle(withResidual, input: image, weights: [1])
    }
    #expect(throws: ConvolutionError.bufferTooShort(name: "residual", expected: 4, actual: 1)) {
      try oracle(withResidual, input: image, weights: [1], residual: [1])
    }
  }
}
