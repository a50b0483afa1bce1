/// What a call costs that does nothing: the checks and dispatch that every sample includes.
public enum CallOverhead {
  /// Times batches of calls.
  ///
  /// - Parameters:
  ///   - calls: calls a batch, so many that reading the clock doesn't show.
  ///   - batches: batches whose median counts.
  /// - Returns: nanoseconds of one call.
  public static func nanoseconds(
    calls: Int = 200, batches: Int = 11, clock: () -> UInt64 = MonotonicClock.nanoseconds, of call: () throws -> Void
  ) rethrows -> Double {
    var times: [Double] = []
    try call()
    for _ in 0..<max(1, batches) {
      let start = clock()
      for _ in 0..<max(1, calls) { try call() }
      times.append(Double(clock() - start) / Double(max(1, calls)))
    }
    return Statistics.median(times) ?? 0
  }
}
