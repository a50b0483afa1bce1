import ArgumentParser
import Harness
import Verification

/// `bench run`, the default.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Verify kernels, then time those that passed (default).",
    discussion: """
      Of large problems a sample of the outputs is verified: borders, block edges, random places; verify does all. Times \
      are medians of interleaved samples, and each stands beside the machine's own peak measured in the same moment.
      """)

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "External kernels") var external: ExternalOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Records") var records: RecordOptions
  @OptionGroup var debug: DebugOptions

  @Flag(help: "A shorter run: fewer layers and shorter measurements.")
  var quick = false

  @Flag(help: "All layers, and slow kernels timed however long they take.")
  var full = false

  @Option(parsing: .unconditional, help: .init("How long one kernel is timed on one problem.", valueName: "seconds"))
  var time: Double?

  mutating func validate() throws {
    if quick && full { throw ValidationError("--quick and --full exclude each other") }
    try TimeOption.check(time)
  }

  /// How much of the default networks is taken.
  var scope: WorkloadSelection.Scope { quick ? .quick : full ? .full : .representative }

  func run() throws {
    let console = Console.standard
    try console.exiting {
      try ReleaseHandOver.ifNeeded(isAllowed: !debug.debugOk, console: console)
      let session = try RunSession(
        selection: selection, external: external, scope: scope, format: format.format, records: records,
        leavesRecord: true,
        console: console
      ) { selected in
        let budget = MeasurementBudget(
          scope: selected.usesScope ? scope : nil, isQuick: quick, timesSlowKernels: full)
        return RunOptions(
          seed: selection.seed,
          secondsPerMeasurement: time
            ?? budget.secondsPerMeasurement(workloads: selected.workloads, kernels: selected.kernels),
          threads: selection.threads, slowLimitSeconds: budget.slowLimitSeconds)
      }
      return try session.run(Interruption.flag())
    }
  }
}
