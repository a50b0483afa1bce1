import ConvolutionModel
import Measurement
import Verification

/// A worker's problem among those that are timed.
final class ExternalContender {
  private let prepared: PreparedExternalKernel
  private let clock: ForeignClock
  private let warmups: Int
  private var failure: ExternalFailure?

  /// What a call takes when the worker failed: long enough that a sampler soon has had its fill.
  private static let failedNanoseconds = 1e10

  /// - Parameters:
  ///   - firstRun: nanoseconds of a run, to tell whether runs need a warm-up: between two of them, the host and other kernels
  ///     have had the caches.
  ///   - isWarm: whether the caches are to be warm at all.
  init(_ prepared: PreparedExternalKernel, clock: ForeignClock, firstRun: Double, isWarm: Bool = true) {
    self.prepared = prepared
    self.clock = clock
    warmups = isWarm && firstRun < SamplerOptions.warmCallBelowNanoseconds ? SamplerOptions.warmCalls : 0
    do throws(ExternalFailure) {
      try prepared.poison()
    } catch {
      failure = error
    }
  }

  /// Runs once; the clock advances by what the worker says it took. A failure is kept and ends nobody else's timing.
  ///
  /// Behind the worker's narrow code and a wait on a pipe, the core's widest units are off and take longer to come back than
  /// the probe allows for: it said a quarter of the peak, and samples beside it were dropped. So they're woken here, at
  /// nobody's expense.
  func run() {
    clock.during {
      defer { Self.wake() }
      if failure != nil { return Self.failedNanoseconds }
      do throws(ExternalFailure) {
        return try prepared.timedRun(warmups: warmups)
      } catch {
        failure = error
        return Self.failedNanoseconds
      }
    }
  }

  /// Multiplies and adds for half a millisecond.
  private static func wake() {
    let start = MonotonicClock.nanoseconds()
    repeat { _ = FMAProbe.best.measureGflops() } while MonotonicClock.nanoseconds() - start < 500_000
  }

  /// What went wrong, the output of the last timed run included; nil where all is well.
  func complaint(of kernel: any ConvolutionKernel, _ subject: VerificationSubject) -> String? {
    if let failure { return failure.description }
    do throws(ExternalFailure) {
      let output = try prepared.output()
      return subject.complaint(about: UnsafeBufferPointer(output.elements), of: kernel).map {
        "the output of the timed runs is wrong: \($0)"
      }
    } catch {
      return error.description
    }
  }
}
