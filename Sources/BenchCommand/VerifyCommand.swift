import ArgumentParser
import Harness
import Verification

/// `bench verify`.
struct VerifyCommand: SessionCommand {
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
  @OptionGroup var extent: ExtentOptions
  @OptionGroup(title: "External kernels") var external: ExternalOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Records") var records: RecordOptions
  @OptionGroup(title: "Campaigns") var sharding: ShardOptions
  @OptionGroup var debug: DebugOptions

  func run() throws {
    try debug.exiting { console, cancelled in
      let run = try RunSession(self, leavesRecord: false, console: console) { _ in
        var options = RunOptions(
          seed: selection.seed, threads: selection.threads, verifyOnly: true)
        if !extent.quick {
          options.coverage = .all
          options.slowLimitSeconds = nil
        }
        return options
      }
      return try run.run(cancelled)
    }
  }
}
