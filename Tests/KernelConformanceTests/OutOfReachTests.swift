import ConvolutionModel
import Testing

/// Problems whose filter never meets the image: the padding before is as wide as all that the output looks at, and the tail
/// of the image is unused. No check against an oracle would trust a comparison of nothing but biases, so they stand here.
struct OutOfReachTests {
  @Test(arguments: TestedKernels.names)
  func outputIsTheBias(name: String) throws {
    let kernel = try TestedKernels.available(name)
    var compared = 0
    for stride in [1, 2] {
      for (channels, groups) in [(3, 1), (19, 1), (3, 3), (19, 19)] {
        let problem = try ConvolutionProblem(
          inputChannels: channels, inputHeight: 3, inputWidth: 4, outputChannels: channels, filterHeight: 3,
          filterWidth: 3, strideHeight: stride, strideWidth: stride,
          padding: Padding(top: 7, left: 9, bottom: -3, right: -4), groups: groups)
        let operation = ConvolutionOperation(problem, epilogue: Epilogue(bias: true))
        guard kernel.support(for: operation).isSupported else { continue }
        let weights = [Float](repeating: 1, count: problem.weightCount)
        let bias = (0..<channels).map { Float($0 + 1) }
        let plan = try weights.withUnsafeBufferPointer { weights in
          try bias.withUnsafeBufferPointer {
            try ConvolutionPlan(
              operation, kernel: kernel, parameters: ConvolutionParameters(weights: weights, bias: $0))
          }
        }
        var output = [Float](repeating: .nan, count: problem.outputShape.count)
        try plan.run(input: [Float](repeating: 1, count: problem.inputShape.count), output: &output)
        let shape = problem.outputShape
        for channel in 0..<channels {
          for y in 0..<shape.height {
            for x in 0..<shape.width {
              let position = kernel.id.layout.offset(shape, batch: 0, channel: channel, row: y, column: x)
              #expect(output[position] == bias[channel], "\(name) on \(problem) at \(channel), \(y), \(x)")
              compared += 1
            }
          }
        }
      }
    }
    #expect(compared > 0 || kernel.id.family == "separable", "\(name) ran none of the problems")
  }
}
