import Foundation
import Measurement

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A process that answers lines with lines.
///
/// It runs in a process group of its own: the interrupt key doesn't reach it, and whatever it started ends with it.
final class WorkerProcess {
  /// The process, and its group.
  let pid: pid_t
  private let input: Int32
  private let output: Int32
  private let errors: Int32
  private var unread: [UInt8] = []
  private var errorTail: [UInt8] = []
  private var ending: String?

  /// Longer lines are no answers.
  private static let longestLine = 1 << 20
  private static let errorBytes = 4096

  /// Starts a program, looked up as a shell does.
  init(_ command: ExternalCommand) throws(ExternalFailure) {
    // A worker that died must be an error of write, not the end of this process.
    signal(SIGPIPE, SIG_IGN)
    var descriptors: [Int32] = []
    for _ in 0..<3 {
      var pair: [Int32] = [-1, -1]
      guard pipe(&pair) == 0 else {
        let reason = String(cString: strerror(errno))
        for descriptor in descriptors { close(descriptor) }
        throw ExternalFailure("no pipe for the worker: \(reason)")
      }
      // Else the next worker inherits them, and this one's input never ends.
      for descriptor in pair { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      descriptors += pair
    }
    let childs = [descriptors[0], descriptors[3], descriptors[5]]
    let ours = [descriptors[1], descriptors[2], descriptors[4]]
    var started: pid_t = 0
    let status = Self.spawn(&started, command.arguments, childs)
    for descriptor in childs { close(descriptor) }
    guard status == 0 else {
      for descriptor in ours { close(descriptor) }
      throw ExternalFailure("can't start \(command.arguments[0]): \(String(cString: strerror(status)))")
    }
    pid = started
    (input, output, errors) = (ours[0], ours[1], ours[2])
    CompanionProcesses.add(started)
    for descriptor in [output, errors] { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
  }

  private static func spawn(_ pid: inout pid_t, _ arguments: [String], _ descriptors: [Int32]) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (target, descriptor) in descriptors.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
    }
    // This process may ignore these signals; a worker shouldn't by inheritance.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGINT, SIGPIPE] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    return posix_spawnp(&pid, words[0]!, &actions, &attributes, words, environ)
  }

  /// Says a line and waits for the answer.
  ///
  /// - Returns: the answer without its end, and the nanoseconds from before the line was written to after it was read.
  func exchange(_ line: Data, seconds: Double) throws(ExternalFailure) -> (answer: [UInt8], nanoseconds: Double) {
    drain(errors, into: &errorTail)
    drain(output, into: &unread)
    if !unread.isEmpty {
      throw ExternalFailure("the worker wrote a line that nobody asked for: \(Self.quoted(unread))")
    }
    let start = MonotonicClock.nanoseconds()
    let written = line.withUnsafeBytes { write(input, $0.baseAddress!, $0.count) }
    // A worker that is gone says why below.
    if written != line.count, errno != EPIPE {
      throw ExternalFailure("can't write to the worker: \(String(cString: strerror(errno)))")
    }
    var searched = 0
    while true {
      if let end = unread[searched...].firstIndex(of: 10) {
        let nanoseconds = Double(MonotonicClock.nanoseconds() - start)
        let answer = Array(unread[..<end])
        unread.removeSubrange(...end)
        return (answer, nanoseconds)
      }
      searched = unread.count
      if unread.count > Self.longestLine {
        throw ExternalFailure("the worker wrote \(unread.count) bytes without ending a line: \(Self.quoted(unread))")
      }
      let left = seconds - Double(MonotonicClock.nanoseconds() - start) / 1e9
      if left <= 0 {
        throw ExternalFailure("no answer within \(Self.text(seconds)) s" + errorText())
      }
      var polled = [
        pollfd(fd: output, events: Int16(POLLIN), revents: 0), pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
      ]
      // Closed standard error is always ready: it isn't asked any more.
      if areErrorsClosed { polled.removeLast() }
      _ = poll(&polled, nfds_t(polled.count), Int32(min(left * 1000 + 1, 1e9)))
      if polled.count > 1, polled[1].revents != 0 { areErrorsClosed = !drain(errors, into: &errorTail) }
      if polled[0].revents != 0, !drain(output, into: &unread), unread[searched...].firstIndex(of: 10) == nil {
        throw ExternalFailure(end(within: 1) + errorText())
      }
    }
  }

  private var areErrorsClosed = false

  /// Reads what is there; false at the end.
  @discardableResult
  private func drain(_ descriptor: Int32, into buffer: inout [UInt8]) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count == 0 { return false }
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      buffer += chunk[..<count]
      if descriptor == errors, buffer.count > Self.errorBytes { buffer.removeFirst(buffer.count - Self.errorBytes) }
      if buffer.count > Self.longestLine { return true }
    }
  }

  /// Waits for the process to exit; kills it and its group after that time.
  ///
  /// - Returns: how it ended, in half a sentence.
  @discardableResult
  func end(within seconds: Double) -> String {
    if let ending { return ending }
    close(input)
    let start = MonotonicClock.nanoseconds()
    var hasExited = false
    repeat {
      var information = siginfo_t()
      // Without reaping it: so its number can't be another process's when the group is killed.
      let status = waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT | WNOHANG)
      hasExited = status == 0 && information.si_signo == SIGCHLD
      if hasExited || status != 0 { break }
      usleep(1000)
    } while Double(MonotonicClock.nanoseconds() - start) < 1e9 * seconds
    kill(-pid, SIGKILL)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    CompanionProcesses.remove(pid)
    drain(errors, into: &errorTail)
    close(output)
    close(errors)
    let signal = status & 0x7F
    let text =
      !hasExited
      ? "the worker closed its standard output"
      : signal == 0
        ? "the worker ended with status \(status >> 8 & 0xFF)"
        : "the worker was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
    ending = text
    return text
  }

  /// The last lines of standard error, in words; empty where there are none.
  func errorText() -> String {
    if ending == nil { drain(errors, into: &errorTail) }
    let lines = String(decoding: errorTail, as: UTF8.self).split(separator: "\n").suffix(3)
    let text = lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " | ")
    return text.isEmpty ? "" : "; its standard error: \(text.suffix(400))"
  }

  /// The beginning of what was written, in quotes.
  static func quoted(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: bytes.prefix(120), as: UTF8.self)
    let printable = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "·" : String($0) }.joined()
    return "'\(printable)\(bytes.count > 120 ? "…" : "")'"
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
  }

  deinit { end(within: 0) }
}
