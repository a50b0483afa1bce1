import ConvolutionModel
import Verification

/// A worker's problem among those that are timed.
final class ExternalContender {
  private let prepared: PreparedExternalKernel
  private let clock: ForeignClock
  private let warmups: Int
  private var failure: ExternalFailure?

  /// Calls from this length on don't gain from a warm-up right before them.
  private static let warmedBelowNanoseconds = 1e7
  /// What a call takes when the worker failed: long enough that a sampler soon has had its fill.
  private static let failedNanoseconds = 1e10

  /// - Parameters:
  ///   - firstRun: nanoseconds of a run, to tell whether runs need a warm-up: between two of them, the host and other kernels
  ///     have had the caches.
  ///   - isWarm: whether the caches are to be warm at all.
  init(_ prepared: PreparedExternalKernel, clock: ForeignClock, firstRun: Double, isWarm: Bool = true) {
    self.prepared = prepared
    self.clock = clock
    warmups = isWarm && firstRun < Self.warmedBelowNanoseconds ? 1 : 0
    do throws(ExternalFailure) {
      try prepared.poison()
    } catch {
      failure = error
    }
  }

  /// Runs once; the clock advances by what the worker says it took. A failure is kept and ends nobody else's timing.
  func run() {
    clock.during {
      if failure != nil { return Self.failedNanoseconds }
      do throws(ExternalFailure) {
        return try prepared.timedRun(warmups: warmups)
      } catch {
        failure = error
        return Self.failedNanoseconds
      }
    }
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
