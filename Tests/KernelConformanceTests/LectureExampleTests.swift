import ConvolutionKernels
import ConvolutionModel
import Testing

/// The convolutions that the lectures work out by hand, on every kernel.
struct LectureExampleTests {
  private struct Example {
    let image: [[Float]]
    let filter: [[Float]]
    var stride = 1
    let output: [[Float]]
  }

  private static let vertical: [[Float]] = [[1, 0, -1], [1, 0, -1], [1, 0, -1]]
  private static let horizontal: [[Float]] = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]

  private static func halves(_ left: Float, _ right: Float) -> [[Float]] {
    Array(repeating: [left, left, left, right, right, right], count: 6)
  }

  /// Two of the lectures' printed results are slips of addition: the first row of the first example begins 27, 36, and the
  /// strided example's third output is 88.
  private static let examples = [
    Example(
      image: [[1, 2, 3, 4, 5], [2, 3, 4, 5, 6], [3, 4, 5, 6, 7], [1, 3, 5, 7, 9], [2, 4, 6, 8, 1]],
      filter: [[0, 1, 2], [3, -1, 2], [1, 0, 1]], output: [[27, 36, 45], [32, 43, 54], [32, 47, 53]]),
    Example(
      image: [
        [3, 0, 1, 2, 7, 4], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3], [0, 1, 3, 1, 7, 8], [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
      ],
      filter: vertical, output: [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]),
    Example(image: halves(10, 0), filter: vertical, output: Array(repeating: [0, 30, 30, 0], count: 4)),
    Example(image: halves(0, 10), filter: vertical, output: Array(repeating: [0, -30, -30, 0], count: 4)),
    Example(
      image: (0..<6).map { y in (0..<6).map { x in (y < 3) == (x < 3) ? 10 : 0 } }, filter: horizontal,
      output: [[0, 0, 0, 0], [30, 10, -10, -30], [30, 10, -10, -30], [0, 0, 0, 0]]),
    Example(
      image: [
        [2, 3, 7, 4, 6, 2, 9], [6, 6, 9, 8, 7, 4, 3], [3, 4, 8, 3, 8, 9, 7], [7, 8, 3, 6, 6, 3, 4],
        [4, 2, 1, 8, 3, 4, 6], [3, 2, 4, 1, 9, 8, 3], [0, 1, 3, 9, 2, 1, 4],
      ],
      filter: [[3, 4, 4], [1, 0, 2], [-1, 0, 3]], stride: 2, output: [[91, 100, 88], [69, 91, 117], [44, 72, 74]]),
  ]

  @Test(arguments: TestedKernels.names)
  func everyKernelAgrees(name: String) throws {
    let kernel = try TestedKernels.available(name)
    var compared = 0
    for example in Self.examples {
      let problem = try ConvolutionProblem(
        channels: 1, height: example.image.count, width: example.image[0].count, filters: 1,
        kernel: example.filter.count, stride: example.stride)
      // A pointwise stage that multiplies with 1 makes the examples fit for separable kernels.
      for operation in [
        ConvolutionOperation(problem, epilogue: .none),
        try ConvolutionOperation(problem, pointwise: PointwiseStage(outputChannels: 1)),
      ] where kernel.support(for: operation).isSupported {
        let weights = AlignedBuffer(example.filter.flatMap { $0 })
        let one = AlignedBuffer<Float>([1])
        let plan = try ConvolutionPlan(
          operation, kernel: kernel,
          parameters: ConvolutionParameters(
            weights: UnsafeBufferPointer(weights.elements),
            pointwiseWeights: operation.pointwise.map { _ in UnsafeBufferPointer(one.elements) }))
        var output = [Float](repeating: .nan, count: operation.outputShape.count)
        try plan.run(input: example.image.flatMap { $0 }, output: &output)
        let tolerance: Float = plan.errorBound.isExactOnIntegers ? 0 : 1e-4
        for (computed, expected) in zip(output, example.output.joined()) {
          #expect(abs(computed - expected) <= tolerance, "\(name) on \(operation)")
        }
        #expect(output.count == example.output.joined().count)
        compared += 1
      }
    }
    #expect(compared >= 5, "\(name) computed \(compared) examples")
  }
}
