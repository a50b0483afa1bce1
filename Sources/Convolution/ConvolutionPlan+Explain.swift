import ConvolutionModel

extension ConvolutionPlan {
  /// What was chosen over what and why, and what it needs: a line for the plan, one for each kernel that was thought of, and
  /// one for each thing that went otherwise than asked.
  public func explain() -> String {
    var first = "\(kernelID)"
    switch decision.source {
    case .named: break
    case .heuristic: first += " by the cost model"
    case .measured: first += " by measurement"
    case .wisdom: first += " by wisdom"
    case .packedWeights: first += " by its packed weights"
    }
    if let nanoseconds = decision.chosen?.nanoseconds { first += ", \(Self.time(nanoseconds))" }
    first += "; workspace \(workspaceBytes) bytes, packed weights \(packedWeightsBytes) bytes, "
    first += "error ≤ \(errorBound.constant) · 8u√n · Σ|x||w|"
    if errorBound.tile > 1 { first += " over tiles of \(errorBound.tile)×\(errorBound.tile) outputs" }
    if decision.source != .named && decision.source != .packedWeights {
      first += "; accuracy demanded: \(decision.accuracy), weights \(decision.weights.rawValue)"
    }
    return ([first] + decision.others.map { "  over \(line($0))" } + decision.notes.map { "  note: \($0)" })
      .joined(separator: "\n")
  }

  private func line(_ other: PlanDecision.Alternative) -> String {
    var parts: [String] = []
    if let ratio = other.ratio {
      parts.append("measured at \(Self.rounded(ratio)) times its time")
    }
    if let nanoseconds = other.nanoseconds { parts.append(Self.time(nanoseconds)) }
    if let chosen = decision.chosen, chosen.cost.isFinite, chosen.cost > 0, other.cost.isFinite {
      parts.append("expected at \(Self.rounded(other.cost / chosen.cost)) times its cost")
    }
    if let reason = other.reason { parts.append("ruled out: \(reason)") }
    return "\(other.kernel): " + parts.joined(separator: ", ")
  }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
  private static func time(_ nanoseconds: Double) -> String { "\((nanoseconds / 10).rounded() / 100) µs" }
}
