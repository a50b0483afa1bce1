import Foundation
import Harness

/// Comparisons for readers and programs.
extension Comparison {
  /// The rows as a table, changed ones only unless all are asked for.
  public func table(all: Bool, as format: OutputFormat) -> Table {
    var table = Table([
      .init("status"), .init("layer"), .init("kernel"), .init("change", .right, key: "ratio"),
      .init("95 % interval", .right, key: "interval"), .init("noise floor", .right, key: "noiseFloor"), .init("note"),
    ])
    if format == .csv {
      table = Table(
        [
          "status", "network", "layer", "problem", "epilogue", "kernel", "threads", "cacheState", "ratio", "lower",
          "upper", "noiseFloor", "rounds", "note",
        ].map { Table.Column($0) })
    }
    for row in rows where all || row.status.isChange {
      table.append(format == .csv ? Self.plainCells(row) : Self.readersCells(row))
    }
    return table
  }

  /// The comparison in a form. Text and Markdown have the table, what it comes to, and what to know before believing it.
  ///
  /// - Throws: `EncodingError`, which these members never cause.
  public func rendered(as format: OutputFormat, all: Bool, colour: Bool = false) throws(EncodingError) -> String {
    switch format {
    case .json: return try JSONText.pretty(self)
    case .csv: return table(all: all, as: .csv).csv()
    case .markdown: return markdown(all: all)
    case .table:
      let table = table(all: all, as: .table)
      var output = table.rows.isEmpty ? "" : table.text(colour: colour) + "\n"
      output += "\(headline)\n\(method == .interleaved ? "rounds of" : "records of") A = \(a), B = \(b)\n"
      for line in closing(all: all) { output += line + "\n" }
      for note in notes { output += (colour ? TextStyle.warning.escaped("note: " + note) : "note: " + note) + "\n" }
      return output
    }
  }

  /// What the comparison comes to in one line: `2 slower, 1 faster, 40 unchanged`.
  public var headline: String {
    let counts: [(ComparisonRow.Status, String)] = [
      (.broken, "broken"), (.slower, "slower"), (.slightlySlower, "slightly slower"), (.untimed, "no longer timed"),
      (.mended, "mended"), (.faster, "faster"), (.unchanged, "unchanged"), (.undecided, "with too few samples"),
    ]
    let told = counts.filter { count($0.0) > 0 }.map { "\(count($0.0)) \($0.1)" }
    return told.isEmpty ? "nothing could be compared" : told.joined(separator: ", ")
  }

  /// The lines under the table.
  private func closing(all: Bool) -> [String] {
    var lines: [String] = []
    if let typicalNoise {
      lines.append(
        "noise: the same code differs from itself by up to \(NumberText.percent(typicalNoise)) (median over the rows, "
          + (method == .interleaved ? "A after A and B after B)" : "first half of the samples against the second)"))
    }
    lines.append(
      "a slowdown counts when its interval clears the noise floor and \(NumberText.percent(threshold)); times are "
        + "relative to the machine's multiply-add peak beside each sample")
    if method == .separateRuns {
      lines.append("what differed between the two runs as a whole isn't in the noise; --base interleaves two commits")
    }
    let (a, b) = (count(.onlyInA), count(.onlyInB))
    if a + b > 0 {
      lines.append("\(a) only in A, \(b) only in B" + (all ? "" : " (--all lists them)"))
    }
    return lines
  }

  private func markdown(all: Bool) -> String {
    let mark = regressions.isEmpty ? (hasComparedAnything ? "no slowdown" : "nothing compared") : "slower"
    var output = "### bench compare: \(mark)\n\n"
    output += "\(headline). A is `\(a.replacing("`", with: "'"))`, B is `\(b.replacing("`", with: "'"))`.\n\n"
    let changed = table(all: false, as: .markdown)
    if !changed.rows.isEmpty { output += changed.markdown() + "\n" }
    if all {
      output += "<details><summary>all \(rows.count) rows</summary>\n\n"
      output += table(all: true, as: .markdown).markdown() + "\n</details>\n\n"
    }
    for line in closing(all: all) + notes.map({ "**note**: \($0)" }) { output += "- \(line)\n" }
    return output
  }

  private static func readersCells(_ row: ComparisonRow) -> [Table.Cell] {
    let style: TextStyle =
      switch row.status {
      case .slower, .broken: .bad
      case .slightlySlower, .untimed, .undecided: .warning
      case .faster, .mended: .good
      case .unchanged: .plain
      case .unverified, .onlyInA, .onlyInB: .faint
      }
    let key = MeasurementKey(
      problem: row.problem, layer: row.layer, network: row.network, kernel: row.kernel, threads: row.threads,
      epilogue: row.epilogue, cacheState: row.cacheState)
    var interval = ""
    if let lower = row.lower, let upper = row.upper { interval = "\(change(lower)) … \(change(upper))" }
    return [
      .init(row.status.rawValue, style), .init(key.layerTitle), .init(key.kernelTitle),
      .init(row.ratio.map(change) ?? "", style), .init(interval),
      .init(row.noiseFloor.map { "±\(NumberText.percent($0))" } ?? ""), .init(row.note ?? ""),
    ]
  }

  private static func plainCells(_ row: ComparisonRow) -> [Table.Cell] {
    func text(_ value: (any CustomStringConvertible)?) -> Table.Cell { .init(value?.description ?? "") }
    return [
      text(row.status.rawValue), text(row.network), text(row.layer), text(row.problem), text(row.epilogue),
      text(row.kernel), text(row.threads), text(row.cacheState), text(row.ratio), text(row.lower), text(row.upper),
      text(row.noiseFloor), text(row.rounds), text(row.note),
    ]
  }

  /// A ratio of times as a change: `+12.3 %` is slower.
  private static func change(_ ratio: Double) -> String {
    let percent = NumberText.percent(ratio - 1)
    return percent.hasPrefix("-") ? percent : "+" + percent
  }
}
