import Dispatch
import Synchronization
import Testing
import Threading

struct ThreadPoolTests {
  /// How often each part of a loop was run.
  private static func counts(_ pool: ThreadPool, parts: Int) -> [Int] {
    // One atomic a part would have no place in an array: counts of up to 255 in plain memory, added to by whoever runs it.
    let counts = UnsafeMutablePointer<Atomic<Int>>.allocate(capacity: max(parts, 1))
    defer { counts.deallocate() }
    for part in 0..<max(parts, 0) { (counts + part).initialize(to: Atomic(0)) }
    pool.run(parts: parts) { part in counts[part].add(1, ordering: .relaxed) }
    return (0..<max(parts, 0)).map { counts[$0].load(ordering: .relaxed) }
  }

  @Test func everyPartRunsOnce() {
    for pool in [ThreadPool(), ThreadPool(threads: 3), ThreadPool(threads: 40), ThreadPool(threads: 0)] {
      for parts in [0, 1, 2, 3, 4, 7, 16, 5, 2, 1, 33] {
        #expect(Self.counts(pool, parts: parts) == Array(repeating: 1, count: parts))
      }
    }
    let pool = ThreadPool()
    #expect(Self.counts(pool, parts: -3).isEmpty)
  }

  /// A single part needs no thread but the caller's, and the caller takes the first part of every loop.
  @Test func callerTakesPart() {
    let pool = ThreadPool()
    let caller = currentThread()
    for parts in [1, 2, 5] {
      pool.run(parts: parts) { part in
        if part == 0 { #expect(currentThread() == caller) }
      }
    }
  }

  /// Loops of changing sizes one right after the other: a worker that is late for one must not run a part of the next twice,
  /// nor read a part's function from a loop that has ended.
  @Test(arguments: [2, 3, 6]) func manyLoopsOfChangingSizes(threads: Int) {
    let pool = ThreadPool(threads: threads)
    var generator = SystemRandomNumberGenerator()
    let seed = generator.next()
    var state = seed
    let sum = Atomic(0)
    for loop in 0..<4_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let parts = Int(state >> 33) % 6
      sum.store(0, ordering: .relaxed)
      let weight = loop + 1
      pool.run(parts: parts) { part in sum.add(weight << part, ordering: .relaxed) }
      let expected = weight * ((1 << parts) - 1)
      guard sum.load(ordering: .relaxed) == expected else {
        Issue.record("loop \(loop) of \(parts) parts, seed \(seed): \(sum.load(ordering: .relaxed)), not \(expected)")
        return
      }
    }
  }

  /// What the parts write is there when the loop returns.
  @Test func writesAreVisibleAfterwards() {
    let pool = ThreadPool()
    let count = 4096
    let values = UnsafeMutablePointer<Int>.allocate(capacity: count)
    defer { values.deallocate() }
    values.initialize(repeating: -1, count: count)
    for round in 0..<200 {
      let parts = 2 + round % 3
      nonisolated(unsafe) let target = values
      pool.run(parts: parts) { part in
        for index in count * part / parts..<count * (part + 1) / parts { target[index] = round * count + index }
      }
      #expect((0..<count).allSatisfy { values[$0] == round * count + $0 })
    }
  }

  /// A loop inside of a loop is run by its caller alone.
  @Test func nestedLoopsRunOnTheirCaller() {
    let pool = ThreadPool()
    let inner = Atomic(0)
    let elsewhere = Atomic(0)
    pool.run(parts: 3) { _ in
      let caller = currentThread()
      pool.run(parts: 5) { part in
        inner.add(1 << (4 * part), ordering: .relaxed)
        if currentThread() != caller { elsewhere.add(1, ordering: .relaxed) }
      }
    }
    #expect(inner.load(ordering: .relaxed) == 0x33333)
    #expect(elsewhere.load(ordering: .relaxed) == 0)
    #expect(Self.counts(pool, parts: 4) == [1, 1, 1, 1])
  }

  /// Callers never wait for one another, and no part is lost or run for two of them.
  @Test func loopsAtTheSameTime() {
    let pool = ThreadPool()
    let wrong = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 8) { caller in
      for loop in 0..<300 {
        let parts = (caller + loop) % 5
        if Self.counts(pool, parts: parts) != Array(repeating: 1, count: parts) { wrong.add(1, ordering: .relaxed) }
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  /// A worker sleeps when nothing comes for a while, and wakes up for what comes then.
  @Test func sleepingWorkersWakeUp() async throws {
    let pool = ThreadPool(threads: 3)
    for _ in 0..<5 {
      #expect(Self.counts(pool, parts: 3) == [1, 1, 1])
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Parts beyond the threads share them: of so many parts, each on a thread of its own, one would see more threads at once.
  @Test(arguments: [1, 2, 3]) func noMoreThreadsThanAskedFor(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let now = Atomic(0)
    let most = Atomic(0)
    for _ in 0..<50 {
      pool.run(parts: 7) { _ in
        let running = now.add(1, ordering: .sequentiallyConsistent).newValue
        most.max(running, ordering: .sequentiallyConsistent)
        for _ in 0..<1000 { now.add(0, ordering: .relaxed) }
        now.subtract(1, ordering: .sequentiallyConsistent)
      }
    }
    #expect(1...threads ~= most.load(ordering: .relaxed))
  }

  /// A worker that is still to begin when the caller is done holds nobody up: its part is taken back, and never run twice.
  @Test func slowBeginnersLoseTheirPart() {
    let pool = ThreadPool(threads: 2)
    let caller = currentThread()
    let taken = Atomic(0)
    // Parts that are shorter than a worker takes to begin: some of them end up with the caller.
    for _ in 0..<2_000 {
      let ran = Atomic(0)
      pool.run(parts: 2) { part in
        ran.add(1 << part, ordering: .relaxed)
        if part == 1 && currentThread() == caller { taken.add(1, ordering: .relaxed) }
      }
      guard ran.load(ordering: .relaxed) == 3 else {
        Issue.record("parts ran as \(ran.load(ordering: .relaxed)), not each once")
        return
      }
    }
    #expect(taken.load(ordering: .relaxed) > 0)
  }

  @Test func poolsAreIndependent() {
    let (first, second) = (ThreadPool(), ThreadPool())
    let sum = Atomic(0)
    first.run(parts: 2) { _ in second.run(parts: 2) { part in sum.add(part + 1, ordering: .relaxed) } }
    #expect(sum.load(ordering: .relaxed) == 6)
    #expect(ThreadPool.shared === ThreadPool.shared)
  }
}
