import ConvolutionModel
import Foundation
import Harness
import Reports
import Verification

/// One `run` or `verify` from the selection to the exit status.
struct RunSession {
  /// What a selection comes to.
  struct Selected {
    /// The workloads.
    let workloads: [Workload]
    /// The kernels.
    let kernels: [any ConvolutionKernel]
    /// Whether the workloads come from the scope, since none were named.
    let usesScope: Bool
    /// The part of the workloads that is run, and where that is said; nil for all of them.
    var shard: (shard: Shard, source: String)?

    /// The workloads that are run.
    var ownWorkloads: [Workload] { shard?.shard.part(of: workloads) ?? workloads }
  }

  private let selected: Selected
  private let workloads: [Workload]
  private let refused: [RefusedProblem]
  private let options: RunOptions
  private let format: OutputFormat
  private let records: RecordOptions
  private let leavesRecord: Bool
  private let console: Console

  /// Takes what was selected.
  ///
  /// - Parameters:
  ///   - refused: lines of problem files that were refused, to be reported.
  ///   - leavesRecord: whether records are written where no file is named.
  init(
    _ selected: Selected, refused: [RefusedProblem] = [], options: RunOptions, format: OutputFormat,
    records: RecordOptions, leavesRecord: Bool, console: Console
  ) {
    self.selected = selected
    workloads = selected.ownWorkloads
    self.refused = refused
    self.options = options
    self.format = format
    self.records = records
    self.leavesRecord = leavesRecord
    self.console = console
  }

  /// Selects what to run.
  ///
  /// - Parameters:
  ///   - environment: where a scheduler may say which part of the workloads is run. How long each is timed doesn't depend
  ///     on it.
  ///   - options: chooses how to run what was selected.
  /// - Throws: ``SelectionError`` or ``ShardError``.
  init(
    _ command: some SessionCommand, leavesRecord: Bool,
    environment: [String: String] = ProcessInfo.processInfo.environment, console: Console,
    options: (Selected) -> RunOptions
  ) throws {
    let workloadSelection = try command.selection.workloadSelection(command.extent.scope)
    let (workloads, refused) = try workloadSelection.workloads()
    let kernels = try ExternalOptions.kernels(command.selection.kernelSelection, try command.external.workers())
    let selected = Selected(
      workloads: workloads, kernels: kernels, usesScope: workloadSelection.usesScope,
      shard: try command.sharding.chosen(environment: environment))
    self.init(
      selected, refused: refused, options: options(selected), format: command.format.format, records: command.records,
      leavesRecord: leavesRecord, console: console)
  }

  /// Runs, prints and records.
  ///
  /// - Throws: ``RecordFileError``, after what there is was printed.
  func run(_ cancelled: CancellationFlag) throws -> Outcome {
    defer { for kernel in selected.kernels { (kernel as? ExternalKernel)?.worker.finish() } }
    for line in refused { console.note("\(line.isOutOfScope ? "note" : "error"): \(line)") }
    if let (shard, source) = selected.shard {
      console.note("shard \(shard) (\(source)): \(workloads.count) of \(selected.workloads.count) workloads")
    }
    let earlier = try earlierRecords()
    let file = try openFile()
    if workloads.isEmpty, !selected.workloads.isEmpty {
      console.note("nothing to do: there are more shards than workloads")
      return refused.allSatisfy(\.isOutOfScope) ? .success : .failure
    }
    let done = Set(earlier.map(\.key))
    let runner = BenchmarkRunner(workloads: workloads, kernels: selected.kernels, options: options)
    let pairs = workloads.count * selected.kernels.count
    let progress = ProgressPrinter(total: max(0, pairs - earlier.count), console: console)
    var printer = ResultPrinter(
      workloads: workloads, kernels: selected.kernels, showsTimes: !options.verifyOnly, format: format,
      console: console, progress: progress)
    for record in earlier { printer.add(record) }

    let summary: RunSummary
    do {
      summary = try runner.run(skipping: done, cancelled: cancelled) { event in
        switch event {
        case .started, .finished: break
        case .begins(_, _, let workload, let kernel, let activity):
          printer.begin(workload)
          progress.begin(
            workload: ResultGroup(workload).title, kernel: kernel.description, activity: activity)
        case .record(let record):
          progress.advance()
          printer.add(record)
          try file?.append(record)
        case .skipped(let workload, let kernel, let reason):
          progress.advance()
          printer.skip(workload, kernel: kernel, reason: reason)
        }
      }
    } catch {
      try? printer.finish(closing: nil)
      throw error
    }
    let whole = summary.including(earlier, workloads: workloads.count, kernels: selected.kernels.count)
    try printer.finish(closing: options.verifyOnly ? whole : nil)
    if let file { console.note("records: \(file.path)") }
    return status(whole)
  }

