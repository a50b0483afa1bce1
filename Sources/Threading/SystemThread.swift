#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A thread of the system's that does one thing and ends. It's either waited for or left to itself.
struct SystemThread {
  private let handle: pthread_t

  /// What the thread does, kept until it has begun.
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread. Nil when the system refuses to start another.
  init?(_ body: @escaping @Sendable () -> Void) {
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let context = Unmanaged.passRetained(Body(body))
    let result = pthread_create(
      &thread, nil,
      { context in
        #if canImport(Darwin)
          let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        #else
          let body = Unmanaged<Body>.fromOpaque(context!).takeRetainedValue()
        #endif
        body.run()
        return nil
      }, context.toOpaque())
    guard result == 0 else {
      context.release()
      return nil
    }
    #if canImport(Darwin)
      handle = thread!
    #else
      handle = thread
    #endif
  }

  /// Waits until the thread has ended.
  func join() { pthread_join(handle, nil) }

  /// Lets the thread end by itself.
  func detach() { pthread_detach(handle) }
}
