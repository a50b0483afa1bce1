import ConvolutionModel
import Harness
import Reports

/// Prints results in the asked form: tables workload by workload as they are done, other forms as a whole at the end.
struct ResultPrinter {
  private let format: OutputFormat
  private let console: Console
  private let progress: ProgressPrinter
  private let table: ResultTable
  private var report: RunReport
  /// Groups that were printed.
  private var printed = 0

  init(
    workloads: [Workload], kernels: [any ConvolutionKernel], showsTimes: Bool, format: OutputFormat, console: Console,
    progress: ProgressPrinter
  ) {
    self.format = format
    self.console = console
    self.progress = progress
    report = RunReport(workloads: workloads)
    table = ResultTable(
      showsTimes: showsTimes, kernelWidth: kernels.map(\.id.description.count).max() ?? 0)
  }

  /// Adds a result.
  mutating func add(_ record: BenchmarkRecord) { report.add(record) }

  /// Notes a kernel that isn't run.
  mutating func skip(_ workload: Workload, kernel: KernelID, reason: String) {
    report.skip(workload, kernel: kernel, reason: reason)
  }

  /// Prints what came before a workload that is begun.
  mutating func begin(_ workload: Workload) {
    guard let position = report.position(of: workload) else { return }
    printGroups(before: position)
  }

  /// Prints the rest, and the counts that end a verification.
  mutating func finish(closing summary: RunSummary?) throws {
    progress.hide()
    switch format {
    case .table:
      printGroups(before: report.groups.count)
      let closing = RunSummaryText.text(report, colour: console.hasColour)
      console.write(closing)
      if let summary { console.write("\(summary)\n") }
      return
    case .json: console.write(try JSONText.pretty(report.records))
    case .csv: console.write(RecordTable.table(report.records).csv())
    case .markdown: console.write(table.table(report.groups).markdown())
    }
    if let summary { console.note("\(summary)") }
  }

  private mutating func printGroups(before end: Int) {
    guard format == .table, printed < end else { return }
    progress.hide()
    for group in report.groups[printed..<end] { console.write(table.text(group, colour: console.hasColour)) }
    printed = end
  }
}
