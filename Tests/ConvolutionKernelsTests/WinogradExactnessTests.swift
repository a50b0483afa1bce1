import ConvolutionModel
import RegisterTiles
import Testing
import Verification

@testable import ConvolutionKernels

/// F(4, 3) on data for which every number that it computes is exact: the result must have no error at all.
///
/// The filter's transform has denominators of 15 in each dimension, so weights that are multiples of 225 transform to whole
/// numbers. The input's transform is in halves and the output's in eighths, so that everything summed is a multiple of
/// 2⁻²·2⁻⁶ = 2⁻⁸, and exact as long as no sum of magnitudes exceeds 2²⁴·2⁻⁸ = 2¹⁶. That allows but few and small numbers: one
/// tap a filter, and one pixel other than zero in any tile.
struct WinogradExactnessTests {
  private static let matrices = WinogradMatrices.f4x3
  private static let step: Float = 225

  /// The largest sum of magnitudes that one input pixel of 1 and one weight of `step` can lead to in one dimension of the
  /// transforms: `max Σ_p |Aᵀ_yp|·|15 G_pr|·|Bᵀ_pi|`.
  private static let growth: Double = {
    var largest = 0.0
    for y in 0..<4 {
      for r in 0..<3 {
        for i in 0..<6 {
          let sum = (0..<6).reduce(0.0) {
            $0 + abs(matrices.output[y][$1]) * abs(15 * matrices.filter[$1][r]) * abs(matrices.input[$1][i])
          }
          largest = max(largest, sum)
        }
      }
    }
    return largest
  }()

  /// Channels that fit: each adds at most `growth²`, since the two dimensions are transformed one after the other.
  private static let channels = Int(0x1p16 / (growth * growth))

  @Test func conditionLeavesRoomForChannels() {
    #expect(Self.channels >= 3, "growth \(Self.growth)")
  }

  @Test(arguments: TensorLayout.allCases)
  func sparseWholeNumbersAreExact(layout: TensorLayout) throws {
    var generator = SplitMix64(seed: 77)
    for (number, outputs) in [1, 5, 16, 67].enumerated() {
      for padding in 0...2 {
        let problem = try ConvolutionProblem(
          batch: 1 + number % 2, channels: Self.channels, height: 14 + padding, width: 19, filters: outputs, kernel: 3,
          padding: .explicit(Padding(padding)))
        // In rows and columns, the nonzero pixels of a channel are at least 6 apart: no 6×6 tile has two of them.
        let input = AlignedBuffer<Float>(count: problem.inputShape.count, repeating: 0)
        for plane in 0..<problem.batch * Self.channels {
          let (first, second) = (Int.random(in: 0..<6, using: &generator), Int.random(in: 0..<6, using: &generator))
          for y in stride(from: first, to: problem.inputHeight, by: 6) {
            for x in stride(from: second, to: problem.inputWidth, by: 6) {
              let (image, channel) = (plane / Self.channels, plane % Self.channels)
              input[layout.offset(problem.inputShape, batch: image, channel: channel, row: y, column: x)] =
                Bool.random(using: &generator) ? 1 : -1
            }
          }
        }
        let weights = AlignedBuffer<Float>(count: problem.weightCount, repeating: 0)
        for filter in 0..<outputs * Self.channels {
          weights[9 * filter + Int.random(in: 0..<9, using: &generator)] =
            Bool.random(using: &generator) ? Self.step : -Self.step
        }
        let expected = try run("naive-\(layout.rawValue)", problem, input, weights)
        #expect(expected.contains { $0 != 0 })
        #expect(expected.allSatisfy { $0.remainder(dividingBy: Self.step) == 0 })
        for isa in InstructionSet.ofThisArchitecture where isa <= .best {
          let computed = try run("winograd-f4x3-\(layout.rawValue)-\(isa)", problem, input, weights)
          #expect(computed == expected, "\(isa) on \(problem)")
        }
      }
    }
  }

  private func run(
    _ name: String, _ problem: ConvolutionProblem, _ input: AlignedBuffer<Float>, _ weights: AlignedBuffer<Float>
  ) throws -> [Float] {
    let plan = try ConvolutionPlan(
      ConvolutionOperation(problem, epilogue: .none), kernel: try KernelRegistry.kernel(named: name),
      parameters: ConvolutionParameters(weights: UnsafeBufferPointer(weights.elements)))
    var output = [Float](repeating: .nan, count: problem.outputShape.count)
    try plan.run(input: Array(input.elements), output: &output)
    return output
  }
}
