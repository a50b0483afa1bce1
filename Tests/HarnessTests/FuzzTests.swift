import ConvolutionKernels
import ConvolutionModel
import Harness
import Synchronization
import Testing
import Verification

/// The naive kernel, wrong in the last column where the output's width is one below a multiple of four.
private struct TailKernel: ConvolutionKernel {
  let id = KernelID(family: "tail", layout: .nhwc)
  let naive: any ConvolutionKernel

  init() throws { naive = try KernelRegistry.kernel(named: "naive-nhwc") }

  func support(for operation: ConvolutionOperation) -> Support { naive.support(for: operation) }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [BlockEdge(.outputWidth, 4)] }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    PreparedTail(try naive.prepare(operation, parameters: parameters, threads: threads), operation.outputShape)
  }
}

private final class PreparedTail: PreparedKernel {
  private let inner: any PreparedKernel
  private let shape: TensorShape
  var workspaceBytes: Int { inner.workspaceBytes }
  var packedWeightsBytes: Int { inner.packedWeightsBytes }

  init(_ inner: any PreparedKernel, _ shape: TensorShape) {
    self.inner = inner
    self.shape = shape
  }

  func run(_ arguments: RunArguments) {
    inner.run(arguments)
    if shape.width % 4 == 3 { arguments.output.assumingMemoryBound(to: Float.self)[shape.count - 1] += 1 }
  }
}

/// The naive kernel, which remembers the heights that it prepared.
private final class RecordingKernel: ConvolutionKernel {
  let id = KernelID(family: "recording", layout: .nhwc)
  let heights = Mutex<[Int]>([])
  private let naive: any ConvolutionKernel

  init() throws { naive = try KernelRegistry.kernel(named: "naive-nhwc") }

  func support(for operation: ConvolutionOperation) -> Support { naive.support(for: operation) }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    heights.withLock { $0.append(operation.problem.inputHeight) }
    return try naive.prepare(operation, parameters: parameters, threads: threads)
  }
}

struct FuzzTests {
  @Test func aWrongTailIsFoundAndMadeSmall() throws {
    let run = FuzzRun(kernels: [try TailKernel()], options: FuzzRun.Options(seconds: nil, cases: 30, seed: 3))
    let summary = run.run()
    let failure = try #require(summary.failures.first)
    // Nothing smaller has three columns.
    let problem = failure.operation.problem
    #expect(problem.outputWidth == 3 && problem.outputHeight == 1, "\(problem)")
    #expect((problem.batch, problem.outputChannels, problem.inputChannels) == (1, 1, 1), "\(problem)")
    #expect(failure.operation.finalEpilogue == .none && failure.threads == 1)
    #expect(failure.check == .exactIntegers && summary.failures.count == 1)
    // The command names the same problem.
    let words = failure.command.split(separator: " ").map(String.init)
    #expect(words.prefix(3) == ["bench", "verify", "--problem"])
    #expect(try ConvolutionProblem(parsing: words[3]) == problem)
    #expect(failure.command.contains("--epilogue none --kernel tail-nhwc --seed \(failure.seed)"))
  }

  @Test func rightKernelsPassAndTheSameSeedIsTheSameRun() throws {
    let kernels = try ["naive-nhwc", "naive-nchw"].map { name throws in try KernelRegistry.kernel(named: name) }
    let options = FuzzRun.Options(seconds: nil, cases: 12, seed: 11)
    let summary = FuzzRun(kernels: kernels, options: options).run()
    #expect(summary.failures == [] && summary.mistrusted == 0 && summary.passed == summary.cases)
    #expect(summary.cases == 12 && summary.operations > 1)
    #expect(FuzzRun(kernels: kernels, options: options).run() == summary)
  }

  /// One time in four or so, the operation is one of those or differs from it by one.
  @Test func pastFailuresComeAgain() throws {
    let past = ConvolutionOperation(
      try ConvolutionProblem(
        inputChannels: 1, inputHeight: 90, inputWidth: 1, outputChannels: 1, filterHeight: 1, filterWidth: 1),
      epilogue: .none)
    func tall(_ pastFailures: [ConvolutionOperation]) throws -> Int {
      let kernel = try RecordingKernel()
      let options = FuzzRun.Options(seconds: nil, cases: 16, seed: 5)
      #expect(FuzzRun(kernels: [kernel], pastFailures: pastFailures, options: options).run().failures == [])
      return kernel.heights.withLock { $0.count { 89...91 ~= $0 } }
    }
    #expect(try tall([]) == 0)
    #expect(try tall([past]) > 40)
  }

  @Test func withoutKernelsNothingIsRun() {
    #expect(FuzzRun(kernels: [], options: FuzzRun.Options(seconds: 1)).run().cases == 0)
  }
}
