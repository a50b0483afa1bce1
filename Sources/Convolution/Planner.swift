import ConvolutionKernels
import ConvolutionModel
import Measurement
import RegisterTiles

/// Picks a kernel for an operation.
public enum Planner {
  /// A kernel that could run an operation, and what the planner expects of it.
  public struct Candidate: Sendable {
    /// The kernel.
    public let kernel: any ConvolutionKernel
    /// Expected cost of a run, see ``CostModel``; infinite for kernels that it knows nothing of, such as registered ones.
    public let cost: Double
  }

  /// Expected to cost less than this many times the cheapest, a kernel is taken for as cheap: the model doesn't know better.
  package static let tie = 1.02

  /// The place of the kernel to choose: of those that are about as cheap as the cheapest, the one that errs least.
  ///
  /// - Parameter candidates: costs and error constants, see ``ErrorBound/constant``.
  /// - Returns: nil of none.
  package static func preferred(_ candidates: [(cost: Double, errorConstant: Double)]) -> Int? {
    guard let cheapest = candidates.map(\.cost).min() else { return nil }
    return candidates.indices.filter { candidates[$0].cost <= tie * cheapest }.min {
      (candidates[$0].errorConstant, candidates[$0].cost) < (candidates[$1].errorConstant, candidates[$1].cost)
    }
  }

  /// The kernels of the best instruction set that can run an operation: first the one to choose, then the others, the
  /// cheapest first; of equally cheap ones that of the lower error, then by name.
  public static func candidates(
    for operation: ConvolutionOperation, layout: TensorLayout, weights: WeightResidency = .warm, threads: Int = 1,
    among kernels: [any ConvolutionKernel] = KernelRegistry.all
  ) -> [Candidate] {
    let model = CostModel()
    // Whatever their family's name: the model's numbers are of this package's kernels.
    let registered = Set(KernelRegistry.registered.map(\.id))
    var candidates = kernels.filter { kernel in
      kernel.id.layout == layout && kernel.id.isa ?? .best == .best && kernel.availability == .available
        && kernel.support(for: operation).isSupported
    }
    .map { kernel in
      Candidate(
        kernel: kernel,
        cost: registered.contains(kernel.id)
          ? .infinity : model.cost(of: kernel.id, operation, weights: weights, threads: threads))
    }
    .sorted { first, second in
      let errors = (first.kernel.errorBound(for: operation), second.kernel.errorBound(for: operation))
      return (first.cost, errors.0.constant, first.kernel.id.description)
        < (second.cost, errors.1.constant, second.kernel.id.description)
    }
    let costs = candidates.map { (cost: $0.cost, errorConstant: $0.kernel.errorBound(for: operation).constant) }
    if let preferred = preferred(costs) { candidates.insert(candidates.remove(at: preferred), at: 0) }
    return candidates
  }
}

extension Planner {
  /// What a plan would choose for an operation, and over what; nothing is packed or timed. A mode that measures is taken for
  /// the heuristic.
  ///
  /// - Throws: ``ConvolutionError`` for impossible options, or where no kernel meets the demands.
  public static func decision(
    for operation: ConvolutionOperation, layout: TensorLayout, threads: Int = 1,
    planning: PlanningOptions = .heuristic
  ) throws(ConvolutionError) -> PlanDecision {
    try PlanningRun(
      operation: operation, layout: layout,
      parameters: ConvolutionParameters(packed: .unfilled(), of: operation), threads: threads, options: planning
    ).select().decision
  }
}

/// One choice in the making.
struct PlanningRun {
  let operation: ConvolutionOperation
  let layout: TensorLayout
  let parameters: ConvolutionParameters
  let threads: Int
  let options: PlanningOptions
  var kernels: [any ConvolutionKernel] = KernelRegistry.all
  var machine = MachineIdentity.current
  var clock: () -> UInt64 = MonotonicClock.nanoseconds

  /// A kernel that was chosen, packed.
  struct Choice {
    let kernel: any ConvolutionKernel
    let prepared: any PreparedKernel
    let packed: PackedConstants
    let decision: PlanDecision
  }

  /// A kernel that was chosen, not packed yet.
  struct Selection {
    let kernel: any ConvolutionKernel
    let decision: PlanDecision
  }

  /// Chooses and packs.
  ///
  /// - Throws: ``ConvolutionError`` for impossible options or parameters, or where no kernel meets the demands.
  func choose() throws(ConvolutionError) -> Choice {
    try parameters.check(for: operation)
    var notes: [String] = []
    let (candidates, ruledOut) = try candidates()
    if let selection = try followWisdom(candidates, ruledOut, &notes) { return try pack(selection) }
    if case .measured(let seconds) = options.mode {
      if seconds > 0 {
        if let choice = try measure(candidates, seconds: seconds, ruledOut, &notes) { return choice }
      } else {
        notes.append("no time to measure")
      }
    }
    return try pack(chooseByCost(candidates, ruledOut, notes))
  }

  /// Chooses without measuring or packing anything.
  ///
  /// - Throws: ``ConvolutionError`` for impossible options, or where no kernel meets the demands.
  func select() throws(ConvolutionError) -> Selection {
    var notes: [String] = []
    let (candidates, ruledOut) = try candidates()
    if let selection = try followWisdom(candidates, ruledOut, &notes) { return selection }
    return try chooseByCost(candidates, ruledOut, notes)
  }

