import Dispatch
import Foundation
import Harness

/// The interrupt key: the first press ends the run after the sample at work, the second ends the process.
enum Interruption {
  // Kept so that it stays alive; written once, before there is a second thread that could look.
  nonisolated(unsafe) private static var source: (any DispatchSourceSignal)?

  /// A flag that the interrupt key sets from now on.
  static func flag() -> CancellationFlag {
    let flag = CancellationFlag()
    signal(SIGINT, SIG_IGN)
    let signals = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    signals.setEventHandler {
      if flag.isCancelled { _exit(Outcome.interrupted.rawValue) }
      flag.cancel()
    }
    signals.resume()
    source = signals
    return flag
  }
}
