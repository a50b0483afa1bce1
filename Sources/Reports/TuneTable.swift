import Harness
import Measurement

/// What the planner's cost model picks beside what was fastest.
public enum TuneTable {
  /// A row for each layer, layout and state of the caches. The ratio is the cost model's choice's time by the fastest one's.
  public static func table(_ losses: [HeuristicLoss], as format: OutputFormat) -> Table {
    let isForReaders = format == .table || format == .markdown
    var table = Table([
      .init("layer"), .init("problem"), .init("layout"), .init("caches", key: "cacheState"),
      .init("cost model", key: "heuristic"), .init("fastest", key: "best"), .init("ms", .right),
      .init("ratio", .right), .init("95 % from", .right, key: "ratioLow"), .init("to", .right, key: "ratioHigh"),
      .init("noise", .right, key: "noiseFloor"), .init("standing"),
    ])
    func number(_ value: Double?) -> Table.Cell {
      .init(value.map { isForReaders ? NumberText.fixed($0, decimals: 3) : "\($0)" } ?? "")
    }
    for loss in losses {
      let milliseconds = loss.best.medianNanoseconds.map { $0 / 1e6 }
      table.append([
        .init(loss.best.layer), .init(loss.best.problem), .init(loss.best.layout), .init(loss.best.cacheState),
        .init(loss.heuristic.kernel), .init(loss.heuristic.kernel == loss.best.kernel ? "the same" : loss.best.kernel),
        number(milliseconds), number(loss.ratio), number(loss.estimate?.interval.lowerBound),
        number(loss.estimate?.interval.upperBound), number(loss.best.noiseFloor),
        loss.standing == .larger
          ? .init("better", .warning) : .init(loss.standing == .tie ? "tie" : "undecided", .faint),
      ])
    }
    return table
  }

  /// Everything in a sentence; nil of nothing.
  public static func summary(_ losses: [HeuristicLoss]) -> String? {
    HeuristicLossSummary(losses).map { summary in
      "the cost model's choices take \(NumberText.fixed(100 * summary.mean, decimals: 1)) % longer than the fastest in "
        + "the geometric mean of \(summary.layers) layers, \(NumberText.fixed(100 * summary.worst, decimals: 1)) % at worst"
    }
  }
}
