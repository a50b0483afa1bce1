import Harness
import Measurement
import Verification

/// The comparison of GEMM implementations.
public enum GEMMTable {
  /// A row for every shape and backend, shapes apart. The ratio is that of the best library's time to a backend's, round by
  /// round: above 1 the backend is faster. Differences within the noise floor of the shape are ties.
  public static func table(_ records: [GEMMRecord], as format: OutputFormat) -> Table {
    let isForReaders = format == .table || format == .markdown
    var table = Table(
      [
        .init("m×n×k", key: "shape"), .init("layers"), .init("backend"), .init("core type", key: "coreType"),
        .init("verdict"), .init("ms", .right), .init("GFLOP/s", .right, key: "gflops"),
        .init("% of peak", .right, key: "percentOfPeak"), .init("probe", key: "probeIsa"),
        .init("by best BLAS", .right, key: "ratioToBestBLAS"),
      ]
        + (isForReaders
          ? [.init("95 % interval", .right)] : [.init("ratioLow", .right), .init("ratioHigh", .right)])
        + [.init("noise", .right, key: "noiseFloor"), .init("note")])
    func number(_ value: Double?, _ decimals: Int) -> Table.Cell {
      .init(value.map { isForReaders ? NumberText.fixed($0, decimals: decimals) : "\($0)" } ?? "")
    }
    for group in grouped(records) {
      table.separate()
      let best = bestLibrary(group)
      for (position, record) in group.enumerated() {
        let isTimed = record.verdict == .passed
        let repeats = format == .table && position > 0
        let ratio = isTimed && record != best ? best?.ratio(to: record) : nil
        let floor = isTimed ? record.noiseFloor : nil
        table.append(
          [
            .init(repeats ? "" : "\(record.shape)"), .init(repeats ? "" : layers(record, isForReaders)),
            .init(record.backend), .init(record.coreType ?? ""),
            .init(
              record.verdict.rawValue, record.verdict == .passed ? .good : record.verdict == .failed ? .bad : .faint),
            isForReaders
              ? .init(isTimed ? record.medianNanoseconds.map { NumberText.milliseconds($0) } ?? "" : "")
              : number(isTimed ? record.medianNanoseconds.map { $0 / 1e6 } : nil, 4),
            number(isTimed ? record.gflops : nil, 1), number(isTimed ? record.fractionOfPeak.map { $0 * 100 } : nil, 1),
            .init(isTimed ? record.probeIsa ?? "" : ""), number(record == best ? 1 : ratio?.ratio, 2),
          ] + interval(ratio, isForReaders)
            + [
              isForReaders ? .init(floor.map { "±" + NumberText.percent($0) } ?? "") : number(floor, 3),
              note(record, ratio, best),
            ])
      }
    }
    return table
  }

  private static func interval(_ ratio: RatioEstimate?, _ isForReaders: Bool) -> [Table.Cell] {
    let ends = ratio.map { [$0.interval.lowerBound, $0.interval.upperBound] }
    guard isForReaders else { return (ends ?? []).map { .init("\($0)") } + (ends == nil ? ["", ""] : []) }
    return [.init(ends.map { $0.map { NumberText.fixed($0, decimals: 2) }.joined(separator: "…") } ?? "")]
  }

  private static func note(_ record: GEMMRecord, _ ratio: RatioEstimate?, _ best: GEMMRecord?) -> Table.Cell {
    if let reason = record.reason { return .init(reason, .warning) }
    guard let ratio, let best else { return "" }
    return switch best.standing(of: ratio, to: record) {
    case .larger, .smaller: ""
    case .tie: "a tie with the best BLAS"
    case .undecided: "too few rounds to decide"
    }
  }

  /// The names of backends that can't run here, with what helps, each once.
  public static func missing(_ records: [GEMMRecord]) -> [String] {
    var seen: Set<String> = []
    return records.compactMap { record in
      guard record.verdict == .unavailable, seen.insert(record.backend).inserted else { return nil }
      return "\(record.backend) is unavailable" + (record.reason.map { ": \($0)" } ?? "")
    }
  }

  private static func layers(_ record: GEMMRecord, _ isShort: Bool) -> String {
    guard isShort, record.layers.count > 1 else { return record.layers.joined(separator: "; ") }
    return "\(record.layers[0]) and \(record.layers.count - 1) more"
  }

  /// Records of one shape side by side, in the order in which they came.
  private static func grouped(_ records: [GEMMRecord]) -> [[GEMMRecord]] {
    records.reduce(into: []) { groups, record in
      if groups.last?.last?.shape == record.shape {
        groups[groups.count - 1].append(record)
      } else {
        groups.append([record])
      }
    }
  }

  private static func bestLibrary(_ group: [GEMMRecord]) -> GEMMRecord? {
    group.filter { $0.backend != "own" && $0.verdict == .passed && $0.gflops != nil }.max { $0.gflops! < $1.gflops! }
  }
}
