import ArgumentParser
import Harness

/// What a debug build does.
struct DebugOptions: ParsableArguments {
  @Flag(help: "In a debug build, run here instead of handing over to a release build.")
  var debugOk = false

  /// Does the work of a command that runs kernels, in a release build unless a debug build is fine, and leaves with its
  /// status. The flag is set when somebody interrupts.
  func exiting(_ work: (Console, CancellationFlag) throws -> Outcome) throws {
    let console = Console.standard
    try console.exiting {
      try ReleaseHandOver.ifNeeded(isAllowed: !debugOk, console: console)
      return try work(console, Interruption.flag())
    }
  }
}
