import CKernelISA
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A thread of a pool, with the one share of a loop that it's offered at a time.
///
/// A share that its thread hasn't begun can be taken back: waking a thread takes longer than many loops.
final class PoolWorker: @unchecked Sendable {
  private enum State {
    static let idle = 0
    static let offered = 1
    static let asleep = 2
  }

  private let state = Atomic<Int>(State.idle)
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wakeUp: UnsafeMutablePointer<pthread_cond_t>
  private let work: @Sendable () -> Void

  /// Starts a thread that does `work` for each share it's offered, for as long as the process lives. Nil when the system
  /// refuses to start another.
  init?(_ work: @escaping @Sendable () -> Void) {
    self.work = work
    mutex = .allocate(capacity: 1)
    wakeUp = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wakeUp, nil)
    guard let thread = SystemThread({ self.serve() }) else { return nil }
    thread.detach()
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(wakeUp)
    mutex.deallocate()
    wakeUp.deallocate()
  }

  /// Offers a share, and wakes the thread if it sleeps. The share before must have been begun or taken back.
  func offer() {
    if state.exchange(State.offered, ordering: .acquiringAndReleasing) == State.asleep {
      pthread_mutex_lock(mutex)
      pthread_cond_signal(wakeUp)
      pthread_mutex_unlock(mutex)
    }
  }

  /// Takes the share from whoever hasn't begun it: the thread itself, or the pool to have it done elsewhere.
  func take() -> Bool {
    state.compareExchange(expected: State.offered, desired: State.idle, ordering: .acquiringAndReleasing).exchanged
  }

  private func serve() -> Never {
    while true {
      let wait = BriefWait()
      while !take() {
        if !wait.isOver() { continue }
        sleep()
      }
      work()
    }
  }

  /// Sleeps until a share is offered.
  private func sleep() {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard state.compareExchange(expected: State.idle, desired: State.asleep, ordering: .acquiringAndReleasing).exchanged
    else { return }
    while state.load(ordering: .acquiring) == State.asleep { pthread_cond_wait(wakeUp, mutex) }
  }
}

/// The short while that a thread looks for news before it sleeps or gives its processor away.
struct BriefWait {
  /// A few times what it takes to wake a thread.
  private static let nanoseconds: UInt64 = 100_000
  private let start = Self.now()

  /// Lets a moment pass, and says whether the while is over.
  func isOver() -> Bool {
    // The clock takes as long as some looks.
    kernel_spin_hint()
    return Self.now() &- start > Self.nanoseconds
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
