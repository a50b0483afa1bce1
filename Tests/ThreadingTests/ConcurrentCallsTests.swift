import Synchronization
import Testing

@testable import Threading

struct ConcurrentCallsTests {
  /// Each call waits for all others, which only ends where all are under way at the same time.
  @Test(arguments: [1, 2, 4, 9]) func allCallsAreUnderWayAtTheSameTime(count: Int) {
    let present = Atomic(0)
    let calls = UnsafeMutableBufferPointer<Int>.allocate(capacity: count)
    let threads = UnsafeMutableBufferPointer<UInt>.allocate(capacity: count)
    calls.initialize(repeating: 0)
    threads.initialize(repeating: 0)
    defer {
      calls.deallocate()
      threads.deallocate()
    }
    ConcurrentCalls.run(count) { call in
      calls[call] += 1
      threads[call] = currentThread()
      present.add(1, ordering: .acquiringAndReleasing)
      while present.load(ordering: .acquiring) < count {}
    }
    #expect(calls.allSatisfy { $0 == 1 })
    #expect(Set(threads).count == count)
    #expect(threads[0] == currentThread())
  }

  @Test func noCallsAreMadeOfNone() { ConcurrentCalls.run(0) { Issue.record("call \($0)") } }
}
