import Convolution
import ConvolutionKernels
import RegisterTiles
import Testing
import Verification

struct PlannerTests {
  private static func problems() throws -> [ConvolutionProblem] {
    try [
      ConvolutionProblem(channels: 3, height: 12, width: 14, filters: 16, kernel: 7, stride: 2, padding: .same),
      ConvolutionProblem(channels: 32, height: 14, width: 14, filters: 32, kernel: 3, padding: .same),
      ConvolutionProblem(channels: 40, height: 7, width: 9, filters: 24, kernel: 1),
      ConvolutionProblem(channels: 24, height: 9, width: 8, filters: 24, kernel: 3, padding: .same, groups: 24),
      ConvolutionProblem(channels: 12, height: 9, width: 8, filters: 24, kernel: 3, padding: .same, groups: 4),
      ConvolutionProblem(batch: 2, channels: 1, height: 1, width: 1, filters: 1, kernel: 1),
      ConvolutionProblem(
        channels: 8, height: 15, width: 15, filters: 8, kernel: 3, padding: .explicit(Padding(2)), dilation: 2),
    ]
  }

  @Test(arguments: TensorLayout.allCases)
  func whatIsPickedIsRight(layout: TensorLayout) throws {
    for problem in try Self.problems() {
      let separable = try ConvolutionOperation(
        problem, epilogue: Epilogue(bias: true, activation: .relu),
        pointwise: PointwiseStage(outputChannels: 10, epilogue: Epilogue(bias: true)))
      for operation in [
        ConvolutionOperation(problem, epilogue: Epilogue(bias: true, residual: true, activation: .relu6)), separable,
      ] {
        let candidates = Planner.candidates(for: operation, layout: layout)
        let subject = VerificationSubject(operation)
        let plan = try ConvolutionPlan(operation, layout: layout, parameters: subject.parameters)
        #expect(plan.kernelID == candidates.first?.kernel.id)
        #expect(plan.layout == layout)
        // After the one to choose, which may cost a little more than the cheapest, in their order.
        #expect(zip(candidates.dropFirst(), candidates.dropFirst(2)).allSatisfy { $0.cost <= $1.cost })
        #expect(candidates.allSatisfy { candidates[0].cost <= Planner.tie * $0.cost })
        #expect(try Planner.decision(for: operation, layout: layout).chosen?.kernel == plan.kernelID)
        #expect(candidates.allSatisfy { $0.cost > 0 && $0.cost.isFinite })
        let report = subject.verify(candidates[0].kernel)
        #expect(report.verdict == .passed, "\(plan.kernelID) on \(operation): \(report)")
      }
    }
  }

  /// The choices that no machine would make otherwise.
  @Test(arguments: TensorLayout.allCases)
  func choicesAreSensible(layout: TensorLayout) throws {
    func family(_ problem: ConvolutionProblem, pointwise: Int? = nil) throws -> String? {
      let operation = try ConvolutionOperation(
        problem, pointwise: pointwise.map { PointwiseStage(outputChannels: $0) })
      return Planner.candidates(for: operation, layout: layout).first?.kernel.id.family
    }
    let depthwise = try ConvolutionProblem(
      channels: 64, height: 28, width: 28, filters: 64, kernel: 3, padding: .same, groups: 64)
    #expect(try family(depthwise) == "depthwise")
    #expect(try family(depthwise, pointwise: 128) == "separable")
    let wide = try ConvolutionProblem(channels: 256, height: 56, width: 56, filters: 256, kernel: 3, padding: .same)
    #expect(try family(wide) == "winograd")
    let pointwise = try ConvolutionProblem(channels: 256, height: 28, width: 28, filters: 64, kernel: 1)
    #expect(["direct", "im2col"].contains(try family(pointwise)))
  }

  /// Of kernels that are about as cheap, the one that errs least.
  @Test func tiesOfTheModelGoToTheMoreExact() {
    #expect(Planner.preferred([]) == nil)
    #expect(Planner.preferred([(100, 13), (101, 2.5), (101.5, 0.5), (103, 0.1)]) == 2)
    #expect(Planner.preferred([(101, 1), (100, 1)]) == 1)
    #expect(Planner.preferred([(.infinity, 1), (7, 9)]) == 1)
  }

