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
/// A thread that runs out of work looks out for more for a short while before it sleeps, since waking a sleeping thread
/// takes longer than many layers do. A loop that comes while another one runs is run by its caller alone: the pool never
/// blocks one caller behind another, and never runs more threads than there are processors for it. A loop allocates nothing,
/// but for the threads that the first one of its size starts.
public final class ThreadPool: Sendable {
  /// The pool that all kernels share. It starts its threads when they are first needed.
  public static let shared = ThreadPool()

  /// The threads that this process can keep busy: the processors that its affinity allows, or fewer where its control group
  /// grants less of their time. More parts of a loop than that share these threads.
  public static var availableProcessors: Int { ProcessorLimit.current }

  /// The most threads of a pool.
  private static let mostThreads = 256

  private let busy = Atomic<Bool>(false)
  private let loop: Loop
  /// What ``loop`` may use without asking again.
  private let knownProcessors = Atomic<Int>(1)
  private let fixedThreads: Int?

  /// Creates a pool without threads.
  ///
  /// - Parameter threads: the most that run a loop, its caller among them; by default ``availableProcessors``, asked for
  ///   again whenever a loop has more parts than there were.
  public init(threads: Int? = nil) {
    fixedThreads = threads.map { max(1, min($0, Self.mostThreads)) }
    loop = Loop(mostThreads: Self.mostThreads)
  }

  /// Calls `body` once for each part in `0..<parts`, on up to `parts` threads, the caller among them, and returns when all
  /// have returned. The caller runs part 0; parts without a thread of their own run one after the other.
  ///
  /// What a part computes must not depend on which thread runs it: that is how results stay the same for every thread count.
  public func run(parts: Int, _ body: (Int) -> Void) {
    let threads = min(parts, mostThreads(parts))
    guard threads > 1, busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      for part in 0..<max(parts, 0) { body(part) }
      return
    }
    loop.run(bodyOf(body), parts: parts, threads: threads)
    busy.store(false, ordering: .releasing)
  }

  private func mostThreads(_ parts: Int) -> Int {
    if let fixedThreads { return fixedThreads }
    let known = knownProcessors.load(ordering: .relaxed)
    if parts <= known { return known }
    let processors = min(ProcessorLimit.current, Self.mostThreads)
    if processors > known { knownProcessors.store(processors, ordering: .relaxed) }
    return processors
  }
}

/// The two words that a closure is. They're good for as long as the call that was given the closure lasts.
@_silgen_name("kernel_loop_body_of")
private func bodyOf(_ body: (Int) -> Void) -> kernel_loop_body

/// The loop that is being run. All but ``run(_:parts:threads:)`` is written before a share is offered, and left alone until
/// every share is done; one caller runs a loop at a time.
private final class Loop: @unchecked Sendable {
  private var body = kernel_loop_body()
  private var parts = 0
  private var shares = 0
  private let remaining = Atomic<Int>(0)
  /// The worker of share i + 1 at position i.
  private var workers: [PoolWorker] = []

  init(mostThreads: Int) { workers.reserveCapacity(mostThreads) }

  func run(_ body: kernel_loop_body, parts: Int, threads: Int) {
    start(threads - 1)
    self.body = body
    self.parts = parts
    shares = min(threads, workers.count + 1)
    remaining.store(shares - 1, ordering: .relaxed)
    for share in 1..<shares { workers[share - 1].offer() }
    call(share: 0)
    // Who hasn't begun yet may have been asleep.
    for share in (1..<shares).reversed() where workers[share - 1].take() { finish(share) }
    let wait = BriefWait()
    while remaining.load(ordering: .acquiring) > 0 {
      if wait.isOver() { sched_yield() }
    }
  }

  /// Sees to it that there are as many workers, unless the system refuses: fewer do the same work.
  private func start(_ count: Int) {
    while workers.count < count {
      let share = workers.count + 1
      guard let worker = PoolWorker({ [unowned self] in finish(share) }) else { return }
      workers.append(worker)
    }
  }

  private func finish(_ share: Int) {
    call(share: share)
    remaining.subtract(1, ordering: .releasing)
  }

  private func call(share: Int) {
    for part in parts * share / shares..<parts * (share + 1) / shares { kernel_loop_call(body, part) }
  }
}
