import ConvolutionModel
import Measurement

/// Times the stages of a kernel in runs of their own, so that normal runs have no clock in them.
enum StageMeasurement {
  /// The median over some runs of each stage's nanoseconds; nil where the kernel tells no stages apart.
  ///
  /// - Parameters:
  ///   - stages: what the kernel tells apart.
  ///   - runs: at least so many runs, unless they take longer than `seconds`; and at least one.
  ///   - run: one run with a watch.
  static func nanoseconds(
    stages: [KernelStage], runs: Int = 11, seconds: Double = 0.2, clock: @escaping () -> UInt64,
    isCancelled: () -> Bool = { false }, of run: (StageTimes) throws -> Void
  ) rethrows -> [String: Double]? {
    if stages.isEmpty { return nil }
    // The first run finds the caches as another kernel left them.
    try run(StageTimes(clock: clock))
    var times: [[KernelStage: Double]] = []
    let start = clock()
    while times.count < runs, !isCancelled() {
      let watch = StageTimes(clock: clock)
      try run(watch)
      times.append(watch.nanoseconds)
      if Double(clock() - start) > 1e9 * seconds { break }
    }
    if times.isEmpty { return nil }
    return Dictionary(
      uniqueKeysWithValues: stages.map { stage in
        (stage.rawValue, Statistics.median(times.map { $0[stage] ?? 0 }) ?? 0)
      })
  }
}
