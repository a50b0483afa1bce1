import ConvolutionKernels
import ConvolutionModel
import Foundation
import Testing
import Verification

/// A kernel that can't run here.
private struct AbsentKernel: ConvolutionKernel {
  let id = KernelID(family: "absent", layout: .nhwc)
  let availability = Availability.unavailable(reason: "not installed")

  func support(for operation: ConvolutionOperation) -> Support { .supported }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    throw .unavailable(kernel: id.description, reason: "not installed")
  }
}

struct VerificationTests {
  /// Where bugs would be: single pixels, filters and paddings larger than the image, strides larger than the filter,
  /// everything uneven.
  private static func boundaryProblems() throws -> [ConvolutionProblem] {
    try [
      "mb1ic1ih1oc1kh1", "mb1ic1ih1oc1kh3ph1", "mb3ic2ih1oc5kh1", "mb1ic1iw9oc1kw3pw1", "g4mb1ic4iw7oc8kw4pw3sw2",
      "mb1ic3ih5oc2kh3ph3", "mb1ic1ih2oc3kh2ph4", "mb1ic2ih7oc2kh1sh3ph0oh3", "mb1ic2ih7oc2kh2sh5ph1",
      "mb1ic2ih9iw5oc3kh3kw1ph0pw2", "mb1ic2ih9oc2kh3dh2ph2", "mb1ic2ih11iw6oc2kh3kw2dh3dw1ph4pw1sh2sw1",
      "g6mb2ic6ih5oc6kh3ph1", "g3mb1ic6ih5oc9kh3ph1sh2", "g5mb1ic5ih4oc10kh5ph2", "mb1ic17ih4oc33kh3ph1",
      "mb2ic16ih6oc16oh6kh4", "mb1ic2ih8oc2oh4kh3sh2ph0pb1", "mb1ic2ih4iw4oc2kh4kw4ph7pw0pb0pr9",
    ].map { text throws(ProblemStringError) in try ConvolutionProblem(parsing: text) }
  }

  @Test(arguments: TensorLayout.allCases)
  func naiveKernelPassesAtTheBoundaries(layout: TensorLayout) throws {
    let kernel = try KernelRegistry.kernel(named: "naive-\(layout.rawValue)")
    for (index, problem) in try Self.boundaryProblems().enumerated() {
      for (number, activation) in Activation.allCases.enumerated() {
        for options in [
          VerificationOptions(seed: UInt64(index), guardPages: true),
          VerificationOptions(coverage: .sampled(maximumMultiplyAdds: 300), guardPages: false),
        ] {
          let epilogue = Epilogue(
            bias: (index + number) % 2 == 0, residual: (index + number) % 3 == 0, activation: activation)
          let operation = ConvolutionOperation(problem, epilogue: epilogue)
          let report = VerificationSubject(operation, options: options).verify(kernel)
          #expect(report.verdict == .passed, "\(operation) \(epilogue): \(report)")
          #expect(report.checkedOutputs > 0)
          #expect((report.error?.maxScaled ?? 2) < 1)
        }
      }
    }
  }

  @Test(arguments: TensorLayout.allCases)
  func pointwiseStagesPass(layout: TensorLayout) throws {
    let kernel = try KernelRegistry.kernel(named: "naive-\(layout.rawValue)")
    for (index, problem) in try Self.boundaryProblems().enumerated() {
      let activations = Activation.allCases
      let operation = try ConvolutionOperation(
        problem, epilogue: Epilogue(bias: true, activation: activations[index % 3]),
        pointwise: PointwiseStage(
          outputChannels: 1 + index % 5,
          epilogue: Epilogue(bias: index % 2 == 0, residual: index % 2 == 1, activation: activations[index / 3 % 3])))
      for coverage in [Coverage.all, .sampled(maximumMultiplyAdds: 1000)] {
        let report = VerificationSubject(operation, options: VerificationOptions(coverage: coverage)).verify(kernel)
        #expect(report.verdict == .passed, "\(operation) \(operation.epilogue): \(report)")
      }
    }
  }

  @Test func singleOutputsAreTrusted() throws {
    let kernel = try KernelRegistry.kernel(named: "naive-nhwc")
    let problem = try ConvolutionProblem(parsing: "mb1ic2ih1oc1kh1")
    let operation = ConvolutionOperation(problem, epilogue: Epilogue(activation: .relu))
    for seed: UInt64 in 0..<50 {
      let report = VerificationSubject(operation, options: VerificationOptions(seed: seed)).verify(kernel)
      #expect(report.verdict == .passed, "seed \(seed): \(report)")
    }
  }

  @Test func nothingToCompareIsMistrusted() throws {
    // The only output sees nothing but padding, so that its zero says nothing of the kernel.
    let problem = try ConvolutionProblem(
      inputChannels: 3, inputHeight: 1, inputWidth: 1, outputChannels: 2, filterHeight: 1, filterWidth: 1,
      padding: Padding(top: 3, left: 0, bottom: -3, right: 0))
    let report = VerificationSubject(ConvolutionOperation(problem, epilogue: .none))
      .verify(try KernelRegistry.kernel(named: "naive-nchw"))
    #expect(report.verdict == .mistrusted)
    #expect(report.reason?.hasPrefix("only 0 of 0") == true)
    // A bias is something to see.
    let biased = VerificationSubject(ConvolutionOperation(problem, epilogue: Epilogue(bias: true)))
      .verify(try KernelRegistry.kernel(named: "naive-nchw"))
    #expect(biased.verdict == .passed)
  }

