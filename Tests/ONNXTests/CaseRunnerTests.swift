import ConvolutionKernels
import ConvolutionModel
import Reports
import Testing

@testable import ONNXModels

/// A right kernel's result with something added to its last element; or a kernel that refuses everything.
private struct OffKernel: ConvolutionKernel {
  let sound: any ConvolutionKernel
  var addend: Float = 0
  var refuses = false

  var id: KernelID { KernelID(family: "off", layout: sound.id.layout) }

  func support(for operation: ConvolutionOperation) -> Support {
    refuses ? .unsupported(reason: "it refuses everything") : .supported
  }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    PreparedOffKernel(
      sound: try sound.prepare(operation, parameters: parameters, threads: threads), addend: addend,
      last: operation.outputShape.count - 1)
  }
}

private final class PreparedOffKernel: PreparedKernel {
  let sound: any PreparedKernel
  let addend: Float
  let last: Int

  init(sound: any PreparedKernel, addend: Float, last: Int) {
    self.sound = sound
    self.addend = addend
    self.last = last
  }

  var workspaceBytes: Int { sound.workspaceBytes }
  var packedWeightsBytes: Int { sound.packedWeightsBytes }

  func run(_ arguments: RunArguments) {
    sound.run(arguments)
    arguments.output.assumingMemoryBound(to: Float.self)[last] += addend
  }
}

/// Kernels on data sets, and what is said of them. Needs no ONNX file.
struct CaseRunnerTests {
  private let graph = ONNXGraph(
    nodes: [ONNXNode("Conv", inputs: ["x", "w"], outputs: ["y"])], inputs: ["x", "w"], outputs: ["y"])

  /// Two channels, so that the layouts differ.
  private func dataSet(expectedFactor: Float = 1) throws -> ConvolutionDataSet {
    let problem = try ConvolutionProblem(channels: 2, height: 2, width: 3, filters: 2, kernel: 1)
    let expected: [Float] = [8, 10, 12, 14, 16, 18, -6, -6, -6, -6, -6, -6]
    return ConvolutionDataSet(
      operation: ConvolutionOperation(problem, epilogue: .none), input: (1...12).map(Float.init),
      weights: [1, 1, 1, -1], bias: nil, expected: expected.map { $0 * expectedFactor })
  }

  private func run(_ kernels: [any ConvolutionKernel], _ sets: [ConvolutionDataSet]) -> CaseResult {
    var result = CaseResult(graph, name: "a")
    CaseRunner(kernels: kernels).run(sets, into: &result)
    return result
  }

  private func naive(_ layout: TensorLayout) throws -> any ConvolutionKernel {
    try KernelRegistry.kernel(named: "naive-\(layout.rawValue)")
  }

  @Test func rightKernelsPass() throws {
    let result = run([try naive(.nchw), try naive(.nhwc)], [try dataSet(), try dataSet(expectedFactor: 1.0005)])
    #expect(result.outcome == .passed && result.reason == nil && result.dataSets == 2, "\(result)")
    #expect(result.passedKernels == ["naive-nchw", "naive-nhwc"] && result.largestError == 0)
    let distance = try #require(result.largestDistance)
    #expect(distance > 0.4 && distance < 0.6)
  }

  @Test("A kernel that is wrong is named, and the others aren't")
  func wrongKernel() throws {
    let sound = try naive(.nhwc)
    for addend in [0.01, .nan] as [Float] {
      let result = run([sound, OffKernel(sound: sound, addend: addend)], [try dataSet()])
      #expect(result.outcome == .failed && result.passedKernels == ["naive-nhwc"])
      #expect(Array(result.failedKernels.keys) == ["off-nhwc"])
      #expect(result.reason?.contains("off-nhwc output [0, 1, 1, 2] is") == true, "\(result)")
    }
  }

  @Test("An expected output other than the definition's fails, in any data set")
  func wrongExpectation() throws {
    for factor in [1.002, .nan] as [Float] {
      let result = run([try naive(.nchw)], [try dataSet(), try dataSet(expectedFactor: factor)])
      #expect(result.outcome == .failed && result.passedKernels.isEmpty)
      #expect(result.reason?.contains("what ONNX tolerates") == true, "\(result)")
    }
  }

  /// 1 + 2⁻²⁴ rounds to 1 in one order of the sum; −1 leaves 0 or 2⁻²⁴, both by right.
  @Test("What cancels may be as far from the expected output as rounding explains")
  func cancellation() throws {
    let problem = try ConvolutionProblem(channels: 3, height: 1, width: 1, filters: 1, kernel: 1)
    func result(expected: Float) throws -> CaseResult {
      let set = ConvolutionDataSet(
        operation: ConvolutionOperation(problem, epilogue: .none), input: [1, 0x1p-24, -1], weights: [1, 1, 1],
        bias: nil, expected: [expected])
      return run([try naive(.nchw)], [set])
    }
    let near = try result(expected: 0x1.8p-22)
    #expect(near.outcome == .passed && near.outputsWithinRounding == 1, "\(near)")
    #expect(try #require(near.largestDistance) > 1)
    #expect("\(CaseCounts([near]))".hasSuffix("; 1 outputs beyond ONNX's tolerance, but within rounding"))
    #expect(try result(expected: 0x1p-16).outcome == .failed)
  }

  @Test("A case that no kernel runs has not passed")
  func nothingRun() throws {
    let refusing = OffKernel(sound: try naive(.nchw), refuses: true)
    let result = run([refusing], [try dataSet()])
    #expect(result.outcome == .unsupported && result.otherKernels == 1 && !CaseCounts([result]).isSound)
    #expect(result.reason == "none of 1 kernels runs it: it refuses everything")
    #expect(run([refusing, try naive(.nchw)], [try dataSet()]).outcome == .passed)
  }

  @Test("Every family is counted where it belongs; without a convolution that passed, nothing is sound")
  func counts() throws {
    func named(_ operators: String...) -> CaseResult {
      CaseResult(
        ONNXGraph(nodes: operators.map { ONNXNode($0, inputs: [], outputs: []) }, inputs: [], outputs: []), name: "n")
    }
    let others = [
      named("MaxPool"), named("Relu", "BatchNormalization"), named("Add", "Add"), named("LRN"),
      named("GlobalAveragePool"),
    ]
    #expect(others.map(\.reason) == ["pooling", "normalisation", "no convolution", "normalisation", "pooling"])
    #expect(others[2].operators == ["Add"])
    var counts = CaseCounts(others)
    #expect(counts.unsupported == 4 && counts.other == 1 && !counts.isSound)
    let passed = run([try naive(.nchw)], [try dataSet()])
    counts = CaseCounts(others + [passed])
    #expect(
      "\(counts)"
        == "6 cases: 1 passed (1 runs of kernels), 0 failed, 4 unsupported, 1 about other operators")
    #expect(counts.isSound)
    let unreadable = CaseResult(name: "u", unreadable: "broken")
    #expect(!CaseCounts(others + [passed, unreadable]).isSound)

    let rows = ONNXTable.table(others + [passed, unreadable]).rows.map { $0.map(\.text) }
    #expect(rows.map { $0[2] } == ["passed", "unsupported", "unsupported", "unsupported", "unsupported", "failed"])
    #expect(rows[0] == ["a", "Conv", "passed", "1", "0.000", "0.000", passed.problem ?? ""])
    #expect(rows[5].last == "broken")
  }
}
