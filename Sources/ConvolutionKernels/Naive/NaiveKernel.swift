import ConvolutionModel

/// The definition as seven loops: slow, readable, and able to run everything, so that every faster kernel has a plain one
/// to stand beside.
struct NaiveKernel: ConvolutionKernel {
  let layout: TensorLayout

  var id: KernelID { KernelID(family: "naive", layout: layout) }

  func support(for operation: ConvolutionOperation) -> Support { .supported }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    PreparedNaive(operation, parameters: parameters, layout: layout)
  }
}

private final class PreparedNaive: PreparedKernel {
  let workspaceBytes: Int
  let packedWeightsBytes: Int
  private let first: NaiveStage
  private let second: NaiveStage?

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, layout: TensorLayout) {
    first = NaiveStage(
      operation.problem, epilogue: operation.epilogue, weights: parameters.weights, bias: parameters.bias,
      packed: parameters.packed, layout: layout)
    if let pointwise = operation.pointwise, let problem = operation.pointwiseProblem {
      second = NaiveStage(
        problem, epilogue: pointwise.epilogue, weights: parameters.pointwiseWeights!,
        bias: parameters.pointwiseBias, packed: parameters.packed, layout: layout)
      workspaceBytes = 4 * operation.problem.outputShape.count
    } else {
      second = nil
      workspaceBytes = 0
    }
    packedWeightsBytes = first.packedBytes + (second?.packedBytes ?? 0)
  }

  func run(_ arguments: RunArguments) {
    let (input, residual, output) = arguments.floats
    guard let second else { return first.run(input: input, residual: residual, output: output) }
    let between = arguments.workspace.assumingMemoryBound(to: Float.self)
    first.run(input: input, residual: nil, output: between)
    second.run(input: between, residual: residual, output: output)
  }
}

/// One convolution of a naive plan.
private struct NaiveStage: Sendable {
  let problem: ConvolutionProblem
  let epilogue: Epilogue
  let weights: AlignedBuffer<Float>
  let bias: AlignedBuffer<Float>?
  let layout: TensorLayout
  var packedBytes: Int { 4 * (weights.count + (bias?.count ?? 0)) }

  init(
    _ problem: ConvolutionProblem, epilogue: Epilogue, weights: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?, packed: PackedConstants, layout: TensorLayout
  ) {
    self.problem = problem
    self.epilogue = epilogue
    self.weights = packed.copy(weights, count: problem.weightCount)
    self.bias = bias.map { packed.copy($0, count: problem.outputChannels) }
    self.layout = layout
  }

  func run(
    input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
  ) {
    for n in 0..<problem.batch {
      for k in 0..<problem.outputChannels {
        for y in 0..<problem.outputHeight {
          for x in 0..<problem.outputWidth {
            let position = layout.offset(problem.outputShape, batch: n, channel: k, row: y, column: x)
            var value = sum(n, k, y, x, input)
            if let bias { value += bias[k] }
            if let residual { value += residual[position] }
            output[position] = epilogue.activation.apply(value)
          }
        }
      }
    }
  }

  /// The sum over channels and taps for one output.
  private func sum(_ n: Int, _ k: Int, _ y: Int, _ x: Int, _ input: UnsafePointer<Float>) -> Float {
    let channels = problem.inputChannelsPerGroup
    let firstChannel = k / problem.outputChannelsPerGroup * channels
    var sum: Float = 0
    for c in 0..<channels {
      for r in 0..<problem.filterHeight {
        let row = y * problem.strideHeight + r * problem.dilationHeight - problem.padding.top
        guard 0..<problem.inputHeight ~= row else { continue }
        for s in 0..<problem.filterWidth {
          let column = x * problem.strideWidth + s * problem.dilationWidth - problem.padding.left
          guard 0..<problem.inputWidth ~= column else { continue }
          let weight = weights[((k * channels + c) * problem.filterHeight + r) * problem.filterWidth + s]
          let position = layout.offset(
            problem.inputShape, batch: n, channel: firstChannel + c, row: row, column: column)
          sum += weight * input[position]
        }
      }
    }
    return sum
  }
}
