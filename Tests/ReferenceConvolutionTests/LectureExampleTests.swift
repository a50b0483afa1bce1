import ConvolutionModel
import ReferenceConvolution
import Testing

/// A convolution of one channel with one filter, computed by hand in the lectures.
private struct Example {
  let image: [[Float]]
  let filter: [[Float]]
  var stride = 1
  let output: [[Float]]

  func computed() throws -> [[Float]] {
    let problem = try ConvolutionProblem(
      channels: 1, height: image.count, width: image[0].count, filters: 1, kernel: filter.count, stride: stride)
    let result = try oracle(
      ConvolutionOperation(problem, epilogue: .none), input: image.flatMap { $0 }, weights: filter.flatMap { $0 }
    ).output()
    return (0..<problem.outputHeight).map { Array(result[$0 * problem.outputWidth..<($0 + 1) * problem.outputWidth]) }
  }
}

private let vertical: [[Float]] = [[1, 0, -1], [1, 0, -1], [1, 0, -1]]
private let horizontal: [[Float]] = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]

private func halves(_ left: Float, _ right: Float) -> [[Float]] {
  Array(repeating: Array(repeating: left, count: 3) + Array(repeating: right, count: 3), count: 6)
}

struct LectureExampleTests {
  /// The strided example's third output is printed as 83 in the lectures: 18 + 8 + 36 + 7 + 6 − 8 + 21 is 88.
  @Test func edgesAndStrides() throws {
    let quadrants = (0..<6).map { y in (0..<6).map { x in (y < 3) == (x < 3) ? Float(10) : 0 } }
    let examples = [
      Example(
        image: [
          [3, 0, 1, 2, 7, 4], [1, 5, 8, 9, 3, 1], [2, 7, 2, 5, 1, 3], [0, 1, 3, 1, 7, 8], [4, 2, 1, 6, 2, 8],
          [2, 4, 5, 2, 3, 9],
        ],
        filter: vertical, output: [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]),
      Example(image: halves(10, 0), filter: vertical, output: Array(repeating: [0, 30, 30, 0], count: 4)),
      Example(image: halves(0, 10), filter: vertical, output: Array(repeating: [0, -30, -30, 0], count: 4)),
      Example(
        image: quadrants, filter: horizontal,
        output: [[0, 0, 0, 0], [30, 10, -10, -30], [30, 10, -10, -30], [0, 0, 0, 0]]),
      Example(
        image: [
          [2, 3, 7, 4, 6, 2, 9], [6, 6, 9, 8, 7, 4, 3], [3, 4, 8, 3, 8, 9, 7], [7, 8, 3, 6, 6, 3, 4],
          [4, 2, 1, 8, 3, 4, 6], [3, 2, 4, 1, 9, 8, 3], [0, 1, 3, 9, 2, 1, 4],
        ],
        filter: [[3, 4, 4], [1, 0, 2], [-1, 0, 3]], stride: 2,
        output: [[91, 100, 88], [69, 91, 117], [44, 72, 74]]),
    ]
    for example in examples { #expect(try example.computed() == example.output) }
  }

  /// The products that the lectures write out add up to 27 and 36; the 22 and 30 printed beside them are slips.
  @Test func filtersAreNotFlipped() throws {
    let example = Example(
      image: [[1, 2, 3, 4, 5], [2, 3, 4, 5, 6], [3, 4, 5, 6, 7], [1, 3, 5, 7, 9], [2, 4, 6, 8, 1]],
      filter: [[0, 1, 2], [3, -1, 2], [1, 0, 1]], output: [[27, 36, 45], [32, 43, 54], [32, 47, 53]])
    #expect(try example.computed() == example.output)
    let products: [Float] = [1 * 0, 2 * 1, 3 * 2, 2 * 3, 3 * -1, 4 * 2, 3 * 1, 4 * 0, 5 * 1]
    #expect(products.reduce(0, +) == 27)
  }
}
