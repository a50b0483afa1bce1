import ConvolutionKernels
import ConvolutionModel
import Networks

/// A layer to time, by the network that it's from and its name there.
struct Layer {
  let network: String
  let name: String

  /// One layer of each kind that decides how fast a network is: wide and narrow 3×3, 1×1, first layer, depthwise, separable.
  static let representative = [
    Layer(network: "vgg16", name: "conv1_1"), Layer(network: "resnet50", name: "conv2_1/conv2"),
    Layer(network: "resnet50", name: "conv4_2/conv2"), Layer(network: "resnet50", name: "conv3_1/conv3"),
    Layer(network: "mobilenetv1", name: "block5/depthwise"), Layer(network: "mobilenetv1", name: "block5/separable"),
  ]

  /// The layer's operation, for one image; nil where the network has no layer of the name.
  var operation: ConvolutionOperation? {
    guard let network = try? Network.named(network), let layers = try? network.workloads(),
      let pairs = try? network.separableWorkloads()
    else { return nil }
    return (layers + pairs).first { $0.layer == name }?.operation
  }
}

/// A kernel and an operation with the memory of its runs, all made before anything is timed.
final class PreparedRun {
  private let plan: ConvolutionPlan
  private let input: AlignedBuffer<Float>
  private let output: AlignedBuffer<Float>
  private let residual: AlignedBuffer<Float>?
  private let workspace: AlignedBuffer<UInt8>

  init(_ kernel: any ConvolutionKernel, _ operation: ConvolutionOperation) throws {
    func values(_ count: Int) -> AlignedBuffer<Float> {
      AlignedBuffer((0..<count).map { Float($0 % 17) / 16 - 0.5 })
    }
    let problem = operation.problem
    let weights = values(problem.weightCount)
    let bias = operation.epilogue.hasBias ? values(problem.outputChannels) : nil
    let second = operation.pointwiseProblem.map { values($0.weightCount) }
    let secondBias = operation.pointwise.flatMap { $0.epilogue.hasBias ? values($0.outputChannels) : nil }
    func view(_ buffer: AlignedBuffer<Float>?) -> UnsafeBufferPointer<Float>? {
      buffer.map { UnsafeBufferPointer($0.elements) }
    }
    plan = try withExtendedLifetime((weights, bias, second, secondBias)) {
      try ConvolutionPlan(
        operation, kernel: kernel,
        parameters: ConvolutionParameters(
          weights: UnsafeBufferPointer(weights.elements), bias: view(bias), pointwiseWeights: view(second),
          pointwiseBias: view(secondBias)))
    }
    input = values(operation.inputShape.count)
    output = AlignedBuffer(count: operation.outputShape.count, repeating: 0)
    residual = operation.finalEpilogue.hasResidual ? values(operation.outputShape.count) : nil
    workspace = AlignedBuffer(count: max(64, plan.workspaceBytes), repeating: 0)
    // The first run makes the runtime look up what it then remembers, which allocates.
    try run()
  }

  /// One run.
  func run() throws {
    try plan.run(
      input: UnsafeBufferPointer(input.elements), residual: residual.map { UnsafeBufferPointer($0.elements) },
      output: output.elements, workspace: UnsafeMutableRawBufferPointer(workspace.elements))
  }
}
