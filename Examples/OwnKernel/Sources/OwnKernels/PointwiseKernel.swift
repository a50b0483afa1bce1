import Convolution

/// A 1×1 convolution on NHWC: each pixel's channels times a matrix, four pixels and sixteen output channels at a time.
///
/// The output channels of a block lie side by side in a vector, and so do their packed weights. What it doesn't do (other
/// filters, padding, groups, NCHW) it refuses, and says why.
public struct PointwiseKernel: ConvolutionKernel {
  /// Output channels of a block: the floats of a vector.
  static let channels = 16
  /// Pixels that share the weights that are read.
  static let pixels = 4

  /// The kernel has nothing to choose.
  public init() {}

  public var id: KernelID { KernelID(family: "own", variant: "pointwise", layout: .nhwc) }

  public func support(for operation: ConvolutionOperation) -> Support {
    let problem = operation.problem
    if operation.pointwise != nil { return .unsupported(reason: "it runs one convolution, not two") }
    if problem.taps != 1 {
      return .unsupported(reason: "the filter is \(problem.filterHeight)×\(problem.filterWidth); expected 1×1")
    }
    if problem.groups != 1 { return .unsupported(reason: "there are \(problem.groups) groups; expected 1") }
    // The right and the bottom may be negative, where a stride leaves the last pixels unused.
    if problem.padding.top > 0 || problem.padding.left > 0 || problem.padding.bottom > 0 || problem.padding.right > 0 {
      return .unsupported(reason: "the image is padded; expected no padding")
    }
    return .supported
  }

  /// Where tests and fuzzing look first: at counts around these.
  public func blocking(for operation: ConvolutionOperation) -> [BlockEdge] {
    [BlockEdge(.outputChannels, Self.channels), BlockEdge(.outputWidth, Self.pixels)]
  }

  public func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    PreparedPointwise(operation, parameters)
  }
}

private final class PreparedPointwise: PreparedKernel {
  private let problem: ConvolutionProblem
  private let activation: Activation
  /// `[blocks][input channels][16]`, zeros behind the last output channel.
  private let weights: AlignedBuffer<Float>
  /// `[blocks][16]`, zeros where there is no bias.
  private let bias: AlignedBuffer<Float>
  let workspaceBytes = 0
  var packedWeightsBytes: Int { 4 * (weights.count + bias.count) }

  init(_ operation: ConvolutionOperation, _ parameters: ConvolutionParameters) {
    let problem = operation.problem
    self.problem = problem
    activation = operation.epilogue.activation
    let (inputs, outputs, width) = (problem.inputChannels, problem.outputChannels, PointwiseKernel.channels)
    let blocks = (outputs + width - 1) / width
    // The closures are the only place that reads weights and biases: they aren't called where only sizes are asked for.
    weights = parameters.packed.buffer(blocks * inputs * width) { packed in
      packed.initialize(repeating: 0)
      for k in 0..<outputs {
        for c in 0..<inputs {
          packed[(k / width * inputs + c) * width + k % width] = parameters.weights[k * inputs + c]
        }
      }
    }
    bias = parameters.packed.buffer(blocks * width) { packed in
      packed.initialize(repeating: 0)
      if let bias = parameters.bias {
        for k in 0..<outputs { packed[k] = bias[k] }
      }
    }
  }

  func run(_ arguments: RunArguments) {
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    let residual = arguments.residual?.assumingMemoryBound(to: Float.self)
    let output = arguments.output.assumingMemoryBound(to: Float.self)
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    for row in 0..<problem.batch * problem.outputHeight {
      let (image, y) = row.quotientAndRemainder(dividingBy: problem.outputHeight)
      let source = (image * problem.inputHeight + y * problem.strideHeight) * problem.inputWidth * inputs
      let target = row * problem.outputWidth * outputs
      var x = 0
      while x < problem.outputWidth {
        let pixels = min(PointwiseKernel.pixels, problem.outputWidth - x)
        for firstChannel in stride(from: 0, to: outputs, by: PointwiseKernel.channels) {
          block(
            input + source + x * problem.strideWidth * inputs,
            residual.map { $0 + target + x * outputs + firstChannel }, output + target + x * outputs + firstChannel,
            pixels: pixels, firstChannel: firstChannel)
        }
        x += pixels
      }
    }
  }

  /// Up to four pixels of up to sixteen channels.
  private func block(
    _ input: UnsafePointer<Float>, _ residual: UnsafePointer<Float>?, _ output: UnsafeMutablePointer<Float>,
    pixels: Int, firstChannel: Int
  ) {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let rows = UnsafeRawPointer(weights.elements.baseAddress! + firstChannel * inputs)
    let bias = UnsafeRawPointer(bias.elements.baseAddress! + firstChannel).loadUnaligned(as: SIMD16<Float>.self)
    let step = problem.strideWidth * inputs
    // A pixel that isn't there is the first one again: nothing beside the tensor is read.
    let (one, two, three) = (pixels > 1 ? step : 0, pixels > 2 ? 2 * step : 0, pixels > 3 ? 3 * step : 0)
    var (sum0, sum1, sum2, sum3) = (bias, bias, bias, bias)
    for c in 0..<inputs {
      let row = rows.loadUnaligned(fromByteOffset: 64 * c, as: SIMD16<Float>.self)
      sum0 += row * input[c]
      sum1 += row * input[one + c]
      sum2 += row * input[two + c]
      sum3 += row * input[three + c]
    }
    let channels = min(PointwiseKernel.channels, outputs - firstChannel)
    func store(_ sum: SIMD16<Float>, _ pixel: Int) {
      for k in 0..<(pixel < pixels ? channels : 0) {
        let place = pixel * outputs + k
        output[place] = activation.apply(sum[k] + (residual?[place] ?? 0))
      }
    }
    store(sum0, 0)
    store(sum1, 1)
    store(sum2, 2)
    store(sum3, 3)
  }
}
