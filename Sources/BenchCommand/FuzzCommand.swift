import ArgumentParser
import ConvolutionModel
import Harness

/// `bench fuzz`.
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz", abstract: "Verify kernels on random problems until the time is up.",
    discussion: """
      Sizes are drawn around the edges of the kernels' blocks and in the corners of what a problem may be; all checks of \
      bench verify are made. A failure is made as small as it gets, and the command that shows it again is printed. Problems \
      of a file, where kernels failed before, are drawn again and again with small changes.

      EXAMPLES
        bench fuzz --time 10m --seed 42
        bench fuzz --time 90s --kernel 'winograd-*' --isa all
        bench fuzz --cases 100000 --corpus Tests/Corpus/problems
        bench fuzz --time 5m --external ./my_kernel --kernel 'external-*'
      """)

  @Option(help: .init("How long: seconds, or a number with s, m or h. 60 unless --cases is given.", valueName: "time"))
  var time: Duration?

  @Option(parsing: .unconditional, help: .init("Pairs of kernel and problem to verify.", valueName: "n"))
  var cases: Int?

  @Option(parsing: .unconditional, help: .init("Where the random problems start.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    name: .customLong("kernel"),
    help: .init("Kernels by id or glob, separated by commas or repeated.", valueName: "glob,…"))
  var kernels: [String] = []

  @Option(help: .init("The memory layout: nchw, nhwc or both.", valueName: "layout"))
  var layout: LayoutChoice = .both

  @Option(help: .init("The instruction set: baseline, avx2, avx512, highest or all.", valueName: "level"))
  var isa: ISAChoice = .all

  @Option(
    name: .customLong("corpus"), help: .init("A file of problems on which kernels failed before.", valueName: "file"))
  var corpus: [String] = []

  @OptionGroup(title: "External kernels") var external: ExternalOptions
  @OptionGroup var debug: DebugOptions

  /// A number of seconds, as it's written.
  struct Duration: ExpressibleByArgument {
    let seconds: Double

    init?(argument: String) {
      let factor = ["s": 1.0, "m": 60, "h": 3600][argument.suffix(1)]
      guard let number = Double(factor == nil ? argument[...] : argument.dropLast()), number > 0,
        number * (factor ?? 1) <= 1e6
      else { return nil }
      seconds = number * (factor ?? 1)
    }
  }

  mutating func validate() throws {
    if let cases, cases < 1 { throw ValidationError("--cases is \(cases); expected at least 1") }
  }

  func run() throws {
    try debug.exiting { console, cancelled in try fuzz(console, cancelled) }
  }

  /// Runs, prints failures as they're found, and counts.
  func fuzz(_ console: Console, _ cancelled: CancellationFlag) throws -> Outcome {
    let patterns = kernels.flatMap { $0.split(separator: ",").map(String.init) }
    let chosen = try ExternalOptions.kernels(
      KernelSelection(patterns: patterns, layout: layout.layout, isa: isa.choice), try external.workers())
    defer { for kernel in chosen { (kernel as? ExternalKernel)?.worker.finish() } }
    let (past, refused) =
      corpus.isEmpty ? ([], []) : try WorkloadSelection(problemFiles: corpus).workloads()
    for line in refused { console.note("error: \(line)") }
    let options = FuzzRun.Options(
      seconds: time?.seconds ?? (cases == nil ? 60 : nil), cases: cases, seed: seed)
    let run = FuzzRun(kernels: chosen, pastFailures: past.map(\.operation), options: options)
    var shown = 0
    let summary = run.run(cancelled: cancelled) { event in
      switch event {
      case .failed(let failure):
        console.write(
          "failed: \(failure.kernel) on \(failure.operation) \(failure.operation.epilogueName): \(failure.check): "
            + "\(failure.reason)\n  first seen on \(failure.found) \(failure.found.epilogueName)\n  \(failure.command)\n"
        )
      case .progress(let cases, let operations):
        guard cases >= shown + 500 else { break }
        shown = cases
        console.note("\(cases) cases on \(operations) problems")
      }
    }
    for kernel in chosen where kernel.availability.reason == nil && summary.passedByKernel[kernel.id] == nil {
      console.note("note: \(kernel.id) was not verified on any problem")
    }
    console.write(
      "\(summary.operations) problems, \(summary.cases) cases: \(summary.passed) passed, \(summary.failures.count) failed, "
        + "\(summary.mistrusted) mistrusted; seed \(seed)\n")
    if summary.wasCancelled { return .interrupted }
    if summary.cases == 0 {
      console.note("error: no kernel was verified on any problem")
      return .failure
    }
    return summary.failures.isEmpty && summary.mistrusted == 0 && refused.isEmpty ? .success : .failure
  }
}
