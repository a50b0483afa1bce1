import ArgumentParser
import Harness
import Verification

/// `bench verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare every output of every kernel with a double-precision reference.",
    discussion: """
      The last line counts: N problems, M kernels: P passed, F failed, T mistrusted, U unsupported, A unavailable. It goes \
      to standard error where another format than the table is asked for.

      EXAMPLES
        bench verify --network vgg16 --isa all          every instruction set of this machine
        bench verify --quick --kernel 'winograd-*'      of large problems a sample of the outputs
        bench verify --batch shapes_basic --threads 2
        bench verify --quick --external ./my_kernel     a program of your own
      """)

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "External kernels") var external: ExternalOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Records") var records: RecordOptions
  @OptionGroup(title: "Campaigns") var sharding: ShardOptions
  @OptionGroup var debug: DebugOptions

  @Flag(help: "Fewer layers, and of large problems only a sample of the outputs.")
  var quick = false

  @Flag(help: "All layers of the networks that bench runs by default.")
  var full = false

  mutating func validate() throws {
    if quick && full { throw ValidationError("--quick and --full exclude each other") }
  }

  func run() throws {
    let console = Console.standard
    try console.exiting {
      try ReleaseHandOver.ifNeeded(isAllowed: !debug.debugOk, console: console)
      let session = try RunSession(
        selection: selection, external: external, scope: quick ? .quick : full ? .full : .representative,
        format: format.format, records: records, leavesRecord: false, shard: try sharding.chosen(), console: console
      ) { _ in
        var options = RunOptions(seed: selection.seed, threads: selection.threads, verifyOnly: true)
        if !quick {
          options.coverage = .all
          options.slowLimitSeconds = nil
        }
        return options
      }
      return try session.run(Interruption.flag())
    }
  }
}
