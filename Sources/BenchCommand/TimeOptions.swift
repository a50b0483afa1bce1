import ArgumentParser

/// How long is measured.
struct TimeOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: .init("How long one kernel is timed on one problem, or one matrix product.", valueName: "seconds"))
  var time: Double?

  mutating func validate() throws { try Self.check(time) }

  /// Refuses what is no time to measure in.
  static func check(_ seconds: Double?) throws(ValidationError) {
    if let seconds, !(0.001...3600 ~= seconds) {
      throw ValidationError("--time is \(seconds); expected 0.001…3600 seconds")
    }
  }
}
