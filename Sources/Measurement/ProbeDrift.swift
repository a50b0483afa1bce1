/// Whether a core changed its speed for good while something was measured: its clock was lowered, or a neighbour came.
public enum ProbeDrift {
  /// Above this a change is worth a warning.
  public static let limit = 0.05

  /// By what share the median of the last third of the probes differs from that of the first third: −0.1 is a tenth slower.
  /// Nil of fewer than six.
  public static func share(_ probes: [Double]) -> Double? {
    let third = probes.count / 3
    guard third >= 2, let first = Statistics.median(Array(probes.prefix(third))),
      let last = Statistics.median(Array(probes.suffix(third))), first > 0
    else { return nil }
    return last / first - 1
  }

  /// A sentence for a record; nil where the change is within ``limit``.
  public static func warning(_ share: Double?) -> String? {
    guard let share, abs(share) > limit else { return nil }
    return "the core became \(Int((abs(share) * 100).rounded())) % \(share < 0 ? "slower" : "faster") while timing"
  }
}
