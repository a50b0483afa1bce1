import ArgumentParser
import Convolution
import ConvolutionModel
import Harness
import Reports

/// `bench plan`.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what the library would choose for each layer, over what, and why.",
    discussion: """
      Nothing is timed: the choice is that of wisdom, where a file is given and knows the layer, or else of the cost model.

      EXAMPLES
        bench plan --network resnet50 --layout nhwc
        bench plan --layer conv3_2 --accuracy sum
        bench plan --network vgg16 --wisdom wisdom.json --weights cold
        bench plan --network resnet50 --layout nhwc --timing
      """)

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup var extent: ExtentOptions
  @OptionGroup(title: "Planning") var planning: PlanningCommandOptions

  @Option(help: .init("A file of choices that bench tune has made.", valueName: "file"))
  var wisdom: String?

  @Option(help: .init("Where runs find their weights: warm, in the caches; or cold, in memory.", valueName: "state"))
  var weights: WeightResidency = .warm

  @Option(parsing: .unconditional, help: .init("Bytes of workspace that a run may need.", valueName: "bytes"))
  var workspaceLimit: Int?

  @Flag(
    help:
      "Instead, tell what planning all of it takes in this process: every layer as often as it occurs, packing and page faults included."
  )
  var timing = false

  mutating func validate() throws {
    if !selection.kernels.isEmpty { throw ValidationError("--kernel means nothing to plan: the planner chooses") }
    if selection.isa != .highest { throw ValidationError("--isa means nothing to plan: plans take the highest") }
    if let workspaceLimit, workspaceLimit < 0 {
      throw ValidationError("--workspace-limit is \(workspaceLimit); expected 0 or more bytes")
    }
  }

  func run() throws {
    let console = Console.standard
    try console.exiting { try plan(console: console) }
  }

  /// Refuses what would take more plans than there's room for: each has weights of its own.
  private static func checkPlans(_ workloads: [Workload]) throws(SelectionError) {
    let count = workloads.reduce(0.0) { $0 + Double($1.count) }
    if count > Double(mostPlans) {
      throw .tooLarge(message: "--timing would make \(Int(count)) plans; expected at most \(mostPlans)")
    }
    // As they are, and packed.
    let weights = workloads.reduce(0.0) { sum, workload in
      let operation = workload.operation
      let one = operation.problem.weightCount + (operation.pointwiseProblem?.weightCount ?? 0)
      return sum + 2 * Double(workload.count) * Double(one)
    }
    if let reason = MemoryDemand.objection(what: "the weights of all plans", elements: weights) {
      throw .tooLarge(message: "--timing: \(reason)")
    }
  }

  private static let mostPlans = 100_000

  /// Plans and prints.
  func plan(console: Console) throws -> Outcome {
    let options = PlanningOptions.heuristic(
      accuracy: planning.demand, weights: weights, workspaceLimit: workspaceLimit,
      wisdom: try wisdom.map { path throws(WisdomError) in try Wisdom(contentsOf: path) })
    let (workloads, refused) = try selection.workloadSelection(extent.scope).workloads()
    for line in refused { console.note("\(line.isOutOfScope ? "note" : "error"): \(line)") }
    let layouts = selection.layout.layout.map { [$0] } ?? TensorLayout.allCases
    if timing {
      try Self.checkPlans(workloads)
      for layout in layouts {
        let time = try PlanningTime(workloads, layout: layout, threads: selection.threads, planning: options)
        console.write("\(layout.rawValue): \(PlanningTimeText.text(time))\n")
      }
      return refused.allSatisfy(\.isOutOfScope) ? .success : .failure
    }
    for workload in workloads {
      let operation = workload.operation
      // What the weights are doesn't matter to the choice.
      func zeros(_ count: Int?) -> AlignedBuffer<Float>? { count.map { AlignedBuffer(count: $0, repeating: 0) } }
      let weights = AlignedBuffer<Float>(count: operation.problem.weightCount, repeating: 0)
      let bias = zeros(operation.epilogue.hasBias ? operation.problem.outputChannels : nil)
      let pointwise = zeros(operation.pointwiseProblem?.weightCount)
      let pointwiseBias = zeros(operation.pointwise.flatMap { $0.epilogue.hasBias ? $0.outputChannels : nil })
      func constant(_ buffer: AlignedBuffer<Float>?) -> UnsafeBufferPointer<Float>? {
        buffer.map { UnsafeBufferPointer($0.elements) }
      }
      let parameters = ConvolutionParameters(
        weights: UnsafeBufferPointer(weights.elements), bias: constant(bias), pointwiseWeights: constant(pointwise),
        pointwiseBias: constant(pointwiseBias))
      for layout in layouts {
        let plan = try ConvolutionPlan(
          operation, layout: layout, parameters: parameters, threads: selection.threads, planning: options)
        console.write("\(workload.layer) \(operation) \(layout.rawValue)\n\(plan.explain())\n\n")
      }
      withExtendedLifetime((weights, bias, pointwise, pointwiseBias)) {}
    }
    return refused.allSatisfy(\.isOutOfScope) ? .success : .failure
  }
}

extension WeightResidency: ExpressibleByArgument {}
