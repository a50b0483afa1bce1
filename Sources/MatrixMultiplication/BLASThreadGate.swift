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
/// setting. So each runs with the count that it asked for.
final class BLASThreadGate: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let setThreads: (Int) -> Void
  private var threads = 0
  private var running = 0

  /// Makes a gate of a library's setting.
  init(setThreads: @escaping (Int) -> Void) {
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

  /// Runs a product with a number of threads.
  func run(threads wanted: Int, _ product: () -> Void) {
    pthread_mutex_lock(mutex)
    while running > 0 && threads != wanted { pthread_cond_wait(changed, mutex) }
    if threads != wanted {
      setThreads(wanted)
      threads = wanted
    }
    running += 1
    pthread_mutex_unlock(mutex)
    product()
    pthread_mutex_lock(mutex)
    running -= 1
    if running == 0 { pthread_cond_broadcast(changed) }
    pthread_mutex_unlock(mutex)
  }
}
