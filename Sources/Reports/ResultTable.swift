import ConvolutionModel
import Harness
import Verification

/// What the results of a run look like.
public struct ResultTable: Sendable {
  /// Whether times are shown; without, the errors are.
  public let showsTimes: Bool
  /// The width of the widest kernel name, so that the tables of all workloads line up.
  public let kernelWidth: Int

  /// Chooses what to show.
  public init(showsTimes: Bool, kernelWidth: Int = 0) {
    self.showsTimes = showsTimes
    self.kernelWidth = kernelWidth
  }

  /// One workload for a reader: a heading, a row for every kernel that was checked, and what wasn't and why.
  ///
  /// Rows are sorted by time; kernels without one follow. Empty where the group has nothing to say.
  public func text(_ group: ResultGroup, colour: Bool) -> String {
    guard !group.records.isEmpty || !group.skipped.isEmpty else { return "" }
    var output = heading(group).withoutControlCharacters + "\n"
    let checked = Self.inOrder(group).filter { $0.verdict != .unsupported && $0.verdict != .unavailable }
    if !checked.isEmpty {
      var table = Table(columns(kernelWidth: kernelWidth))
      for record in checked { table.append(row(record, best: group.best)) }
      output += table.text(colour: colour)
    }
    if showsTimes { output += Self.stages(group) }
    for line in Self.leftOut(group) {
      let safe = line.withoutControlCharacters
      output += (colour ? TextStyle.faint.escaped(safe) : safe) + "\n"
    }
    return output + "\n"
  }

  /// All workloads as one table, a row for every workload and kernel.
  public func table(_ groups: [ResultGroup]) -> Table {
    var table = Table([.init("network"), .init("layer"), .init("problem")] + columns(kernelWidth: 0))
    for group in groups {
      table.separate()
      let leading: [Table.Cell] = [
        .init(group.workload.network ?? ""), .init(group.workload.layer),
        .init(OperationText.short(group.workload.operation)),
      ]
      for record in Self.inOrder(group) { table.append(leading + row(record, best: group.best)) }
    }
    return table
  }

  private func heading(_ group: ResultGroup) -> String {
    let workload = group.workload
    let short = OperationText.short(workload.operation)
    return [
      group.title, workload.count > 1 ? "×\(workload.count)" : nil, short == workload.layer ? nil : short,
      workload.operation.epilogueName, NumberText.count(workload.operation.multiplyAdds) + " multiply-adds",
    ].compactMap { $0 }.joined(separator: "  ")
  }

  private func columns(kernelWidth: Int) -> [Table.Column] {
    let names: [Table.Column] = [.init("kernel", minimumWidth: kernelWidth), .init("verdict", minimumWidth: 10)]
    let checks: [Table.Column] = [.init("error", .right, minimumWidth: 8), .init("checked", .right)]
    let times: [Table.Column] = [
      .init("ms", .right, minimumWidth: 8), .init("± %", .right), .init("GFLOP/s", .right), .init("% of peak", .right),
    ]
    return names + (showsTimes ? times : checks) + [.init("note")]
  }

  private func row(_ record: BenchmarkRecord, best: BenchmarkRecord?) -> [Table.Cell] {
    let isBest = record.kernel == best?.kernel
    let style: TextStyle = isBest ? .best : .plain
    var cells: [Table.Cell] = [.init(record.kernel, style), Self.verdict(record.verdict)]
    if showsTimes {
      // A failed kernel's time says nothing, whatever the record holds.
      let isShown = record.shownNanoseconds != nil
      cells += [
        .init(record.shownNanoseconds.map { NumberText.milliseconds($0) } ?? "", style),
        .init(isShown ? Self.halfInterval(record) ?? "" : "", style),
        .init(isShown ? record.gflops.map { NumberText.fixed($0, decimals: 1) } ?? "" : "", style),
        .init(isShown ? record.fractionOfPeak.map { NumberText.fixed($0 * 100, decimals: 1) } ?? "" : "", style),
      ]
    } else {
      cells += [
        .init(record.error.map { NumberText.fixed($0.maxScaled, decimals: 3) } ?? ""),
        .init(record.error == nil ? "" : NumberText.percent(record.checkedShare)),
      ]
    }
    return cells + [Self.note(record, isBest: isBest, best: best)]
  }

  /// Half the width of the median's interval in percent of the median.
  private static func halfInterval(_ record: BenchmarkRecord) -> String? {
    guard let interval = record.medianInterval, let median = record.medianNanoseconds, median > 0 else { return nil }
    return NumberText.fixed((interval.upperBound - interval.lowerBound) / 2 / median * 100, decimals: 1)
  }

  private static func verdict(_ verdict: Verdict) -> Table.Cell {
    let style: TextStyle =
      switch verdict {
      case .passed: .good
      case .failed: .bad
      case .mistrusted: .warning
      case .unsupported, .unavailable: .faint
      }
    return .init(verdict.rawValue, style)
  }

  private static func note(_ record: BenchmarkRecord, isBest: Bool, best: BenchmarkRecord?) -> Table.Cell {
    if let reason = record.reason { return .init(reason, record.verdict == .passed ? .faint : .warning) }
    let isTie = !isBest && record.shownNanoseconds != nil && best.map { record.isTie(with: $0) } == true
    let choice = record.shownNanoseconds == nil ? nil : record.chosenBy.map { "the library's choice by \($0)" }
    return .init(
      [isBest ? "best" : isTie ? "a tie with the best" : nil, choice, record.implementation].compactMap { $0 }.joined(
        separator: ", "))
  }

  /// A line for every kernel whose stages were timed: each stage's milliseconds and share.
  private static func stages(_ group: ResultGroup) -> String {
    group.ranked.compactMap { record in
      guard let stages = record.stageNanoseconds, !stages.isEmpty else { return nil }
      let total = max(stages.values.reduce(0, +), 1)
      let parts = KernelStage.allCases.compactMap { stage in
        stages[stage.rawValue].map {
          "\(stage.rawValue) \(NumberText.milliseconds($0)) ms (\(NumberText.fixed($0 / total * 100, decimals: 0)) %)"
        }
      }
      return "stages of \(record.kernel.withoutControlCharacters): \(parts.joined(separator: ", "))\n"
    }.joined()
  }

  /// Timed records by time, then the others as they came.
  private static func inOrder(_ group: ResultGroup) -> [BenchmarkRecord] {
    group.ranked + group.records.filter { $0.shownNanoseconds == nil }
  }

  /// Lines for kernels that weren't run, one a reason.
  private static func leftOut(_ group: ResultGroup) -> [String] {
    var reasons: [(reason: String, kernels: [String])] = []
    func add(_ kernel: String, _ reason: String) {
      if let index = reasons.firstIndex(where: { $0.reason == reason }) {
        reasons[index].kernels.append(kernel)
      } else {
        reasons.append((reason, [kernel]))
      }
    }
    for record in group.records where record.verdict == .unsupported || record.verdict == .unavailable {
      add(record.kernel, record.verdict.rawValue + (record.reason.map { ": \($0)" } ?? ""))
    }
    for entry in group.skipped { add(entry.kernel, "not timed: " + entry.reason) }
    return reasons.map { "\($0.kernels.joined(separator: ", ")) \($0.reason)" }
  }
}
