import Harness
import Verification

/// What a comparison with peers looks like.
public enum PeerTable {
  /// A row for every layer: everybody's effective GFLOP/s, the best peer, and our ratio to it.
  public static func layers(_ comparison: PeerComparison) -> Table {
    var table = Table(
      [.init("layer"), .init("count", .right), .init("our kernel"), .init("ours", .right)]
        + comparison.libraries.map { .init($0, .right) }
        + [
          .init("best peer"), .init("ratio", .right), .init("95 % interval", .right), .init("noise", .right), .init(""),
        ])
    for layer in comparison.layers where !layer.group.records.isEmpty {
      var row: [Table.Cell] = [
        .init(layer.group.title), .init("\(layer.group.workload.count)"), .init(layer.ours?.kernel ?? "none"),
        rate(layer.ours, isBest: layer.outcome == .faster),
      ]
      for library in comparison.libraries {
        if let record = layer.record(of: library) {
          row.append(rate(record, isBest: record.kernel == layer.best?.kernel && layer.outcome == .slower))
        } else {
          row.append(verdict(layer.peers.filter { PeerComparison.library($0.kernel) == library }))
        }
      }
      row.append(.init(layer.best.map { PeerComparison.name($0.kernel) } ?? "none"))
      if let estimate = layer.estimate {
        row += [
          .init(NumberText.fixed(estimate.ratio, decimals: 3)), .init(interval(estimate.interval)),
          .init(layer.noiseFloor.map { "±" + NumberText.percent($0) } ?? ""),
        ]
      } else {
        row += ["", "", ""]
      }
      let style: TextStyle =
        switch layer.outcome {
        case .faster: .good
        case .slower: .bad
        case .tie: .plain
        case .undecided, .incomparable: .faint
        }
      table.append(row + [.init(layer.outcome.rawValue, style)])
    }
    return table
  }

  /// A row for every network and peer: the geometric means.
  public static func means(_ comparison: PeerComparison) -> Table {
    var table = Table([
      .init("network"), .init("against"), .init("geometric mean", .right, key: "ratio"),
      .init("total time", .right, key: "timeRatio"), .init("layers", .right),
    ])
    var last: String?? = nil
    for mean in comparison.means {
      if last != .some(mean.network) { table.separate() }
      last = .some(mean.network)
      table.append([
        .init(mean.network ?? ""), .init(mean.peer ?? "virtual best", mean.peer == nil ? .best : .plain),
        .init(NumberText.fixed(mean.ratio, decimals: 3)), .init(NumberText.fixed(mean.timeRatio, decimals: 3)),
        .init("\(mean.layers) of \(mean.allLayers)"),
      ])
    }
    return table
  }

  /// A row for every layer and kernel, ours and theirs, numbers in full: for programs.
  public static func kernels(_ comparison: PeerComparison) -> Table {
    var table = Table([
      .init("network"), .init("layer"), .init("count"), .init("problem"), .init("kernel"), .init("peer"),
      .init("verdict"), .init("nanoseconds"), .init("gflops"), .init("reorderNanoseconds"), .init("isBestPeer"),
      .init("isOurs"), .init("ratio"),
      .init("intervalLow"), .init("intervalHigh"), .init("outcome"), .init("reason"),
    ])
    func number(_ value: Double?) -> Table.Cell { .init(value.map { "\($0)" } ?? "") }
    for layer in comparison.layers {
      for record in layer.group.records {
        let isShown = record.shownNanoseconds != nil
        table.append([
          .init(record.network ?? ""), .init(record.layer), .init("\(record.count)"), .init(record.problem),
          .init(record.kernel),
          .init(PeerComparison.isPeer(record.kernel) ? PeerComparison.library(record.kernel) : ""),
          .init(record.verdict.rawValue), number(record.shownNanoseconds), number(isShown ? record.gflops : nil),
          number(record.reorderNanoseconds),
          .init("\(record.kernel == layer.best?.kernel)"), .init("\(record.kernel == layer.ours?.kernel)"),
          number(layer.estimate?.ratio), number(layer.estimate?.interval.lowerBound),
          number(layer.estimate?.interval.upperBound), .init(layer.outcome.rawValue), .init(record.reason ?? ""),
        ])
      }
    }
    return table
  }

  /// Peers that didn't pass somewhere, and why, one line a reason.
  public static func complaints(_ comparison: PeerComparison) -> [String] {
    var lines: [(text: String, layers: Int)] = []
    for layer in comparison.layers {
      for record in layer.peers where record.verdict != .passed || record.shownNanoseconds == nil {
        let reason = record.reason.map { ": \($0)" } ?? ""
        let text = "\(PeerComparison.name(record.kernel)) \(record.verdict.rawValue)\(reason)"
        if let known = lines.firstIndex(where: { $0.text == text }) {
          lines[known].layers += 1
        } else {
          lines.append((text, 1))
        }
      }
    }
    return lines.map { $0.layers == 1 ? $0.text : "\($0.text) (\($0.layers) layers)" }
  }

  private static func rate(_ record: BenchmarkRecord?, isBest: Bool) -> Table.Cell {
    guard let record, record.shownNanoseconds != nil, let rate = record.gflops else { return "" }
    return .init(NumberText.fixed(rate, decimals: 1), isBest ? .best : .plain)
  }

  private static func verdict(_ records: [BenchmarkRecord]) -> Table.Cell {
    // Of several layouts, the one that came furthest says most.
    let order: [Verdict] = [.failed, .mistrusted, .passed, .unsupported, .unavailable]
    guard let verdict = order.first(where: { verdict in records.contains { $0.verdict == verdict } }) else { return "" }
    return .init(
      verdict == .passed ? "not timed" : verdict.rawValue,
      verdict == .failed || verdict == .mistrusted ? .warning : .faint)
  }

  private static func interval(_ interval: ClosedRange<Double>) -> String {
    NumberText.fixed(interval.lowerBound, decimals: 3) + "…" + NumberText.fixed(interval.upperBound, decimals: 3)
  }
}
