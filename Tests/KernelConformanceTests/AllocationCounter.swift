#if os(Linux) && !DEBUG
  import Glibc

  // The test executable's own malloc and its relatives take the place of the C library's, since they come first in the order
  // in which symbols are looked up. They pass everything on, and count what one chosen thread asks for. A debug build has
  // none of this: its globals are set up on first use, which allocates.

  @_silgen_name("__libc_malloc") private func originalMalloc(_ size: Int) -> UnsafeMutableRawPointer?
  @_silgen_name("__libc_calloc") private func originalCalloc(_ count: Int, _ size: Int) -> UnsafeMutableRawPointer?
  @_silgen_name("__libc_realloc")
  private func originalRealloc(_ memory: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer?
  @_silgen_name("__libc_memalign")
  private func originalAlign(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer?

  /// The thread that is watched; 0 for none. Only that thread changes the count.
  nonisolated(unsafe) private var watchedThread: UInt = 0
  nonisolated(unsafe) private var count = 0

  @inline(__always) private func note() { if watchedThread != 0, UInt(pthread_self()) == watchedThread { count += 1 } }

  @c(malloc)
  public func countedMalloc(_ size: Int) -> UnsafeMutableRawPointer? {
    note()
    return originalMalloc(size)
  }

  @c(calloc)
  public func countedCalloc(_ number: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    note()
    return originalCalloc(number, size)
  }

  @c(realloc)
  public func countedRealloc(_ memory: UnsafeMutableRawPointer?, _ size: Int) -> UnsafeMutableRawPointer? {
    note()
    return originalRealloc(memory, size)
  }

  @c(aligned_alloc)
  public func countedAlignedAlloc(_ alignment: Int, _ size: Int) -> UnsafeMutableRawPointer? {
    note()
    return originalAlign(alignment, size)
  }

  @c(posix_memalign)
  public func countedPosixAlign(
    _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ alignment: Int, _ size: Int
  ) -> Int32 {
    note()
    guard let memory = originalAlign(alignment, size) else { return ENOMEM }
    result!.pointee = memory
    return 0
  }

  /// Counts the allocations that a piece of work makes on the calling thread. One caller at a time.
  func allocations(during work: () throws -> Void) rethrows -> Int {
    count = 0
    watchedThread = UInt(pthread_self())
    defer { watchedThread = 0 }
    try work()
    return count
  }
#endif
