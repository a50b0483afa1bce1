import Dispatch
import Harness
import Reports

/// Shows on standard error how far a run is: a line that is rewritten on a terminal, a plain line a workload elsewhere.
final class ProgressPrinter {
  private let console: Console
  private var text: ProgressText
  private var done = 0
  private var lastWorkload: String?
  private var isShown = false
  private let start = DispatchTime.now().uptimeNanoseconds

  init(total: Int, console: Console) {
    text = ProgressText(total: total)
    self.console = console
  }

  /// Says what runs now.
  func begin(workload: String, kernel: String, activity: RunEvent.Activity) {
    let isNew = workload != lastWorkload
    lastWorkload = workload
    if console.errorWidth == nil && !isNew { return }
    let label = console.errorWidth == nil ? workload : "\(activity.rawValue) \(kernel) on \(workload)"
    text.begin(index: done, label: label, seconds: seconds)
    if let width = console.errorWidth {
      console.writeError("\r\u{1B}[K" + text.line(at: seconds, width: width))
      isShown = true
    } else {
      console.note(text.line(at: seconds, width: nil))
    }
  }

  /// Notes that one more kernel is done with on one workload.
  func advance() { done += 1 }

  /// Takes the line away, so that other text can be written.
  func hide() {
    if isShown { console.writeError("\r\u{1B}[K") }
    isShown = false
  }

  private var seconds: Double { Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 }
}
