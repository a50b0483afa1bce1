import Harness
import Verification

/// The comparison of GEMM implementations.
public enum GEMMTable {
  /// A row for every shape and backend, shapes apart. The ratio is that of a backend's rate to the best library's.
  public static func table(_ records: [GEMMRecord], as format: OutputFormat) -> Table {
    var table = Table([
      .init("m×n×k", key: "shape"), .init("layers"), .init("backend"), .init("core type", key: "coreType"),
      .init("verdict"), .init("ms", .right), .init("GFLOP/s", .right, key: "gflops"),
      .init("% of peak", .right, key: "percentOfPeak"), .init("by best BLAS", .right, key: "ratioToBestBLAS"),
      .init("note"),
    ])
    let isForReaders = format == .table || format == .markdown
    func number(_ value: Double?, _ decimals: Int) -> Table.Cell {
      .init(value.map { isForReaders ? NumberText.fixed($0, decimals: decimals) : "\($0)" } ?? "")
    }
    for group in grouped(records) {
      table.separate()
      let best = bestLibraryRate(group)
      for (position, record) in group.enumerated() {
        let isTimed = record.verdict == .passed
        let repeats = format == .table && position > 0
        table.append([
          .init(repeats ? "" : "\(record.shape)"), .init(repeats ? "" : layers(record, isForReaders)),
          .init(record.backend), .init(record.coreType ?? ""),
          .init(record.verdict.rawValue, record.verdict == .passed ? .good : record.verdict == .failed ? .bad : .faint),
          isForReaders
            ? .init(isTimed ? record.medianNanoseconds.map { NumberText.milliseconds($0) } ?? "" : "")
            : number(isTimed ? record.medianNanoseconds.map { $0 / 1e6 } : nil, 4),
          number(isTimed ? record.gflops : nil, 1), number(isTimed ? record.fractionOfPeak.map { $0 * 100 } : nil, 1),
          number(isTimed ? record.gflops.flatMap { rate in best.map { rate / $0 } } : nil, 2),
          .init(record.reason ?? "", .warning),
        ])
      }
    }
    return table
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

  private static func bestLibraryRate(_ group: [GEMMRecord]) -> Double? {
    group.filter { $0.backend != "own" && $0.verdict == .passed }.compactMap(\.gflops).max()
  }
}