  /// The kernels that meet the accuracy demand, and those that don't.
  private func candidates() throws(ConvolutionError) -> ([Planner.Candidate], ruledOut: [PlanDecision.Alternative]) {
    try options.check()
    if !(1...1024).contains(threads) { throw .invalidThreadCount(threads) }
    var ruledOut: [PlanDecision.Alternative] = []
    var candidates: [Planner.Candidate] = []
    for candidate in Planner.candidates(
      for: operation, layout: layout, weights: options.weights, threads: threads, among: kernels)
    {
      let bound = candidate.kernel.errorBound(for: operation)
      if let objection = options.accuracy.objection(to: bound) {
        ruledOut.append(.init(kernel: candidate.kernel.id, cost: candidate.cost, reason: objection))
      } else {
        candidates.append(candidate)
      }
    }
    return (candidates, ruledOut)
  }

  /// The cheapest candidate whose workspace is small enough; none that the model knows nothing of.
  private func chooseByCost(
    _ candidates: [Planner.Candidate], _ ruledOut: [PlanDecision.Alternative], _ notes: [String]
  ) throws(ConvolutionError) -> Selection {
    var ruledOut = ruledOut
    for (place, candidate) in candidates.enumerated() {
      if !candidate.cost.isFinite {
        ruledOut.append(Self.alternative(candidate))
        continue
      }
      if let objection = try objection(toWorkspaceOf: candidate.kernel) {
        ruledOut.append(.init(kernel: candidate.kernel.id, cost: candidate.cost, reason: objection))
        continue
      }
      let rest = candidates[(place + 1)...].map(Self.alternative)
      return Selection(
        kernel: candidate.kernel,
        decision: decision(.heuristic, .init(kernel: candidate.kernel.id, cost: candidate.cost), rest + ruledOut, notes)
      )
    }
    throw .noKernelMeetsDemands(
      operation: operation.description, reasons: ruledOut.map { "\($0.kernel): \($0.reason ?? "ruled out")" })
  }

  /// A kernel that wasn't chosen, without a measurement.
  private static func alternative(_ candidate: Planner.Candidate) -> PlanDecision.Alternative {
    PlanDecision.Alternative(
      kernel: candidate.kernel.id, cost: candidate.cost,
      reason: candidate.cost.isFinite ? nil : "the cost model knows nothing of it; measured plans time it")
  }

  /// What wisdom says, as long as it can be followed.
  private func followWisdom(
    _ candidates: [Planner.Candidate], _ ruledOut: [PlanDecision.Alternative], _ notes: inout [String]
  ) throws(ConvolutionError) -> Selection? {
    guard let wisdom = options.wisdom else { return nil }
    guard let entry = wisdom[wisdomKey] else {
      notes.append("wisdom knows nothing of this operation here")
      return nil
    }
    guard let candidate = candidates.first(where: { $0.kernel.id.description == entry.kernel }) else {
      let reason = ruledOut.first { $0.kernel.description == entry.kernel }?.reason ?? "it can't run here"
      notes.append("wisdom names \(entry.kernel): \(reason)")
      return nil
    }
    if let objection = try objection(toWorkspaceOf: candidate.kernel) {
      notes.append("wisdom names \(entry.kernel): \(objection)")
      return nil
    }
    let others = candidates.filter { $0.kernel.id != candidate.kernel.id }
    return Selection(
      kernel: candidate.kernel,
      decision: decision(
        .wisdom, .init(kernel: candidate.kernel.id, cost: candidate.cost, nanoseconds: entry.nanoseconds),
        others.map(Self.alternative) + ruledOut, notes))
  }

  /// Under what this choice is kept.
  var wisdomKey: Wisdom.Key {
    Wisdom.Key(
      operation, layout: layout, threads: threads, accuracy: options.accuracy, weights: options.weights,
      machine: machine)
  }

  /// Why a kernel's workspace doesn't do; nil where it does. Nothing is packed to find out.
  func objection(toWorkspaceOf kernel: any ConvolutionKernel) throws(ConvolutionError) -> String? {
    guard let limit = options.workspaceLimit else { return nil }
    let bytes = try kernel.prepare(operation, parameters: parameters.packed(as: .unfilled()), threads: threads)
      .workspaceBytes
    return bytes > limit ? "its workspace is \(bytes) bytes; the limit is \(limit)" : nil
  }

  /// Packs for a kernel.
  private func pack(_ selection: Selection) throws(ConvolutionError) -> Choice {
    let packed = PackedConstants()
    return Choice(
      kernel: selection.kernel,
      prepared: try selection.kernel.prepare(operation, parameters: parameters.packed(as: packed), threads: threads),
      packed: packed, decision: selection.decision)
  }

  /// Puts a decision together.
  func decision(
    _ source: PlanDecision.Source, _ chosen: PlanDecision.Alternative, _ others: [PlanDecision.Alternative],
    _ notes: [String]
  ) -> PlanDecision {
    PlanDecision(
      source: source, accuracy: options.accuracy, weights: options.weights, chosen: chosen, others: others, notes: notes
    )
  }
}
