import Dispatch
import Foundation
import Harness
import Synchronization

/// The interrupt key: the first press ends the run after the sample at work, the second ends the process.
enum Interruption {
  private static let source = Mutex<(any DispatchSourceSignal)?>(nil)

  /// A flag that the interrupt key sets from now on.
  static func flag() -> CancellationFlag {
    let flag = CancellationFlag()
    signal(SIGINT, SIG_IGN)
    let signals = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    signals.setEventHandler {
      if flag.isCancelled { _exit(ExitStatus.interrupted.rawValue) }
      flag.cancel()
    }
    signals.resume()
    source.withLock { $0 = signals }
    return flag
  }
}
