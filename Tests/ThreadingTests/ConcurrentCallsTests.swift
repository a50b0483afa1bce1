import Synchronization
import Testing

@testable import Threading

struct ConcurrentCallsTests {
  /// Each call waits for all others, which only ends where all are under way at the same time.
  @Test(arguments: [1, 2, 4, 9]) func allCallsAreUnderWayAtTheSameTime(count: Int) {
    let present = Atomic(0)
    let calls = Mutex<[Int]>([])
    let threads = Mutex<Set<UInt>>([])
    ConcurrentCalls.run(count) { call in
      calls.withLock { $0.append(call) }
      threads.withLock { _ = $0.insert(currentThread()) }
      present.add(1, ordering: .acquiringAndReleasing)
      while present.load(ordering: .acquiring) < count {}
    }
    #expect(calls.withLock { $0.sorted() } == Array(0..<count))
    #expect(threads.withLock { $0.count } == count)
  }

  @Test func noCallsAreMadeOfNone() { ConcurrentCalls.run(0) { Issue.record("call \($0)") } }
}
