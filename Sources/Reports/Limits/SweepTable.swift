/// Sweeps beside their cliffs.
public enum SweepTable {
  /// A row a sweep; in CSV a row a size.
  public static func table(_ sweeps: [SizeSweep], as format: OutputFormat) -> Table {
    format == .csv ? points(sweeps) : summary(sweeps)
  }

  private static func summary(_ sweeps: [SizeSweep]) -> Table {
    var table = Table([
      .init("grows"), .init("convolution"), .init("from–to (sizes)", .right), .init("median % of peak", .right),
      .init("least", .right), .init("at"), .init("least ÷ median", .right),
      .init("below \(SizeSweep.cliff) of the median, and why"),
    ])
    for sweep in sweeps {
      let worst = sweep.worst
      let cliffs = sweep.cliffs.map { point in
        let bound = point.shareOfBound.map { ", \(NumberText.fixed($0 * 100, decimals: 0)) % of its bound" } ?? ""
        return "\(point.extent): \(NumberText.fixed(point.share * 100, decimals: 0)) %\(bound)"
          + (point.limit.map { " (\($0))" } ?? "")
      }
      table.append([
        .init(sweep.axis.rawValue), .init(sweep.shape),
        .init("\(sweep.points[0].extent)–\(sweep.points[sweep.points.count - 1].extent) (\(sweep.points.count))"),
        .init(NumberText.fixed(sweep.median * 100, decimals: 0)),
        .init(NumberText.fixed(worst.share * 100, decimals: 0)),
        .init("\(worst.extent)"), .init(NumberText.fixed(sweep.ratio, decimals: 2)),
        .init(cliffs.joined(separator: "; ")),
      ])
    }
    return table
  }

  private static func points(_ sweeps: [SizeSweep]) -> Table {
    var table = Table([
      .init("axis"), .init("shape"), .init("extent"), .init("kernel"), .init("nanoseconds"), .init("share"),
      .init("shareOfMedian"), .init("shareOfBound"), .init("limit"),
    ])
    for sweep in sweeps {
      for point in sweep.points {
        table.append([
          .init(sweep.axis.rawValue), .init(sweep.shape), .init("\(point.extent)"), .init(point.kernel),
          .init("\(point.nanoseconds)"), .init("\(point.share)"), .init("\(point.share / sweep.median)"),
          .init(point.shareOfBound.map { "\($0)" } ?? ""), .init(point.limit ?? ""),
        ])
      }
    }
    return table
  }
}
