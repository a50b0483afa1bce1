import Foundation
import Harness
import Measurement

/// What a run comes to: the winner of every layer, and what to know before believing it.
public enum RunSummaryText {
  /// The winner of every workload that has one.
  public static func winners(_ groups: [ResultGroup]) -> Table {
    var table = Table([
      .init("layer"), .init("count", .right), .init("best kernel"), .init("ms", .right), .init("GFLOP/s", .right),
      .init("% of peak", .right),
    ])
    for group in groups {
      guard let best = group.best, let time = best.shownNanoseconds else { continue }
      table.append([
        .init(group.title), .init("\(group.workload.count)"), .init(best.kernel), .init(NumberText.milliseconds(time)),
        .init(best.gflops.map { NumberText.fixed($0, decimals: 1) } ?? ""),
        .init(best.fractionOfPeak.map { NumberText.fixed($0 * 100, decimals: 1) } ?? ""),
      ])
    }
    return table
  }

  /// The geometric mean over the layers of the winners' shares of the peak; nil without any.
  public static func geometricMeanShare(_ groups: [ResultGroup]) -> Double? {
    let shares = groups.compactMap { $0.best?.fractionOfPeak }.filter { $0 > 0 }
    guard !shares.isEmpty else { return nil }
    return exp(shares.reduce(0) { $0 + log($1) } / Double(shares.count))
  }

  /// The machine in a line: processor, cores, caches, instruction set, system, compiler and build.
  public static func machine(_ machine: MachineIdentity) -> String {
    let caches = [("L1d", machine.l1dBytes), ("L2", machine.l2Bytes), ("L3", machine.l3Bytes)]
      .compactMap { name, bytes in bytes.map { "\(name) \(bytesText($0))" } }
    let parts =
      [machine.cpuModel, "\(machine.cores) cores"] + caches
      + [
        machine.isa.rawValue, machine.os, "Swift \(machine.swiftVersion)",
        "\(machine.buildConfiguration.rawValue) build",
      ]
    return parts.joined(separator: ", ")
  }

  /// What makes the numbers doubtful, in the order in which it came. Warnings that differ in their numbers only are one,
  /// with the number of records that bear it.
  public static func warnings(_ records: [BenchmarkRecord]) -> [String] {
    var kinds: [(kind: String, first: String, count: Int)] = []
    for warning in records.flatMap(\.warnings) {
      let kind = String(warning.filter { !$0.isNumber })
      if let known = kinds.firstIndex(where: { $0.kind == kind }) {
        kinds[known].count += 1
      } else {
        kinds.append((kind, warning, 1))
      }
    }
    return kinds.map { $0.count == 1 ? $0.first : "\($0.first) (and \($0.count - 1) more like it)" }
  }

  /// The closing lines of a timed run, each ended: winners, the mean share, the machine, warnings.
  public static func text(_ report: RunReport, colour: Bool) -> String {
    var output = ""
    let winners = winners(report.groups)
    if !winners.rows.isEmpty {
      output += winners.text(colour: colour)
      if let mean = geometricMeanShare(report.groups) {
        output += "geometric mean of the winners' shares of the FMA peak: \(NumberText.percent(mean))\n"
      }
      output += "\n"
    }
    if let last = report.records.last {
      output += "machine: \(machine(last.machine)); commit \(last.commit)\n"
    }
    for warning in warnings(report.records) {
      output += (colour ? TextStyle.warning.escaped("warning: " + warning) : "warning: " + warning) + "\n"
    }
    return output
  }

  private static func bytesText(_ bytes: Int) -> String {
    bytes % (1 << 20) == 0 && bytes > 0 ? "\(bytes >> 20) MiB" : "\(bytes >> 10) KiB"
  }
}
