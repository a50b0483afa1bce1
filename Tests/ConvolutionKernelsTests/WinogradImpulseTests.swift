import ConvolutionModel
import RegisterTiles
import Testing

@testable import ConvolutionKernels

/// Impulses: in each tile one pixel, in each filter one tap. Nothing is summed but what the transforms themselves spread and
/// take back, so that the error that is left has a strict bound, which the matrices give: far below what a wrong tap,
/// pixel, channel or coefficient would make.
struct WinogradImpulseTests {
  /// The largest sum of magnitudes that one pixel of 1 and one tap of 1 lead to in one dimension:
  /// `max Σ_p |Aᵀ_yp|·|G_pr|·|Bᵀ_pi|`.
  private static func growth(_ matrices: WinogradMatrices) -> Double {
    var largest = 0.0
    for y in 0..<matrices.outputs {
      for r in 0..<3 {
        for i in 0..<matrices.outputs + 2 {
          let sum = (0..<matrices.outputs + 2).reduce(0.0) {
            $0 + abs(Double(matrices.output[y][$1] * matrices.filter[$1][r] * matrices.input[$1][i]))
          }
          largest = max(largest, sum)
        }
      }
    }
    return largest
  }

  /// Each term is rounded once in the weights, and at most `size` times in either dimension of either transform, channels
  /// once each: all relative to its own magnitude. F(2, 3) rounds nothing.
  private static func bound(_ variant: WinogradVariant, channels: Int) -> Double {
    let growth = growth(variant.matrices)
    return variant.outputs == 2
      ? 0 : Double(channels) * growth * growth * Double(4 * variant.size + channels + 1) * 0x1p-24
  }

  @Test func boundIsBelowAnyMistake() {
    for variant in WinogradVariant.all { #expect(Self.bound(variant, channels: 3) < 0.01, "F(\(variant.outputs), 3)") }
  }

  @Test(arguments: TensorLayout.allCases)
  func impulsesComeOutWhereTheyBelong(layout: TensorLayout) throws {
    var generator = SplitMix64(seed: 77)
    let channels = 3
    for variant in WinogradVariant.all {
      for (number, outputs) in [1, 5, 16, 67].enumerated() {
        let padding = number % 3
        let problem = try ConvolutionProblem(
          batch: 1 + number % 2, channels: channels, height: 14 + padding, width: 19, filters: outputs, kernel: 3,
          padding: .explicit(Padding(padding)))
        // In rows and columns, the pixels of a channel are a tile's size apart: no tile has two of them.
        let input = AlignedBuffer<Float>(count: problem.inputShape.count, repeating: 0)
        for plane in 0..<problem.batch * channels {
          let first = Int.random(in: 0..<variant.size, using: &generator)
          let second = Int.random(in: 0..<variant.size, using: &generator)
          for y in stride(from: first, to: problem.inputHeight, by: variant.size) {
            for x in stride(from: second, to: problem.inputWidth, by: variant.size) {
              let (image, channel) = (plane / channels, plane % channels)
              input[layout.offset(problem.inputShape, batch: image, channel: channel, row: y, column: x)] =
                Bool.random(using: &generator) ? 1 : -1
            }
          }
        }
        let weights = AlignedBuffer<Float>(count: problem.weightCount, repeating: 0)
        for filter in 0..<outputs * channels {
          weights[9 * filter + Int.random(in: 0..<9, using: &generator)] = Bool.random(using: &generator) ? 1 : -1
        }
        let expected = try run("naive-\(layout.rawValue)", problem, input, weights)
        #expect(expected.contains { $0 != 0 })
        let bound = Self.bound(variant, channels: channels)
        for isa in InstructionSet.ofThisArchitecture where isa <= .best {
          let computed = try run("winograd-f\(variant.outputs)x3-\(layout.rawValue)-\(isa)", problem, input, weights)
          let isClose = zip(computed, expected).allSatisfy { abs(Double($0) - Double($1)) <= bound }
          #expect(isClose, "\(isa) on \(problem): F(\(variant.outputs), 3) errs by more than \(bound)")
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
