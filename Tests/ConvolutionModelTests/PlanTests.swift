import ConvolutionModel
import Testing

/// Writes the input's sum plus the residual into every output: enough to see what a plan hands to a kernel.
private struct SumKernel: ConvolutionKernel {
  var layout = TensorLayout.nchw
  var availability = Availability.available
  var refusal: String?

  var id: KernelID { KernelID(family: "sum", variant: "test", layout: layout) }
  func support(for operation: ConvolutionOperation) -> Support {
    refusal.map { .unsupported(reason: $0) } ?? .supported
  }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    Prepared(inputs: operation.inputShape.count, outputs: operation.outputShape.count)
  }

  private final class Prepared: PreparedKernel {
    let workspaceBytes = 128
    let packedWeightsBytes = 12
    let inputs: Int
    let outputs: Int

    init(inputs: Int, outputs: Int) {
      self.inputs = inputs
      self.outputs = outputs
    }

    func run(_ arguments: RunArguments) {
      let input = UnsafeBufferPointer(start: arguments.input.assumingMemoryBound(to: Float.self), count: inputs)
      let residual = arguments.residual?.assumingMemoryBound(to: Float.self)
      let output = arguments.output.assumingMemoryBound(to: Float.self)
      arguments.workspace.storeBytes(of: input.reduce(0, +), as: Float.self)
      for i in 0..<outputs { output[i] = arguments.workspace.load(as: Float.self) + (residual?[i] ?? 0) }
    }
  }
}

struct PlanTests {
  private let problem: ConvolutionProblem
  /// 4 inputs, 2 outputs.
  private let weights = AlignedBuffer<Float>([1, 2])

  init() throws {
    problem = try ConvolutionProblem(channels: 1, height: 1, width: 4, filters: 2, kernel: 1, stride: 4)
  }

  private var parameters: ConvolutionParameters {
    ConvolutionParameters(weights: UnsafeBufferPointer(weights.elements))
  }

  private func plan(
    _ epilogue: Epilogue = .none, kernel: SumKernel = SumKernel()
  ) throws(ConvolutionError) -> ConvolutionPlan {
    try ConvolutionPlan(
      ConvolutionOperation(problem, epilogue: epilogue), kernel: kernel, parameters: parameters)
  }

  @Test func runsOnArraysSpansViewsAndBuffers() throws {
    let plan = try plan()
    #expect(plan.kernelID.description == "sum-test-nchw")
    #expect((plan.workspaceBytes, plan.packedWeightsBytes, plan.threads) == (128, 12, 1))
    var output: [Float] = [0, 0]
    try plan.run(input: [1, 2, 3, 4], output: &output)
    #expect(output == [10, 10])
    let input = AlignedBuffer<Float>([1, 1, 1, 2])
    let result = AlignedBuffer<Float>(count: 2, repeating: 0)
    let workspace = AlignedBuffer<UInt8>(count: 128, repeating: 0xFF)
    try plan.run(
      input: TensorView(UnsafeBufferPointer(input.elements), shape: problem.inputShape, layout: .nchw),
      output: MutableTensorView(result.elements, shape: problem.outputShape, layout: .nchw),
      workspace: UnsafeMutableRawBufferPointer(workspace.elements))
    #expect(Array(result.elements) == [5, 5])
  }

  /// A kernel reads each residual before it writes the output there, so that the two may be one tensor.
  @Test func residualMayBeTheOutput() throws {
    let plan = try plan(Epilogue(residual: true))
    var output: [Float] = [0, 0]
    try plan.run(input: [1, 1, 1, 1], residual: [5, 6], output: &output)
    #expect(output == [9, 10])
    let input = AlignedBuffer<Float>(count: 4, repeating: 1)
    let both = AlignedBuffer<Float>([1, 2])
    try plan.run(
      input: UnsafeBufferPointer(input.elements), residual: UnsafeBufferPointer(both.elements), output: both.elements)
    #expect(Array(both.elements) == [5, 6])
  }