  /// What the counts, and refused lines, come to.
  private func status(_ summary: RunSummary) -> Outcome {
    if summary.wasCancelled {
      console.note("interrupted")
      return .interrupted
    }
    let failures = [(summary.failed, "failed"), (summary.mistrusted, "couldn't be trusted")].filter { $0.0 > 0 }
    for (count, what) in failures { console.note("error: \(count) \(count == 1 ? "result" : "results") \(what)") }
    if summary.hasFailures { return .failure }
    if summary.passed == 0 {
      console.note("error: nothing was checked: every kernel is unsupported, unavailable or too slow")
      return .failure
    }
    return refused.allSatisfy(\.isOutOfScope) ? .success : .failure
  }

  /// The records of the output file that belong to this run.
  private func earlierRecords() throws(RecordFileError) -> [BenchmarkRecord] {
    guard records.resume, let path = records.output else { return [] }
    let (read, broken) = try RecordFile.read(CheckedRecord.self, from: path)
    let all = read.map(\.record)
    for line in broken { console.note("warning: \(line)") }
    let wanted = Set(
      workloads.flatMap { workload in
        selected.kernels.map { options.key(workload, $0) }
      })
    // A verdict without times is no end of a timed run, and of records with one key the last counts.
    var latest: [RecordKey: BenchmarkRecord] = [:]
    for record in all where wanted.contains(record.key) && isDone(record) { latest[record.key] = record }
    return all.map(\.key).reduce(into: []) { ordered, key in
      if let record = latest.removeValue(forKey: key) { ordered.append(record) }
    }
  }

  /// Whether a record leaves nothing to do. One that passed without times is gone over again by a timed run, unless it was
  /// too slow and still would be.
  private func isDone(_ record: BenchmarkRecord) -> Bool {
    if options.verifyOnly || record.verdict != .passed || record.medianNanoseconds != nil { return true }
    return record.reason != nil && options.slowLimitSeconds != nil
  }

  private func openFile() throws(RecordFileError) -> RecordFile? {
    if let path = records.output { return try RecordFile(appendingTo: path) }
    guard leavesRecord, !records.noRecord else { return nil }
    do {
      try FileManager.default.createDirectory(atPath: Self.defaultDirectory, withIntermediateDirectories: true)
      return try RecordFile(appendingTo: Self.defaultPath(at: Date(), shard: selected.shard?.shard))
    } catch {
      // Nobody asked for this file by name: a read-only directory must not bar the run.
      console.note(
        "warning: no record is kept: \((error as? RecordFileError)?.description ?? error.localizedDescription)")
      return nil
    }
  }

  /// Where records go that no file was named for.
  static let defaultDirectory = "bench-results"

  /// A file named by the time in UTC, to the second, and by the shard: those of an array begin in the same second.
  static func defaultPath(at date: Date, shard: Shard? = nil) -> String {
    let time = date.formatted(.iso8601.timeSeparator(.omitted))
    let part = shard.map { "-shard-\($0.index)-of-\($0.count)" } ?? ""
    return "\(defaultDirectory)/\(time)\(part).jsonl"
  }
}

extension RunSummary {
  /// The counts with those of an earlier run that this one resumed.
  func including(_ earlier: [BenchmarkRecord], workloads: Int, kernels: Int) -> RunSummary {
    guard !earlier.isEmpty else { return self }
    var whole = self
    for record in earlier { whole.add(record.verdict) }
    whole.problems = workloads
    whole.kernels = kernels
    return whole
  }
}
