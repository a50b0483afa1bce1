import ArgumentParser
import Harness

/// How much is run where nothing is named.
struct ExtentOptions: ParsableArguments {
  @Flag(help: "Fewer layers; shorter measurements, and of verify only a sample of the outputs of large problems.")
  var quick = false

  @Flag(help: "All layers of the networks that bench runs by default; run times slow kernels however long they take.")
  var full = false

  mutating func validate() throws {
    if quick && full { throw ValidationError("--quick and --full exclude each other") }
  }

  /// How much of the default networks is taken.
  var scope: WorkloadSelection.Scope { quick ? .quick : full ? .full : .representative }
}
