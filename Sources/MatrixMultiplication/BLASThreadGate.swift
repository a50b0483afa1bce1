import Threading

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Lets products into a library whose thread count is a setting of the whole process.
///
/// Products with the same count run at the same time; one with another count waits until those have left, then changes the
/// setting. So each runs with the count that it asked for. Products of several threads also wait until there are processors for
/// all of their threads: the libraries' threads wait for one another without sleeping, so that more of them than processors
/// spend most of their time on that.
final class BLASThreadGate: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let setThreads: (Int) -> Void
  private let processors: () -> Int
  private var threads = 0
  private var running = 0

  /// Makes a gate of a library's setting.
  ///
  /// - Parameter processors: how many threads may run at the same time; asked for by each product of several threads.
  init(processors: @escaping () -> Int = { ThreadPool.availableProcessors }, setThreads: @escaping (Int) -> Void) {
    self.processors = processors
    self.setThreads = setThreads
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// Runs a product with a number of threads, or with as many as there are processors, if those are fewer.
  func run(threads wanted: Int, _ product: () -> Void) {
    // A system call that a product of one thread needn't wait for: it may be a short one, and be timed.
    let processors = wanted > 1 ? processors() : 1
    let wanted = max(1, min(wanted, processors))
    pthread_mutex_lock(mutex)
    while running > 0 && (threads != wanted || wanted > 1 && (running + 1) * wanted > processors) {
      pthread_cond_wait(changed, mutex)
    }
    if threads != wanted {
      setThreads(wanted)
      threads = wanted
    }
    running += 1
    pthread_mutex_unlock(mutex)
    product()
    pthread_mutex_lock(mutex)
    running -= 1
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }
}
