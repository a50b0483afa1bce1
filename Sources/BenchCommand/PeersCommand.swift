import ArgumentParser
import ConvolutionKernels
import ConvolutionModel
import Foundation
import Harness
import Reports
import Verification

/// `bench peers`.
struct PeersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peers", abstract: "Compare with other libraries, layer by layer, in the same rounds.",
    discussion: """
      Peers are the workers that Benchmarks/Peers/install has set up, and im2col over OpenBLAS and BLIS. Each is verified \
      like our own kernels before it is timed, in its own process and by its own clock, around its library's call only; \
      one that wasn't verified has no time. Ours are all kernels of NHWC on the machine's best instruction set, unless \
      --kernel, --layout or --isa say otherwise; "ours" on a layer is the fastest of them that passed, as "best peer" is \
      the fastest peer that passed, whatever its layout. A ratio is the best peer's time by ours, taken round by round, \
      and then the median: above 1 we are faster. The noise is how far the layer's fastest contender, entered twice, is \
      from itself: how far the 95 % bootstrap interval of that ratio reaches from 1. It's a tie unless the whole interval \
      of the ratio to the best peer clears the noise; and undecided where the two share fewer than five rounds.

      EXAMPLES
        Benchmarks/Peers/install                        once
        bench peers --network resnet50
        bench peers --network resnet50 --layer 'conv2_*' --peer 'onednn*' --threads 2 --format json
        bench peers --records records.jsonl --threads 2   what a run with peers has left, measured before
      """)

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup var debug: DebugOptions

  @Option(
    name: .customLong("peer"),
    help: .init("Peers by name, with or without the layout, separated by commas or repeated.", valueName: "glob,…"))
  var peers: [String] = []

  @Option(
    help: .init("The list of workers: one command a line. By default what the script has installed.", valueName: "file")
  )
  var workers: String?

  @Option(
    parsing: .upToNextOption,
    help: .init(
      "Measure nothing: compare what these files of records hold, of the number of threads that --threads says.",
      valueName: "file"))
  var records: [String] = []

  @Option(help: .init("Append the records to this file (JSON Lines), all samples included.", valueName: "file"))
  var output: String?

  @OptionGroup var timing: TimeOptions

  mutating func validate() throws {
    if let output, output.isEmpty { throw ValidationError("--output is empty; expected a file") }
    if records.isEmpty { return }
    for (option, isGiven) in [
      ("--network", !selection.networks.isEmpty), ("--problem", !selection.problems.isEmpty),
      ("--batch", !selection.problemFiles.isEmpty), ("--kernel", !selection.kernels.isEmpty),
      ("--peer", !peers.isEmpty), ("--workers", workers != nil), ("--output", output != nil),
      ("--time", timing.time != nil),
    ] where isGiven { throw ValidationError("\(option) chooses what is measured; --records measures nothing") }
  }

  func run() throws {
    if !records.isEmpty {
      let console = Console.standard
      return try console.exiting { try compareRecords(console) }
    }
    try debug.exiting { console, cancelled in try compare(console: console, cancelled: cancelled) }
  }

  /// Runs ours and theirs together, and prints.
  func compare(console: Console, cancelled: CancellationFlag) throws -> Outcome {
    let (workloads, refused) = try selection.workloadSelection(.representative).workloads()
    for line in refused { console.note("\(line.isOutOfScope ? "note" : "error"): \(line)") }
    let ours = try ourKernels()
    let list = try PeerList(file: workers ?? Self.defaultList)
    for note in list.notes { console.note("note: \(note)") }
    let started = try list.commands.map { command throws(SelectionError) in
      ExternalWorker(try ExternalCommand(command))
    }
    defer { for worker in started { worker.finish() } }
    let theirs = try theirKernels(started)
    for kernel in theirs {
      if case .unavailable(let reason) = kernel.availability {
        console.note("note: \(PeerComparison.name(kernel.id.description)) is unavailable: \(reason)")
      }
    }
    let kernels: [any ConvolutionKernel] = ours + theirs.filter { $0.availability == .available }

    let file = try output.map { path throws(RecordFileError) in try RecordFile(appendingTo: path) }
    let options = RunOptions(
      seed: selection.seed, secondsPerMeasurement: timing.time ?? 0.2, threads: selection.threads)
    let runner = BenchmarkRunner(workloads: workloads, kernels: kernels, options: options)
    let progress = ProgressPrinter(total: workloads.count * kernels.count, console: console)
    var report = RunReport(workloads: workloads)
    _ = try runner.run(cancelled: cancelled) { event in
      switch event {
      case .started, .finished: break
      case .begins(_, _, let workload, let kernel, let activity):
        progress.begin(workload: ResultGroup(workload).title, kernel: kernel.description, activity: activity)
      case .record(let record):
        progress.advance()
        report.add(record)
        try file?.append(record)
      case .skipped(let workload, let kernel, let reason):
        progress.advance()
        report.skip(workload, kernel: kernel, reason: reason)
      }
    }
    progress.hide()
    try show(PeerComparison(report), report.records, console)
    if let file { console.note("records: \(file.path)") }
    return status(report, console, cancelled, refused)
  }

  /// Prints what earlier runs left.
  func compareRecords(_ console: Console) throws -> Outcome {
    var input = ReportInput()
    for file in records { try input.read(file) }
    for line in input.broken { console.note("warning: left out: \(line)") }
    let layers = selection.layers.map(Glob.init)
    let chosen = input.records.filter { record in
      record.threads == selection.threads && (layers.isEmpty || layers.contains { $0.matches(record.layer) })
    }
    guard let part = PeerComparison.comparisons(of: chosen).first else {
      console.note(
        "error: \(records.joined(separator: ", ")): no records of \(selection.threads) "
          + "thread\(selection.threads == 1 ? "" : "s") that can be compared")
      return .inputOutput
    }
    try show(part.comparison, chosen, console)
    return .success
  }

  /// Where the script leaves its list: in the package, wherever the command runs.
  private static var defaultList: String {
    let directory = FileManager.default.currentDirectoryPath
    let places = [URL(fileURLWithPath: #filePath), URL(fileURLWithPath: directory)]
    return (ReleaseHandOver.packageDirectory(startingAt: places) ?? directory) + "/" + PeerList.defaultPath
  }

  /// The kernels whose arithmetic is our own.
  func ourKernels() throws(SelectionError) -> [any ConvolutionKernel] {
    var choice = selection.kernelSelection
    // Both layouts are the option's default; kernels that are named say their own.
    if choice.patterns.isEmpty && choice.layout == nil { choice.layout = .nhwc }
    return try choice.kernels().filter { !PeerComparison.isPeer($0.id.description) }
  }

  /// The chosen peers' kernels: the workers' in all their layouts, and those over a BLAS.
  func theirKernels(_ workers: [ExternalWorker]) throws(SelectionError) -> [any ConvolutionKernel] {
    let all: [any ConvolutionKernel] =
      KernelRegistry.all.filter { PeerComparison.isPeer($0.id.description) } + workers.flatMap(\.kernels)
    let patterns = peers.flatMap { $0.split(separator: ",").map(String.init) }
    if patterns.isEmpty { return all }
    func matches(_ kernel: any ConvolutionKernel, _ pattern: String) -> Bool {
      let glob = Glob(pattern)
      let id = kernel.id.description
      return glob.matches(id) || glob.matches(PeerComparison.name(id)) || glob.matches(PeerComparison.library(id))
    }
    for pattern in patterns where !all.contains(where: { matches($0, pattern) }) {
      let names = all.map { PeerComparison.library($0.id.description) }
      throw .external(
        message: "--peer \(pattern) fits none of the peers: \(Set(names).sorted().joined(separator: ", "))")
    }
    return all.filter { kernel in patterns.contains { matches(kernel, $0) } }
  }

  private func show(_ comparison: PeerComparison, _ records: [BenchmarkRecord], _ console: Console) throws {
    let layers = PeerTable.layers(comparison)
    let means = PeerTable.means(comparison)
    switch format.format {
    case .json: console.write(try JSONText.pretty(comparison))
    case .csv: console.write(PeerTable.kernels(comparison).csv())
    case .markdown: console.write(layers.markdown() + "\n" + means.markdown())
    case .table:
      console.write(layers.text(colour: console.hasColour))
      console.write(
        "effective GFLOP/s of verified kernels; ratio: the best peer's time by ours, above 1 we are faster\n\n")
      console.write(means.text(colour: console.hasColour))
      if let record = records.last { console.write("\nmachine: \(RunSummaryText.machine(record.machine))\n") }
      for line in PeerTable.complaints(comparison) { console.write(line + "\n") }
    }
    for warning in RunSummaryText.warnings(records) { console.note("warning: \(warning)") }
  }

  /// A peer that fails is a result; one of ours that does is a failure.
  private func status(
    _ report: RunReport, _ console: Console, _ cancelled: CancellationFlag, _ refused: [RefusedProblem]
  ) -> Outcome {
    if cancelled.isCancelled {
      console.note("interrupted")
      return .interrupted
    }
    let ours = report.records.filter { !PeerComparison.isPeer($0.kernel) }
    let failed = ours.filter { $0.verdict == .failed || $0.verdict == .mistrusted }
    for record in failed { console.note("error: \(record.kernel) \(record.verdict.rawValue) on \(record.layer)") }
    if !ours.contains(where: { $0.verdict == .passed }) { console.note("error: none of our kernels passed") }
    let isSound = failed.isEmpty && ours.contains { $0.verdict == .passed }
    return isSound && refused.allSatisfy(\.isOutOfScope) ? .success : .failure
  }
}