  @Test func wrongBuffersAreRefused() throws {
    let plan = try plan()
    let withResidual = try self.plan(Epilogue(residual: true))
    var output: [Float] = [0, 0]
    var short: [Float] = [0]
    #expect(throws: ConvolutionError.bufferTooShort(name: "input", expected: 4, actual: 3)) {
      try plan.run(input: [1, 2, 3], output: &output)
    }
    #expect(throws: ConvolutionError.bufferTooShort(name: "output", expected: 2, actual: 1)) {
      try plan.run(input: [1, 2, 3, 4], output: &short)
    }
    #expect(throws: ConvolutionError.bufferTooShort(name: "input", expected: 4, actual: 0)) {
      try plan.run(input: [], output: &output)
    }
    #expect(throws: ConvolutionError.unexpectedBuffer(name: "residual", isMissing: false)) {
      try plan.run(input: [1, 2, 3, 4], residual: [1, 2], output: &output)
    }
    #expect(throws: ConvolutionError.unexpectedBuffer(name: "residual", isMissing: true)) {
      try withResidual.run(input: [1, 2, 3, 4], output: &output)
    }
    #expect(throws: ConvolutionError.bufferTooShort(name: "residual", expected: 2, actual: 1)) {
      try withResidual.run(input: [1, 2, 3, 4], residual: [1], output: &output)
    }
    #expect(output == [0, 0])
  }

  @Test func overlapsAndBadWorkspacesAreRefused() throws {
    let plan = try plan()
    let withResidual = try self.plan(Epilogue(residual: true))
    let memory = AlignedBuffer<Float>(count: 256, repeating: 0)
    func read(_ range: Range<Int>) -> UnsafeBufferPointer<Float> {
      UnsafeBufferPointer(rebasing: memory.elements[range])
    }
    func write(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(rebasing: memory.elements[range])
    }
    func bytes(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(write(range)) }
    #expect(throws: ConvolutionError.aliasing("input", "output")) {
      try plan.run(input: read(0..<4), output: write(3..<5))
    }
    #expect(throws: ConvolutionError.aliasing("input", "output")) {
      try plan.run(input: read(1..<5), output: write(0..<2))
    }
    try plan.run(input: read(0..<4), output: write(4..<6))
    #expect(throws: ConvolutionError.aliasing("residual", "output")) {
      try withResidual.run(input: read(0..<4), residual: read(5..<7), output: write(4..<6))
    }
    #expect(throws: ConvolutionError.aliasing("input", "workspace")) {
      try plan.run(input: read(30..<34), output: write(4..<6), workspace: bytes(32..<64))
    }
    #expect(throws: ConvolutionError.aliasing("output", "workspace")) {
      try plan.run(input: read(0..<4), output: write(63..<65), workspace: bytes(32..<64))
    }
    #expect(throws: ConvolutionError.aliasing("residual", "workspace")) {
      try withResidual.run(
        input: read(0..<4), residual: read(40..<42), output: write(4..<6), workspace: bytes(32..<64))
    }
    let odd = bytes(33..<65)
    #expect(throws: ConvolutionError.misalignedWorkspace(address: UInt(bitPattern: odd.baseAddress!))) {
      try plan.run(input: read(0..<4), output: write(4..<6), workspace: odd)
    }
    #expect(throws: ConvolutionError.bufferTooShort(name: "workspace", expected: 128, actual: 124)) {
      try plan.run(input: read(0..<4), output: write(4..<6), workspace: bytes(32..<63))
    }
    try plan.run(input: read(0..<4), output: write(4..<6), workspace: bytes(32..<64))
  }

  @Test func wrongViewsAreRefused() throws {
    let plan = try plan()
    let memory = AlignedBuffer<Float>(count: 64, repeating: 0)
    let elements = UnsafeBufferPointer(memory.elements)
    let other = TensorShape(channels: 4, height: 1, width: 1)
    let output = try MutableTensorView(
      UnsafeMutableBufferPointer(rebasing: memory.elements[32...]), shape: problem.outputShape, layout: .nchw)
    #expect(throws: ConvolutionError.shapeMismatch(name: "input", expected: problem.inputShape, actual: other)) {
      try plan.run(input: try TensorView(elements, shape: other, layout: .nchw), output: output)
    }
    #expect(throws: ConvolutionError.layoutMismatch(name: "input", expected: .nchw, actual: .nhwc)) {
      try plan.run(input: try TensorView(elements, shape: problem.inputShape, layout: .nhwc), output: output)
    }
    #expect(throws: ConvolutionError.bufferTooShort(name: "tensor", expected: 65, actual: 64)) {
      try TensorView(elements, shape: TensorShape(channels: 65, height: 1, width: 1), layout: .nchw)
    }
    #expect(throws: ConvolutionError.bufferTooShort(name: "tensor", expected: 130, actual: 64)) {
      try MutableTensorView(
        memory.elements, shape: TensorShape(batch: 2, channels: 65, height: 1, width: 1), layout: .nhwc)
    }
  }

  @Test func plansThatCannotBeMadeAreRefused() throws {
    let operation = ConvolutionOperation(problem, epilogue: .none)
    #expect(throws: ConvolutionError.unavailable(kernel: "sum-test-nchw", reason: "no library")) {
      try plan(kernel: SumKernel(availability: .unavailable(reason: "no library")))
    }
    #expect(
      throws: ConvolutionError.unsupported(
        kernel: "sum-test-nhwc", operation: operation.description, reason: "too small")
    ) { try plan(kernel: SumKernel(layout: .nhwc, refusal: "too small")) }
    for threads in [0, -1, Int.min] {
      #expect(throws: ConvolutionError.invalidThreadCount(threads)) {
        try ConvolutionPlan(operation, kernel: SumKernel(), parameters: parameters, threads: threads)
      }
    }
    let separable = try ConvolutionOperation(
      problem, pointwise: PointwiseStage(outputChannels: 3, epilogue: Epilogue(bias: true)))
    let two = UnsafeBufferPointer(weights.elements)
    for (operation, parameters, error) in [
      (
        operation, ConvolutionParameters(weights: UnsafeBufferPointer(rebasing: two[..<1])),
        ConvolutionError.bufferTooShort(name: "weights", expected: 2, actual: 1)
      ),
      (
        operation, ConvolutionParameters(weights: two, bias: two),
        .unexpectedBuffer(name: "bias", isMissing: false)
      ),
      (
        ConvolutionOperation(problem, epilogue: Epilogue(bias: true)), ConvolutionParameters(weights: two),
        .unexpectedBuffer(name: "bias", isMissing: true)
      ),
      (separable, ConvolutionParameters(weights: two), .unexpectedBuffer(name: "pointwise weights", isMissing: true)),
      (
        separable, ConvolutionParameters(weights: two, pointwiseWeights: two),
        .bufferTooShort(name: "pointwise weights", expected: 6, actual: 2)
      ),
    ] {
      #expect(throws: error) {
        try ConvolutionPlan(operation, kernel: SumKernel(), parameters: parameters)
      }
      #expect(!error.description.isEmpty)
    }
    #expect(throws: ConvolutionError.unexpectedBuffer(name: "residual between the halves", isMissing: false)) {
      try ConvolutionOperation(
        problem, epilogue: Epilogue(residual: true), pointwise: PointwiseStage(outputChannels: 1))
    }
    #expect(throws: ConvolutionError.sizeNotPositive(name: "output channels", value: 0)) {
      try ConvolutionOperation(problem, pointwise: PointwiseStage(outputChannels: 0))
    }
  }

  @Test func activationsKeepNaN() {
    #expect(Activation.allCases.map { $0.apply(-2) } == [-2, 0, 0])
    #expect(Activation.allCases.map { $0.apply(7) } == [7, 7, 6])
    #expect(Activation.allCases.allSatisfy { $0.apply(.nan).isNaN })
  }

  @Test func namesNearEnoughAreSuggested() {
    #expect(nearestName(to: "direct-nwhc", among: ["direct-nhwc", "naive-nchw"]) == "direct-nhwc")
    #expect(nearestName(to: "RESNET50", among: ["vgg16", "resnet50"]) == "resnet50")
    #expect(nearestName(to: "x", among: ["winograd-f4x3-nhwc"]) == nil)
    #expect(nearestName(to: "x", among: []) == nil)
    let error = ConvolutionError.unknownKernel(name: "naiv", nearest: "naive-nchw")
    #expect(error.description == "no kernel is named naiv; did you mean naive-nchw?")
  }

  @Test func bufferAndLayouts() {
    for count in [0, 1, 1000] {
      let buffer = AlignedBuffer<Float>(count: count, repeating: 3)
      #expect(UInt(bitPattern: buffer.elements.baseAddress) % 64 == 0)
      #expect(buffer.count == count)
      #expect(buffer.elements.allSatisfy { $0 == 3 })
    }
    let shape = TensorShape(batch: 2, channels: 3, height: 4, width: 5)
    for layout in TensorLayout.allCases {
      var seen = Set<Int>()
      for n in 0..<2 {
        for c in 0..<3 {
          for y in 0..<4 {
            for x in 0..<5 { seen.insert(layout.offset(shape, batch: n, channel: c, row: y, column: x)) }
          }
        }
      }
      #expect(seen == Set(0..<120))
    }
    #expect(TensorLayout.nchw.offset(shape, batch: 0, channel: 0, row: 0, column: 1) == 1)
    #expect(TensorLayout.nhwc.offset(shape, batch: 0, channel: 1, row: 0, column: 0) == 1)
  }
}
