import ConvolutionVerification

/// A 1×1 convolution on NHWC from the definition, but for a loop that ends at a wrong place.
struct PlantedKernel: ConvolutionKernel {
  /// How far beyond the last input channel the loop ends; 0 is right.
  let offByChannels: Int

  var id: KernelID { KernelID(family: "planted", layout: .nhwc) }

  func support(for operation: ConvolutionOperation) -> Support {
    operation.problem.isPointwise && operation.pointwise == nil && operation.epilogue == .none
      ? .supported : .unsupported(reason: "it isn't a plain 1×1 convolution")
  }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    let count = operation.problem.weightCount
    return Prepared(
      problem: operation.problem, weights: parameters.packed.copy(parameters.weights, count: count),
      offByChannels: offByChannels)
  }

  private final class Prepared: PreparedKernel {
    let problem: ConvolutionProblem
    let weights: AlignedBuffer<Float>
    let offByChannels: Int
    let workspaceBytes = 0
    var packedWeightsBytes: Int { 4 * weights.count }

    init(problem: ConvolutionProblem, weights: AlignedBuffer<Float>, offByChannels: Int) {
      self.problem = problem
      self.weights = weights
      self.offByChannels = offByChannels
    }

    func run(_ arguments: RunArguments) {
      let input = arguments.input.assumingMemoryBound(to: Float.self)
      let output = arguments.output.assumingMemoryBound(to: Float.self)
      let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
      for pixel in 0..<problem.batch * problem.outputPixels {
        for k in 0..<outputs {
          var sum: Float = 0
          for c in 0..<inputs + offByChannels {
            // A weight that is there, so that only the input is read beside.
            sum += weights[k * inputs + min(c, inputs - 1)] * input[pixel * inputs + c]
          }
          output[pixel * outputs + k] = sum
        }
      }
    }
  }
}
