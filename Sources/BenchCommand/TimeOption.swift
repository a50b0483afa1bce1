import ArgumentParser

/// The value of `--time`.
enum TimeOption {
  /// Refuses what is no time to measure in.
  static func check(_ seconds: Double?) throws(ValidationError) {
    if let seconds, !(0.001...3600 ~= seconds) {
      throw ValidationError("--time is \(seconds); expected 0.001…3600 seconds")
    }
  }
}
