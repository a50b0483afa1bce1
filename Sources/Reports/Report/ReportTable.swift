import Harness
import Verification

/// A table of a page; its columns can be sorted by numbers that aren't shown in full.
struct ReportTable {
  struct Cell {
    let text: String
    /// What it's sorted by; nil for the text.
    var value: Double?
    var style = ""

    init(_ text: String, value: Double? = nil, style: String = "") {
      self.text = text
      self.value = value
      self.style = style
    }

    /// A number, or nothing.
    static func number(_ value: Double?, _ text: (Double) -> String) -> Cell {
      Cell(value.map(text) ?? "", value: value, style: "number")
    }
  }

  let name: String
  let columns: [(title: String, isNumber: Bool)]
  var rows: [[Cell]] = []

  /// What the template needs.
  var context: [String: Any] {
    [
      "name": name,
      "columns": columns.map { ["title": $0.title, "style": $0.isNumber ? "number" : ""] },
      "rows": rows.map { row in
        [
          "cells": row.map { cell -> [String: Any] in
            [
              "text": cell.text.withoutControlCharacters,
              // A big table is mostly this: only what isn't empty, and numbers no longer than sorting needs.
              "attributes": (cell.style.isEmpty ? "" : " class=\"\(cell.style)\"")
                + (cell.value.map { $0.isFinite ? " data-sort=\"\(Float($0))\"" : "" } ?? ""),
            ]
          }
        ]
      },
    ]
  }

  /// The fastest kernel of each layer, beside the fastest of somebody else's.
  static func summary(_ machine: ReportData.Machine) -> ReportTable {
    var table = ReportTable(
      name: "the fastest kernel of each layer",
      columns: [
        ("layer", false), ("fastest own kernel", false), ("ms", true), ("GFLOP/s", true),
        ("% of peak", true), ("fastest of others", false), ("ms", true), ("ratio", true),
        ("problem", false),
      ])
    var compared: [ReportEntry.Group: PeerComparison.Layer] = [:]
    for layer in machine.peers.flatMap(\.comparison.layers) {
      if let ours = layer.ours { compared[ReportEntry.Group(ours)] = layer }
    }
    for layer in machine.layers {
      let ranked = layer.ranked
      guard let any = ranked.first else { continue }
      let own = ranked.first { !$0.isForeign }
      let other = ranked.first { $0.isForeign }
      let comparison = compared[layer.group]
      let ratio = comparison?.estimate?.ratio ?? own.flatMap { own in other.map { $0.nanoseconds! / own.nanoseconds! } }
      var isTie = comparison?.outcome == .tie
      // Too few rounds for a ratio's interval: medians whose intervals overlap decide nothing either.
      if comparison?.outcome == .undecided, let one = own?.interval, let two = other?.interval {
        isTie = one.overlaps(two)
      }
      table.rows.append([
        Cell(layer.title),
        Cell(own?.record.kernel ?? ""), .number(own?.nanoseconds) { NumberText.milliseconds($0) },
        .number(own?.gflops) { NumberText.fixed($0, decimals: 1) },
        .number(own?.share) { NumberText.fixed($0 * 100, decimals: 1) },
        Cell(other.map(ReportFigures.name) ?? ""), .number(other?.nanoseconds) { NumberText.milliseconds($0) },
        Cell(
          ratio.map { NumberText.fixed($0, decimals: 2) + (isTie ? " (tie)" : "") } ?? "", value: ratio,
          style: "number" + (isTie ? "" : (ratio ?? 1) > 1 ? " good" : " bad")),
        Cell(any.operation.map(OperationText.short) ?? layer.group.problem),
      ])
    }
    return table
  }

  /// The geometric means of each network: a row a library, a column a network.
  static func peers(_ comparison: PeerComparison, _ conditions: String) -> ReportTable {
    let means = comparison.means
    let networks = means.map(\.network).reduce(into: [String?]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    var table = ReportTable(
      name: "other libraries, \(conditions)",
      columns: [("time ÷ ours, \(conditions)", false)] + networks.map { ($0 ?? "problems", true) })
    for peer in [nil] + comparison.libraries.map(Optional.some) {
      let own = means.filter { $0.peer == peer }
      if own.isEmpty { continue }
      let cells = networks.map { network -> Cell in
        guard let mean = own.first(where: { $0.network == network }) else { return Cell("", style: "number") }
        // A mean over a part of the layers says so; layers that no library computes aren't among them.
        let all = means.filter { $0.network == network }.map(\.layers).max() ?? 0
        let part = mean.layers == all ? "" : " (\(mean.layers) of \(all) layers)"
        return Cell(NumberText.fixed(mean.ratio, decimals: 2) + part, value: mean.ratio, style: "number")
      }
      table.rows.append([Cell(peer ?? "virtual best: the fastest of each layer")] + cells)
    }
    return table
  }

  /// Every record, times only where they are verified.
  static func records(_ data: ReportData) -> ReportTable {
    let hasMachines = data.machines.count > 1
    let hasCommits = data.machines.contains { $0.commits.count > 1 }
    var columns: [(title: String, isNumber: Bool)] = [
      ("network", false), ("layer", false), ("kernel", false), ("threads", true), ("verdict", false), ("ms", true),
      ("95 % interval, ms", true), ("GFLOP/s", true), ("% of peak", true), ("largest error", true), ("samples", true),
      ("problem", false), ("note", false),
    ]
    if hasCommits { columns.insert(("commit", false), at: 0) }
    if hasMachines { columns.insert(("machine", false), at: 0) }
    var table = ReportTable(name: "every record", columns: columns)
    for machine in data.machines {
      for entry in machine.entries {
        let record = entry.record
        let style =
          switch record.verdict {
          case .passed: "good"
          case .failed, .mistrusted: "bad"
          case .unsupported, .unavailable: "quiet"
          }
        let interval = entry.interval
        let range = interval.map {
          NumberText.milliseconds($0.lowerBound) + "–" + NumberText.milliseconds($0.upperBound)
        }
        var row = [
          Cell(record.network ?? ""), Cell(record.layer), Cell(record.kernel),
          Cell(String(record.threads), value: Double(record.threads), style: "number"),
          Cell(record.verdict.rawValue, style: style), .number(entry.nanoseconds) { NumberText.milliseconds($0) },
          Cell(range ?? "", value: interval.map { $0.upperBound - $0.lowerBound }, style: "number"),
          .number(entry.gflops) { NumberText.fixed($0, decimals: 1) },
          .number(entry.share) { NumberText.fixed($0 * 100, decimals: 1) },
          Cell(
            record.error.map { String(Float($0.maxAbsolute)) } ?? "", value: record.error?.maxAbsolute, style: "number"),
          Cell(
            entry.nanoseconds == nil ? "" : String(record.samplesNanoseconds.count),
            value: Double(record.samplesNanoseconds.count), style: "number"),
          Cell(record.problem, style: "code"),
          Cell(
            ([record.reason, record.implementation].compactMap { $0 } + record.warnings).joined(separator: "; "),
            style: "note"),
        ]
        if hasCommits { row.insert(Cell(record.commit), at: 0) }
        if hasMachines { row.insert(Cell(machine.name), at: 0) }
        table.rows.append(row)
      }
    }
    return table
  }
}
