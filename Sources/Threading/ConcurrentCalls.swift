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
      var threads: [SystemThread] = []
      for call in 1..<max(1, count) {
        let thread = SystemThread {
          meeting.attend()
          body(call)
        }
        guard let thread else { break }
        threads.append(thread)
      }
      meeting.expected.store(1 + threads.count, ordering: .releasing)
      meeting.attend()
      // The first call is the caller's own, and those that have no thread.
      for call in 0..<count where call == 0 || call > threads.count { body(call) }
      for thread in threads { thread.join() }
    }
  }
}
