import ArgumentParser
import Harness
import Measurement
import Reports

/// `bench gemm`.
struct GEMMCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gemm", abstract: "Compare matrix products on the layers' shapes: our own, OpenBLAS, BLIS.",
    discussion: """
      Of each layer the product that im2col comes to: m output pixels, n output channels and k channels × taps of a group. \
      Every result is compared with products in double precision before it's timed. The right factor is packed ahead. The \
      core type that a library runs is its own choice unless OPENBLAS_CORETYPE or BLIS_ARCH_TYPE says otherwise.

      EXAMPLES
        bench gemm --quick
        bench gemm --network resnet50 --time 0.1 --format csv
        OPENBLAS_CORETYPE=Haswell bench gemm --layer conv3_2
      """)

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup var debug: DebugOptions

  @Flag(help: "Fewer shapes and shorter measurements.")
  var quick = false

  @Flag(help: "The shapes of all layers of the networks that bench runs by default.")
  var full = false

  @Option(parsing: .unconditional, help: .init("How long one product is timed.", valueName: "seconds"))
  var time: Double?

  mutating func validate() throws {
    if quick && full { throw ValidationError("--quick and --full exclude each other") }
    try TimeOption.check(time)
    for (option, isGiven) in [
      ("--kernel", !selection.kernels.isEmpty), ("--layout", selection.layout != .both),
      ("--isa", selection.isa != .highest), ("--epilogue", selection.epilogue != nil),
    ] where isGiven { throw ValidationError("\(option) means nothing to matrix products") }
  }

  func run() throws {
    let console = Console.standard
    try console.exiting {
      try ReleaseHandOver.ifNeeded(isAllowed: !debug.debugOk, console: console)
      return try compare(console: console, cancelled: Interruption.flag())
    }
  }

  /// Compares and prints.
  func compare(console: Console, cancelled: CancellationFlag) throws -> Outcome {
    let (workloads, refused) = try selection.workloadSelection(quick ? .quick : full ? .full : .representative)
      .workloads()
    for line in refused { console.note("\(line.isOutOfScope ? "note" : "error"): \(line)") }
    let shapes = GEMMShape.shapes(of: workloads)
    let options = RunOptions(
      seed: selection.seed, secondsPerMeasurement: time ?? (quick ? 0.1 : 0.3), threads: selection.threads)
    let progress = ProgressPrinter(total: shapes.count, console: console)
    var records: [GEMMRecord] = []
    try GEMMComparison(shapes: shapes, backends: GEMMBackends.all, options: options).run(
      cancelled: cancelled,
      willMeasure: { _, shape in progress.begin(workload: "\(shape)", kernel: "gemm", activity: .timing) },
      handler: { new in
        records += new
        progress.advance()
      })
    progress.hide()
    let table = GEMMTable.table(records, as: format.format)
    console.write(try table.rendered(as: format.format, colour: console.hasColour, rows: records))
    for line in GEMMTable.missing(records) { console.note("note: \(line)") }
    if format.format == .table, let machine = records.first?.machine {
      console.write("\nmachine: \(RunSummaryText.machine(machine))\n")
    }
    if cancelled.isCancelled {
      console.note("interrupted")
      return .interrupted
    }
    if shapes.isEmpty { console.note("error: none of the chosen layers is a matrix product") }
    let isSound = records.contains { $0.verdict == .passed } && !records.contains { $0.verdict == .failed }
    return isSound && refused.allSatisfy(\.isOutOfScope) ? .success : .failure
  }
}
