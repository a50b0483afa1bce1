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
      core type that a library runs is its own choice unless OPENBLAS_CORETYPE or BLIS_ARCH_TYPE says otherwise; --isa \
      chooses what our own runs. The probe beside each is that of the instruction set it runs. Ratios are taken round by \
      round; the noise is how far the fastest of a shape, entered twice, is from itself, and differences within it are \
      ties. With --output, records are kept as JSON Lines of a kind of their own ("kind": "gemm"), which report, compare and \
      merge name and leave out or refuse.

      EXAMPLES
        bench gemm --network vgg16
        bench gemm --full --output gemm.jsonl --resume      every shape; goes on where it was stopped
        bench gemm --quick --isa all                        our own on each instruction set
      """)

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup var extent: ExtentOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Records") var records: RecordOptions
  @OptionGroup var timing: TimeOptions
  @OptionGroup var debug: DebugOptions

  mutating func validate() throws {
    for (option, isGiven) in [
      ("--kernel", !selection.kernels.isEmpty), ("--layout", selection.layout != .both),
      ("--epilogue", selection.epilogue != nil),
    ] where isGiven { throw ValidationError("\(option) means nothing to matrix products") }
  }

  func run() throws {
    try debug.exiting { console, cancelled in try compare(console: console, cancelled: cancelled) }
  }

  /// Compares and prints.
  func compare(console: Console, cancelled: CancellationFlag) throws -> Outcome {
    let (workloads, refused) = try selection.workloadSelection(extent.scope).workloads()
    for line in refused { console.note("\(line.isOutOfScope ? "note" : "error"): \(line)") }
    let shapes = GEMMShape.shapes(of: workloads)
    for (shape, _) in shapes {
      if let reason = MemoryDemand.objection(to: shape) {
        throw SelectionError.tooLarge(message: "\(shape): \(reason)")
      }
    }
    let options = RunOptions(
      seed: selection.seed, secondsPerMeasurement: timing.time ?? (extent.quick ? 0.1 : 0.3),
      threads: selection.threads)
    let comparison = GEMMComparison(
      shapes: shapes, backends: GEMMBackends.all(isa: selection.isa.choice), options: options)
    var found = try earlier(console)
    let done = Set(found.keys)
    let file = try self.records.output.map { path throws(RecordFileError) in
      try RecordFile(appendingTo: path, kind: .matrixProduct)
    }
    let progress = ProgressPrinter(
      total: shapes.count { !done.isSuperset(of: comparison.keys($0.shape)) }, console: console)
    var failure: (any Error)?
    do {
      try comparison.run(
        skipping: done, cancelled: cancelled,
        willMeasure: { _, shape in progress.begin(workload: "\(shape)", kernel: "gemm", activity: .timing) },
        handler: { new in
          for record in new {
            found[record.key] = record
            try file?.append(record)
          }
          progress.advance()
        })
    } catch {
      failure = error
    }
    let records = shapes.flatMap { comparison.keys($0.shape) }.compactMap { found[$0] }
    progress.hide()
    let table = GEMMTable.table(records, as: format.format)
    console.write(try table.rendered(as: format.format, colour: console.hasColour, rows: records))
    for line in GEMMTable.missing(records) { console.note("note: \(line)") }
    if format.format == .table, let machine = records.first?.machine {
      console.write("\nmachine: \(RunSummaryText.machine(machine))\n")
    }
    for warning in RunSummaryText.warnings(records.map(\.warnings)) { console.note("warning: \(warning)") }
    if let failure { throw failure }
    if let file { console.note("records: \(file.path)") }
    if cancelled.isCancelled {
      console.note("interrupted")
      return .interrupted
    }
    if shapes.isEmpty { console.note("error: none of the chosen layers is a matrix product") }
    let isSound = records.contains { $0.verdict == .passed } && !records.contains { $0.verdict == .failed }
    return isSound && refused.allSatisfy(\.isOutOfScope) ? .success : .failure
  }

  /// What the output file holds already, of one key the last.
  private func earlier(_ console: Console) throws(RecordFileError) -> [GEMMRecordKey: GEMMRecord] {
    guard records.resume, let path = records.output else { return [:] }
    let (all, broken) = try RecordFile.read(GEMMRecord.self, from: path)
    for line in broken { console.note("warning: \(line)") }
    return Dictionary(all.filter(\.isDone).map { ($0.key, $0) }, uniquingKeysWith: { $1 })
  }
}