  @Test func refusalsAreVerdicts() throws {
    let problem = try ConvolutionProblem(channels: 1, height: 4, width: 4, filters: 2, kernel: 3)
    let operation = try ConvolutionOperation(problem, pointwise: PointwiseStage(outputChannels: 3))
    let subject = VerificationSubject(operation)
    let absent = subject.verify(AbsentKernel())
    #expect(absent.verdict == .unavailable)
    #expect(absent.reason == "not installed")
    #expect(absent.checkedOutputs == 0)
    let unsupported = subject.verify(Mutant(bug: .none))
    #expect(unsupported.verdict == .unsupported)
    #expect(unsupported.reason == "mutants have a single stage")
    #expect(unsupported.totalOutputs == 12)
  }

  @Test func samplesStayWithinTheBudgetAndFindTheEdges() throws {
    let problem = try ConvolutionProblem(
      batch: 2, channels: 8, height: 17, width: 19, filters: 12, kernel: 3, padding: .same)
    let operation = ConvolutionOperation(problem, epilogue: Epilogue(bias: true))
    let edges = [BlockEdge(.outputWidth, 6), BlockEdge(.outputChannels, 8), BlockEdge(.outputPixels, 14)]
    for budget in [1, 1000, 20_000, 100_000] {
      let options = VerificationOptions(coverage: .sampled(maximumMultiplyAdds: budget), guardPages: false)
      let subject = VerificationSubject(operation, blockEdges: edges, options: options)
      #expect(subject.checkedOutputs >= 1)
      #expect(subject.checkedOutputs <= max(1, budget / 72))
      #expect(subject.checkedOutputs >= budget / 72 - 12)
      guard budget == 100_000 else { continue }
      for bug in [Bug.rightColumnRepeated, .lastChannelUnwritten, .secondImageIsFirst, .droppedTap, .oneNaN] {
        #expect(subject.verify(Mutant(bug: bug)).verdict == .failed, "\(bug)")
      }
      let bound = ErrorBound(constant: 2, tile: 4, isExactOnIntegers: false)
      #expect(subject.verify(Mutant(bug: .none, bound: bound)).verdict == .passed)
    }
    let whole = VerificationSubject(
      operation, options: VerificationOptions(coverage: .sampled(maximumMultiplyAdds: problem.multiplyAdds)))
    #expect(whole.checkedOutputs == operation.outputShape.count)
  }

  @Test func dataAreSharedAndReproducible() throws {
    let problem = try ConvolutionProblem(channels: 3, height: 5, width: 4, filters: 2, kernel: 3)
    let operation = ConvolutionOperation(problem, epilogue: Epilogue(bias: true, residual: true))
    let subject = VerificationSubject(operation, options: VerificationOptions(seed: 7))
    let again = VerificationSubject(operation, options: VerificationOptions(seed: 7))
    let other = VerificationSubject(operation, options: VerificationOptions(seed: 8))
    let planes = subject.input(for: .nchw)
    #expect(Array(planes) == Array(again.input(for: .nchw)))
    #expect(Array(planes) != Array(other.input(for: .nchw)))
    #expect(Array(subject.parameters.weights) == Array(again.parameters.weights))
    let pixels = subject.input(for: .nhwc)
    #expect(pixels.baseAddress == subject.input(for: .nhwc).baseAddress)
    for (c, y, x) in [(0, 0, 0), (1, 2, 3), (2, 4, 3)] {
      let shape = operation.inputShape
      #expect(
        planes[TensorLayout.nchw.offset(shape, batch: 0, channel: c, row: y, column: x)]
          == pixels[TensorLayout.nhwc.offset(shape, batch: 0, channel: c, row: y, column: x)])
    }
    #expect(subject.residual(for: .nhwc)?.count == operation.outputShape.count)
    #expect(planes.allSatisfy { -1..<1 ~= $0 })
    try subject.parameters.check(for: operation)
  }

  @Test func integersAreNeverZeroUnlessSparse() {
    var generator = SplitMix64(seed: 5)
    let dense = Fill.integers(amplitude: 3, scale: 0.5, density: 1).buffer(count: 4000, &generator)
    #expect(Set(dense.elements) == [-1.5, -1, -0.5, 0.5, 1, 1.5])
    let sparse = Fill.integers(amplitude: 1, scale: 1, density: 0.25).buffer(count: 4000, &generator)
    #expect(Set(sparse.elements) == [-1, 0, 1])
    #expect(800...1200 ~= sparse.elements.count { $0 != 0 })
    // The generator's published first value for this seed.
    var known = SplitMix64(seed: 1_234_567)
    #expect(known.next() == 6_457_827_717_110_365_317)
  }

  @Test func errorsSurviveJSON() throws {
    let error = MeasuredError(
      maxScaled: .infinity, maxAbsolute: 2, rootMeanSquare: 0.5, batch: 1, channel: 2, row: 3, column: 4,
      actual: .nan, expected: -1)
    let data = try JSONEncoder().encode(error)
    let decoded = try JSONDecoder().decode(MeasuredError.self, from: data)
    #expect(decoded.maxScaled == .infinity)
    #expect(decoded.actual.isNaN)
    #expect((decoded.channel, decoded.expected) == (2, -1))
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(MeasuredError.self, from: Data(#"{"maxScaled": "much"}"#.utf8))
    }
  }
}
