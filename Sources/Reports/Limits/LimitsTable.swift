/// Layers beside their bounds.
public enum LimitsTable {
  /// A row a layer.
  public static func table(_ limits: [LayerLimit], as format: OutputFormat) -> Table {
    var table = Table([
      .init("layer"), .init("problem"), .init("kernel"), .init("ms", .right, key: "nanoseconds"),
      .init("bound, ms", .right, key: "boundNanoseconds"), .init("bound by", key: "boundBy"),
      .init("% of bound", .right, key: "share"), .init("what limits the rest", key: "rest"),
    ])
    for limit in limits {
      let title = [limit.network, limit.layer].compactMap(\.self).joined(separator: " ")
      func number(_ value: Double, _ text: (Double) -> String) -> Table.Cell {
        .init(format == .csv ? "\(value)" : text(value))
      }
      table.append([
        .init(title), .init(limit.problem), .init(limit.kernel),
        number(limit.nanoseconds, NumberText.milliseconds), number(limit.boundNanoseconds, NumberText.milliseconds),
        .init(limit.boundBy), number(limit.share) { NumberText.fixed($0 * 100, decimals: 0) }, .init(limit.restText),
      ])
    }
    return table
  }

  /// What all of them come to: the geometric mean of the shares and the least; nil of none.
  public static func summary(_ limits: [LayerLimit]) -> String? {
    guard let mean = limits.map(\.share).geometricMean, let least = limits.min(by: { $0.share < $1.share }) else {
      return nil
    }
    return "\(limits.count) layers at \(NumberText.percent(mean)) of their bounds (geometric mean), the least at "
      + "\(NumberText.percent(least.share)): \(least.layer)"
  }
}
