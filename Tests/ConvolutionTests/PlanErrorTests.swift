import Convolution
import ConvolutionKernels
import Testing

/// What can be wrong with a request, and that the message says so.
struct PlanErrorTests {
  private static func error(_ body: () throws -> Void) -> ConvolutionError? {
    do {
      try body()
      return nil
    } catch { return error as? ConvolutionError }
  }

  @Test func unknownKernelsSuggestTheNearest() {
    for (name, nearest) in [
      ("direct-nhwc-avx521", "direct-nhwc-avx512"), ("winograd-f4-nhwc-avx512", "winograd-f4x3-nhwc-avx512"),
      ("naiv-nchw", "naive-nchw"), ("Im2Col-Own-NHWC-avx2", "im2col-own-nhwc-avx2"),
    ] {
      let error = Self.error { _ = try KernelRegistry.kernel(named: name) }
      #expect(error == .unknownKernel(name: name, nearest: nearest))
      #expect(error?.description == "no kernel is named \(name); did you mean \(nearest)?")
    }
    // Nothing comes near: no suggestion is better than a random one.
    #expect(Self.error { _ = try KernelRegistry.kernel(named: "") } == .unknownKernel(name: "", nearest: nil))
    let far = "qqqqqqqq"
    #expect(Self.error { _ = try KernelRegistry.kernel(named: far) } == .unknownKernel(name: far, nearest: nil))
  }

  @Test func everyKernelIsFoundByItsName() throws {
    for kernel in KernelRegistry.all {
      #expect(try KernelRegistry.kernel(named: kernel.id.description).id == kernel.id)
    }
  }

  /// A kernel that is asked for by name is run, or refuses: nothing takes its place.
  @Test(arguments: KernelRegistry.all.map(\.id.description))
  func forcedKernelsRunOrRefuse(name: String) throws {
    let kernel = try KernelRegistry.kernel(named: name)
    let weights = AlignedBuffer<Float>(count: 10_000, repeating: 1)
    func plan(_ operation: ConvolutionOperation) throws -> ConvolutionPlan {
      try ConvolutionPlan(
        operation, kernel: kernel,
        parameters: ConvolutionParameters(
          weights: UnsafeBufferPointer(weights.elements),
          pointwiseWeights: operation.pointwise.map { _ in UnsafeBufferPointer(weights.elements) }))
    }
    var refused = 0
    let problems = try [
      ConvolutionProblem(channels: 4, height: 9, width: 9, filters: 6, kernel: 5, stride: 2),
      ConvolutionProblem(channels: 4, height: 9, width: 9, filters: 6, kernel: 3, stride: 2),
      ConvolutionProblem(channels: 4, height: 9, width: 9, filters: 6, kernel: 3, dilation: 2),
      ConvolutionProblem(channels: 4, height: 9, width: 9, filters: 6, kernel: 3, groups: 2),
      ConvolutionProblem(channels: 4, height: 9, width: 9, filters: 4, kernel: 3, groups: 4),
    ]
    for problem in problems {
      for pointwise in [nil, PointwiseStage(outputChannels: 3)] {
        let operation = try ConvolutionOperation(problem, pointwise: pointwise)
        if let reason = kernel.availability.reason {
          let error = Self.error { _ = try plan(operation) }
          #expect(error == .unavailable(kernel: name, reason: reason))
          #expect(error?.description == "kernel \(name) is unavailable: \(reason)")
          continue
        }
        switch kernel.support(for: operation) {
        case .supported: #expect(try plan(operation).kernelID == kernel.id)
        case .unsupported(let reason):
          refused += 1
          let error = Self.error { _ = try plan(operation) }
          #expect(error == .unsupported(kernel: name, operation: operation.description, reason: reason))
          #expect(error?.description == "kernel \(name) can't run \(operation): \(reason)")
          #expect(!reason.isEmpty && reason.last != ".")
        }
      }
    }
    #expect((refused == 0) == (kernel.id.family == "naive") || kernel.availability != .available)
  }

  @Test func arraysAreMeasured() throws {
    let problem = try ConvolutionProblem(channels: 3, height: 5, width: 4, filters: 2, kernel: 3)
    let weights = [Float](repeating: 1, count: 54)
    #expect(
      Self.error { _ = try ConvolutionPlan(problem, weights: Array(weights.dropLast())) }
        == .bufferTooShort(name: "weights", expected: 54, actual: 53))
    #expect(
      Self.error { _ = try ConvolutionPlan(problem, weights: weights, bias: [1]) }
        == .bufferTooShort(name: "bias", expected: 2, actual: 1))
    #expect(
      Self.error { _ = try ConvolutionPlan(problem, weights: []) }
        == .bufferTooShort(name: "weights", expected: 54, actual: 0))
    for threads in [0, -1, 1025, Int.max] {
      #expect(
        Self.error { _ = try ConvolutionPlan(problem, weights: weights, threads: threads) }
          == .invalidThreadCount(threads))
    }
    let plan = try ConvolutionPlan(problem, weights: weights, threads: 3)
    #expect(plan.threads == 3)
    let input = [Float](repeating: 1, count: 60)
    var output = [Float](repeating: 0, count: 12)
    #expect(
      Self.error { try plan.run(input: Array(input.dropLast()), output: &output) }
        == .bufferTooShort(name: "input", expected: 60, actual: 59))
    #expect(
      Self.error { try plan.run(input: input, residual: output, output: &output) }
        == .unexpectedBuffer(name: "residual", isMissing: false))
    var short = [Float](repeating: 0, count: 11)
    #expect(
      Self.error { try plan.run(input: input, output: &short) }
        == .bufferTooShort(name: "output", expected: 12, actual: 11))
    let adding = try ConvolutionPlan(problem, weights: weights, residual: true)
    #expect(
      Self.error { try adding.run(input: input, output: &output) }
        == .unexpectedBuffer(name: "residual", isMissing: true))
    try plan.run(input: input, output: &output)
    #expect(output == [Float](repeating: 27, count: 12))
  }
}
