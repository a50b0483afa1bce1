import Foundation
import Synchronization

/// Processes that work for this one: what they use of the machine isn't anybody else's.
public enum CompanionProcesses {
  private static let members = Mutex<Set<Int32>>([])

  /// Counts a process as ours from now on.
  public static func add(_ pid: Int32) { members.withLock { _ = $0.insert(pid) } }

  /// Counts a process no longer.
  public static func remove(_ pid: Int32) { members.withLock { _ = $0.remove(pid) } }

  /// The processor time of all of them so far, in seconds; to the hundredth, which is what the system counts in.
  static var seconds: Double {
    let members = members.withLock { $0 }
    return members.reduce(0) { sum, pid in
      sum + (SystemFile.text("/proc/\(pid)/stat").flatMap { Self.seconds(statistics: $0) } ?? 0)
    }
  }

  /// Reads `pid (name) state …`, whose 14th and 15th fields are the time in user and in system mode. The name may hold
  /// anything.
  static func seconds(statistics text: String) -> Double? {
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
    return (user + system) / 100
  }
}
