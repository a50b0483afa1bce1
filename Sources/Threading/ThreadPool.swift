import CKernelISA
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Threads that wait for short parallel loops.
///
/// A worker that runs out of work looks out for more for a short while before it sleeps, since waking a sleeping thread
/// takes longer than many layers do. A loop that comes while another one runs is run by its caller alone: the pool never
/// starts more threads than were asked for, and never blocks one caller behind another.
public final class ThreadPool: Sendable {
  /// The pool that all kernels share. It starts its threads when they are first needed.
  public static let shared = ThreadPool()

  private struct State: ~Copyable {
    var workers = 0
  }

  private let state = Mutex(State())
  private let busy = Atomic<Bool>(false)
  private let job = Job()

  /// Creates a pool without threads.
  public init() {}

  /// Calls `body` once for each part in `0..<parts`, on up to `parts` threads, the caller among them, and returns when all
  /// have returned.
  ///
  /// A loop of several parts allocates one small box, for `body` as other threads see it.
  ///
  /// What a part computes must not depend on which thread runs it: that is how results stay the same for every thread count.
  public func run(parts: Int, _ body: (Int) -> Void) {
    if parts <= 1 || !busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged {
      for part in 0..<max(parts, 0) { body(part) }
      return
    }
    state.withLock { state in
      while state.workers < parts - 1 {
        state.workers += 1
        start(worker: state.workers)
      }
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: Body(call: body)) { job.run(UnsafeRawPointer($0), parts: parts) }
    }
    busy.store(false, ordering: .releasing)
  }

  private func start(worker: Int) {
    let context = Unmanaged.passRetained(Worker(index: worker, job: job)).toOpaque()
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let result = pthread_create(
      &thread, nil,
      { context in
        #if canImport(Darwin)
          let worker = Unmanaged<Worker>.fromOpaque(context).takeRetainedValue()
        #else
          let worker = Unmanaged<Worker>.fromOpaque(context!).takeRetainedValue()
        #endif
        worker.job.serve(worker: worker.index)
        return nil
      }, context)
    // Without the thread its parts would wait for ever; the job counts on its workers.
    precondition(result == 0, "the system refuses to start another thread (error \(result))")
    #if canImport(Darwin)
      pthread_detach(thread!)
    #else
      pthread_detach(thread)
    #endif
  }
}

/// What a loop does. A structure, since a bare function would be boxed to have its address taken.
private struct Body {
  let call: (Int) -> Void
}

/// What a worker thread is told at its start.
private final class Worker: Sendable {
  let index: Int
  let job: Job
  init(index: Int, job: Job) {
    self.index = index
    self.job = job
  }
}

/// The loop that is being run, and how its threads find out.
private final class Job: @unchecked Sendable {
  /// The loop's number and, in the low 16 bits, its parts: one word, since a worker without a part in one loop may look only
  /// when the next one is being set up.
  private let announcement = Atomic<Int>(0)
  private let remaining = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  /// Written before the announcement, and left alone until every worker with a part has run it.
  private let body = Atomic<UInt>(0)
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wakeUp: UnsafeMutablePointer<pthread_cond_t>

  init() {
    mutex = .allocate(capacity: 1)
    wakeUp = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wakeUp, nil)
  }

  /// How often a thread looks for news before it sleeps or gives its processor away: some 50 µs.
  private static let spins = 4_000

  func run(_ body: UnsafeRawPointer, parts: Int) {
    self.body.store(UInt(bitPattern: body), ordering: .relaxed)
    remaining.store(parts - 1, ordering: .relaxed)
    let number = announcement.load(ordering: .relaxed) >> 16 &+ 1
    announcement.store(number << 16 | parts, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(wakeUp)
      pthread_mutex_unlock(mutex)
    }
    call(0)
    var looks = 0
    while remaining.load(ordering: .acquiring) > 0 {
      looks += 1
      if looks > Self.spins { sched_yield() } else { kernel_spin_hint() }
    }
  }

  func serve(worker: Int) {
    var seen = 0
    while true {
      seen = next(after: seen)
      if worker < seen & 0xffff {
        call(worker)
        remaining.subtract(1, ordering: .releasing)
      }
    }
  }

  private func call(_ part: Int) {
    let body = UnsafeRawPointer(bitPattern: self.body.load(ordering: .relaxed))!
    body.assumingMemoryBound(to: Body.self).pointee.call(part)
  }

  /// Waits until the announcement is another one than `seen`.
  private func next(after seen: Int) -> Int {
    for _ in 0..<Self.spins {
      let now = announcement.load(ordering: .acquiring)
      if now != seen { return now }
      kernel_spin_hint()
    }
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    sleepers.add(1, ordering: .sequentiallyConsistent)
    defer { sleepers.subtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let now = announcement.load(ordering: .sequentiallyConsistent)
      if now != seen { return now }
      pthread_cond_wait(wakeUp, mutex)
    }
  }
}
