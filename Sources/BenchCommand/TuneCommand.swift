import ArgumentParser
import Convolution
import ConvolutionModel
import Foundation
import Harness
import Measurement
import Reports

/// `bench tune`.
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Measure what plans choose between, and keep the choices as wisdom.",
    discussion: """
      Of each layer the kernels that the planner thinks of are verified and timed in the same rounds. What is clearly \
      faster than the cost model's choice, beyond the noise floor of the layer, is kept; where nothing is, the cost \
      model's choice is. The table says what was gained. With --wisdom, the choices are merged into a file that plans \
      follow (PlanningOptions.wisdom); it is written anew after every layer, as a whole or not at all. Choices are kept \
      for one processor, version, thread count, accuracy and state of the caches.

      With --check nothing is measured: the table says what the cost model of this version would lose on the layers of \
      a file of records, for the machine that they are of. With --fit the cost model's numbers are fitted to records, and \
      the source file that holds them is written to standard output; what choices by them would lose goes to standard \
      error, beside what choices lose today.

      EXAMPLES
        bench tune --network resnet50 --wisdom wisdom.json
        bench tune --network resnet50 --cache cold-weights --wisdom wisdom.json
        bench tune --check results/machine/run.jsonl
        bench tune --fit warm.jsonl --fit cold.jsonl > Sources/Convolution/CostTable+Fitted.swift
      """)

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup var extent: ExtentOptions
  @OptionGroup(title: "Planning") var planning: PlanningCommandOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup var timing: TimeOptions
  @OptionGroup var debug: DebugOptions

  @Option(help: .init("The file that choices are merged into.", valueName: "file"))
  var wisdom: String?

  @Option(help: .init("What the caches hold before each run: warm, or cold-weights.", valueName: "state"))
  var cache: CacheState = .warm

  @Option(help: .init("Files of records to hold the cost model against, instead of measuring.", valueName: "file"))
  var check: [String] = []

  @Option(help: .init("Files of records to fit the cost model's numbers to, instead of measuring.", valueName: "file"))
  var fit: [String] = []

  mutating func validate() throws {
    if !selection.kernels.isEmpty { throw ValidationError("--kernel means nothing to tune: the planner chooses") }
    if selection.isa != .highest { throw ValidationError("--isa means nothing to tune: plans take the highest") }
    if cache == .cold { throw ValidationError("--cache is cold; expected warm or cold-weights") }
    if !check.isEmpty && !fit.isEmpty {
      throw ValidationError("--check and --fit are two things; expected one of them")
    }
    if !(check + fit).isEmpty && wisdom != nil {
      throw ValidationError("--check and --fit measure nothing that --wisdom could keep")
    }
  }

  func run() throws {
    let console = Console.standard
    if !check.isEmpty {
      try console.exiting { try checkRecords(console: console) }
    } else if !fit.isEmpty {
      try console.exiting { try fitRecords(console: console) }
    } else {
      try debug.exiting { console, cancelled in try tune(console: console, cancelled: cancelled) }
    }
  }

  /// All records of some files.
  private func records(_ paths: [String], _ console: Console) throws -> [BenchmarkRecord] {
    var records: [BenchmarkRecord] = []
    for path in paths {
      let (read, broken) = try RecordFile.readExisting(CheckedRecord.self, from: path)
      for line in broken { console.note("warning: \(line)") }
      records += read.map(\.record)
    }
    return records
  }

  /// Holds the cost model against records.
  func checkRecords(console: Console) throws -> Outcome {
    try finish(HeuristicLoss.all(of: try records(check, console)), console: console)
  }

  /// Fits the cost model to records.
  func fitRecords(console: Console) throws -> Outcome {
    let records = try records(fit, console)
    guard let fit = CostFit(records) else {
      console.note("error: there is nothing to fit to")
      return .failure
    }
    let machines = Set(records.map(\.machine.cpuModel)).sorted().joined(separator: ", ")
    console.write(fit.source(machines: machines))
    for (name, losses) in [("today", HeuristicLoss.all(of: records)), ("by these numbers", fit.losses(of: records))] {
      for (key, part) in Dictionary(grouping: losses, by: { "\($0.best.layout), \($0.best.cacheState)" })
        .sorted(by: { $0.key < $1.key })
      {
        if let summary = TuneTable.summary(part) { console.note("\(name), \(key): \(summary)") }
      }
    }
    for loss in fit.losses(of: records) where loss.ratio > 1.05 {
      console.note(
        "\(NumberText.fixed(loss.ratio, decimals: 2)) \(loss.best.layout) \(loss.best.cacheState) "
          + "\(loss.best.threads) threads \(loss.best.problem): \(loss.heuristic.kernel) for \(loss.best.kernel)")
    }
    return .success
  }

  /// Measures and keeps.
  func tune(console: Console, cancelled: CancellationFlag) throws -> Outcome {
    var kept = Wisdom()
    // A file that can't be read is told of before anything is measured.
    if let wisdom, FileManager.default.fileExists(atPath: wisdom) { kept = try Wisdom(contentsOf: wisdom) }
    let (workloads, refused) = try selection.workloadSelection(extent.scope).workloads()
    for line in refused { console.note("\(line.isOutOfScope ? "note" : "error"): \(line)") }
    let layouts = selection.layout.layout.map { [$0] } ?? TensorLayout.allCases
    let tuner = Tuner(
      workloads: workloads, layouts: layouts, accuracy: planning.demand,
      options: RunOptions(
        seed: selection.seed, secondsPerMeasurement: timing.time ?? (extent.quick ? 0.05 : 0.2), cacheState: cache,
        threads: selection.threads))
    var losses: [HeuristicLoss] = []
    try tuner.run(cancelled: cancelled) { workload, loss, learned in
      losses.append(loss)
      kept.merge(learned)
      if let wisdom { try kept.write(to: wisdom) }
      console.note("\(workload.layer) \(loss.best.layout): \(loss.best.kernel)")
    }
    for warning in RunSummaryText.warnings(losses.map(\.best.warnings)) { console.note("warning: \(warning)") }
    let outcome = try finish(losses, console: console)
    if let wisdom { console.note("wisdom: \(wisdom), \(kept.count) choices") }
    if cancelled.isCancelled {
      console.note("interrupted")
      return .interrupted
    }
    return refused.allSatisfy(\.isOutOfScope) ? outcome : .failure
  }

  /// Prints the comparison.
  private func finish(_ losses: [HeuristicLoss], console: Console) throws -> Outcome {
    let rows = losses.map { TunedRow($0) }
    console.write(
      try TuneTable.table(losses, as: format.format).rendered(
        as: format.format, colour: console.hasColour, rows: rows))
    guard let summary = TuneTable.summary(losses) else {
      console.note("error: there is nothing to compare")
      return .failure
    }
    console.note(summary)
    return .success
  }

  /// A comparison as JSON.
  private struct TunedRow: Encodable {
    let layer: String
    let problem: String
    let layout: String
    let cacheState: String
    let heuristic: String
    let best: String
    let ratio: Double
    let interval: ClosedRange<Double>?
    let noiseFloor: Double?

    init(_ loss: HeuristicLoss) {
      layer = loss.best.layer
      problem = loss.best.problem
      layout = loss.best.layout
      cacheState = loss.best.cacheState
      heuristic = loss.heuristic.kernel
      best = loss.best.kernel
      ratio = loss.ratio
      interval = loss.estimate?.interval
      noiseFloor = loss.best.noiseFloor
    }
  }
}
