import Foundation
import Harness
import Measurement

/// What a run comes to: the winner of every layer, and what to know before believing it.
public enum RunSummaryText {
  /// The winner of every workload that has one.
  public static func winners(_ groups: [ResultGroup]) -> Table {
    var table = Table([
      .init("layer"), .init("count", .right), .init("best kernel"), .init("ms", .right), .init("GFLOP/s", .right),
      .init("% of peak", .right), .init("next / best", .right), .init("next kernel"), .init("noise", .right),
    ])
    for group in groups {
      guard let best = group.best, let time = best.shownNanoseconds else { continue }
      table.append([
        .init(group.title), .init("\(group.workload.count)"), .init(best.kernel), .init(NumberText.milliseconds(time)),
        .init(best.gflops.map { NumberText.fixed($0, decimals: 1) } ?? ""),
        .init(best.fractionOfPeak.map { NumberText.fixed($0 * 100, decimals: 1) } ?? ""),
        .init(group.next.flatMap { $0.ratio(to: best) }.map(ratio) ?? ""), .init(nextText(group, best)),
        .init(best.noiseFloor.map { "±" + NumberText.percent($0) } ?? ""),
      ])
    }
    return table
  }

  /// A ratio with its interval: `1.08 [1.07, 1.09]`.
  static func ratio(_ ratio: RatioEstimate) -> String {
    func two(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }
    return "\(two(ratio.ratio)) [\(two(ratio.interval.lowerBound)), \(two(ratio.interval.upperBound))]"
  }

  private static func nextText(_ group: ResultGroup, _ best: BenchmarkRecord) -> String {
    guard let next = group.next else { return "" }
    return next.isTie(with: best) ? next.kernel + ": a tie" : next.kernel
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

  /// What makes the numbers doubtful, in the order in which it came. Warnings that differ in their numbers only are one:
  /// with the range of each number, and how many of the timed records bear it.
  public static func warnings(_ records: [BenchmarkRecord]) -> [String] { warnings(records.map(\.warnings)) }

  /// The same, of the warnings of any records.
  public static func warnings(_ records: [[String]]) -> [String] {
    var kinds: [WarningKind] = []
    for warning in records.joined() {
      let kind = WarningKind(warning)
      if let known = kinds.firstIndex(where: { $0.words == kind.words }) {
        kinds[known].add(kind)
      } else {
        kinds.append(kind)
      }
    }
    return kinds.map { kind in
      kind.count == 1 ? kind.text : "\(kind.text) (\(kind.count) of \(records.count) records)"
    }
  }

  /// The range of the probes' medians over the records, of each instruction set: how steady the machine was over the run.
  /// Empty where no set has two records.
  public static func peaks(_ records: [BenchmarkRecord]) -> String? {
    var ranges: [(isa: String, low: Double, high: Double, count: Int)] = []
    for record in records where record.shownNanoseconds != nil {
      guard let isa = record.probeIsa, let peak = Statistics.median(record.probeGflops) else { continue }
      if let known = ranges.firstIndex(where: { $0.isa == isa }) {
        ranges[known].low = min(ranges[known].low, peak)
        ranges[known].high = max(ranges[known].high, peak)
        ranges[known].count += 1
      } else {
        ranges.append((isa, peak, peak, 1))
      }
    }
    let texts = ranges.filter { $0.count > 1 }.map { range in
      "\(range.isa) \(NumberText.fixed(range.low, decimals: 0))–\(NumberText.fixed(range.high, decimals: 0)) GFLOP/s"
    }
    return texts.isEmpty ? nil : "FMA peak of a core over the run: " + texts.joined(separator: ", ")
  }

  /// The share by which an A-against-A comparison may differ from 1, over the workloads: the median one.
  static func noise(_ groups: [ResultGroup]) -> String? {
    let floors = groups.compactMap { $0.best?.noiseFloor }
    guard let median = Statistics.median(floors), let worst = floors.max() else { return nil }
    return "noise floor, a kernel against itself: median ±\(NumberText.percent(median)), "
      + "worst ±\(NumberText.percent(worst)); differences within a layer's own are ties"
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
      if let noise = noise(report.groups) { output += noise + "\n" }
      if let peaks = peaks(report.records) { output += peaks + "\n" }
      if let overhead = Statistics.median(report.records.compactMap(\.callOverheadNanoseconds)) {
        output += "a call that does nothing takes \(NumberText.fixed(overhead, decimals: 0)) ns of each time\n"
      }
      let states = Set(report.records.filter { $0.shownNanoseconds != nil }.map(\.cacheState)).sorted()
      if states != ["warm"], !states.isEmpty { output += "caches: \(states.joined(separator: ", "))\n" }
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

  /// Bytes in binary units.
  static func bytesText(_ bytes: Int) -> String {
    bytes % (1 << 20) == 0 && bytes > 0 ? "\(bytes >> 20) MiB" : "\(bytes >> 10) KiB"
  }
}