  @Test func plansExplainThemselves() throws {
    let problem = try ConvolutionProblem(channels: 16, height: 14, width: 14, filters: 32, kernel: 3, padding: .same)
    let plan = try ConvolutionPlan(problem, weights: [Float](repeating: 0.5, count: problem.weightCount))
    let text = plan.explain()
    let candidates = Planner.candidates(for: ConvolutionOperation(problem, epilogue: .none), layout: .nhwc)
    #expect(text.hasPrefix("\(candidates[0].kernel.id) by the cost model; workspace "), "\(text)")
    for candidate in candidates.dropFirst() {
      let ratio = (candidate.cost / candidates[0].cost * 100).rounded() / 100
      #expect(text.contains("over \(candidate.kernel.id): expected at \(ratio) times its cost"), "\(text)")
    }
    let exact = try ConvolutionPlan(
      problem, weights: [Float](repeating: 0.5, count: problem.weightCount), planning: .heuristic(accuracy: .sum))
    #expect(exact.explain().contains("ruled out: its error spreads over tiles of 4×4 outputs"), "\(exact.explain())")
    #expect(exact.explain().contains("accuracy demanded: sum, weights warm"), "\(exact.explain())")
    #expect(text.contains("workspace \(plan.workspaceBytes) bytes"), "\(text)")
    #expect(text.contains("packed weights \(plan.packedWeightsBytes) bytes"), "\(text)")
    #expect(text.contains("error ≤ \(plan.errorBound.constant)"), "\(text)")
    // A named kernel was chosen over nothing.
    let weights = AlignedBuffer<Float>(count: problem.weightCount, repeating: 1)
    let forced = try ConvolutionPlan(
      ConvolutionOperation(problem, epilogue: .none), kernel: try KernelRegistry.kernel(named: "naive-nchw"),
      parameters: ConvolutionParameters(weights: UnsafeBufferPointer(weights.elements)))
    #expect(forced.explain().hasPrefix("naive-nchw; workspace 0 bytes"))
  }

  /// The larger the packed weights, the more it costs to find them in memory.
  @Test func coldWeightsCount() throws {
    let operation = ConvolutionOperation(
      try ConvolutionProblem(channels: 256, height: 14, width: 14, filters: 256, kernel: 3, padding: .same),
      epilogue: .none)
    // All of them fit into half of the third level.
    let model = CostModel(isa: .best, l2Bytes: 1 << 20, l3Bytes: 64 << 20)
    func surplus(_ family: String, _ variant: String? = nil) -> Double {
      let id = KernelID(family: family, variant: variant, layout: .nhwc, isa: .best)
      return model.cost(of: id, operation, weights: .cold) - model.cost(of: id, operation, weights: .warm)
    }
    let surpluses = [
      surplus("direct"), surplus("winograd", "f2x3"), surplus("winograd", "f4x3"), surplus("winograd", "f6x3"),
    ]
    #expect(surpluses[0] > 0)
    #expect(zip(surpluses, surpluses.dropFirst()).allSatisfy { $0 < $1 }, "\(surpluses)")
    // Candidates are ranked by it.
    for weights in WeightResidency.allCases {
      for candidate in Planner.candidates(for: operation, layout: .nhwc, weights: weights) {
        #expect(candidate.cost == CostModel().cost(of: candidate.kernel.id, operation, weights: weights))
      }
    }
  }

  /// The few lines that the library is used with.
  @Test func arraysGoInAndComeOut() throws {
    let problem = try ConvolutionProblem(channels: 2, height: 3, width: 3, filters: 1, kernel: 3, padding: .same)
    let plan = try ConvolutionPlan(
      problem, layout: .nchw, weights: [Float](repeating: 1, count: 18), bias: [-50], residual: true,
      activation: .relu)
    var output = [Float](repeating: .nan, count: 9)
    let residual: [Float] = [0, 0, 0, 0, 1, 0, 0, 0, -200]
    try plan.run(input: (1...18).map(Float.init), residual: residual, output: &output)
    let exact = (0..<9).map { place -> Float in
      let (y, x) = (place / 3, place % 3)
      var sum: Float = 0
      for channel in 0..<2 {
        for i in max(0, y - 1)...min(2, y + 1) {
          for j in max(0, x - 1)...min(2, x + 1) { sum += Float(1 + channel * 9 + i * 3 + j) }
        }
      }
      return sum
    }
    // 1 + 2 + … + 18.
    #expect(exact[4] == 171)
    for place in 0..<9 {
      #expect(abs(output[place] - max(0, exact[place] - 50 + residual[place])) < 1e-3, "\(plan.kernelID)")
    }
  }
}
