import Measurement

/// A clock that shows foreign time: while a worker runs, only what the worker's own clock counted goes by.
///
/// So a sampler times workers and kernels alike, in the same rounds, and the pipes between us and a worker cost nothing.
final class ForeignClock {
  private var left: UInt64 = 0

  /// Nanoseconds since some moment in the past; never goes back.
  func nanoseconds() -> UInt64 { MonotonicClock.nanoseconds() &- left }

  /// Does something that takes the returned nanoseconds, whatever goes by here meanwhile.
  func during(_ work: () -> Double) {
    let start = MonotonicClock.nanoseconds()
    let counted = work()
    left &+= (MonotonicClock.nanoseconds() &- start) &- UInt64(max(counted, 0))
  }
}
