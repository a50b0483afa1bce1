import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Calls from several threads at the same time, as users of a plan may make them: each from a thread of its own, however few
/// processors there are. For work that's to be shared among processors there is ``ThreadPool``.
package enum ConcurrentCalls {
  private final class Meeting: Sendable {
    let present = Atomic(0)
    let expected = Atomic(0)

    /// Waits until everybody is there.
    func attend() {
      present.add(1, ordering: .acquiringAndReleasing)
      while true {
        let expected = expected.load(ordering: .acquiring)
        if expected > 0 && present.load(ordering: .acquiring) >= expected { return }
        sched_yield()
      }
    }
  }

  /// Calls a body `count` times, with the number of each call, and returns when all calls have. None begins before there are
  /// threads for all; where the system refuses to start that many, the rest is called afterwards.
  package static func run(_ count: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      let meeting = Meeting()
      start(1, of: count, meeting) { body($0) }
    }
  }

  /// Starts a thread for a call, then goes on with the calls after it, and waits for the thread. The first call is the
  /// caller's own.
  private static func start(
    _ call: Int, of count: Int, _ meeting: Meeting, _ body: @escaping @Sendable (Int) -> Void
  ) {
    guard call < count else {
      meeting.expected.store(max(1, count), ordering: .releasing)
      meeting.attend()
      if count > 0 { body(0) }
      return
    }
    let thread = SystemThread {
      meeting.attend()
      body(call)
    }
    guard let thread else {
      meeting.expected.store(call, ordering: .releasing)
      meeting.attend()
      for call in [0] + Array(call..<count) { body(call) }
      return
    }
    start(call + 1, of: count, meeting, body)
    thread.join()
  }
}
