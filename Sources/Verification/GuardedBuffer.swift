#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Memory that lies flush against pages that nobody may touch.
///
/// The mapping is `guard page | room | guard page`, the room at least a page larger than the buffer. Placed at the end, the
/// buffer's last byte is the room's last; placed at the start, its first byte is the room's first. What is left of the room
/// is filled with ones, a NaN to whoever reads it and a canary for whoever writes.
final class GuardedBuffer {
  /// Which guard page the buffer touches.
  enum Placement: CaseIterable {
    /// The one before it.
    case start
    /// The one after it, up to the alignment.
    case end
  }

  /// Bytes of the buffer.
  let byteCount: Int
  /// The first byte of the buffer as it's placed now.
  private(set) var start: UnsafeMutableRawPointer
  private let mapping: UnsafeMutableRawPointer
  private let mappingBytes: Int
  private let accessible: UnsafeMutableRawBufferPointer
  private let alignment: Int
  private let slot: Int?
  private let pageSize: Int

  /// Maps the memory; nil where the system has none.
  ///
  /// - Parameters:
  ///   - alignment: a power of two; the end of a buffer whose size is no multiple of it isn't flush.
  ///   - isProtected: whether the guard pages are inaccessible. Without, they're more canary.
  ///   - report: what to say when an access to a guard page ends the process.
  init?(byteCount: Int, alignment: Int, isProtected: Bool, report: @autoclosure () -> String) {
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let room = (byteCount + 2 * pageSize - 1) / pageSize * pageSize
    let total = room + 2 * pageSize
    #if canImport(Darwin)
      let flags = MAP_PRIVATE | MAP_ANON
    #else
      let flags = MAP_PRIVATE | Int32(MAP_ANONYMOUS)
    #endif
    guard let mapping = mmap(nil, total, PROT_READ | PROT_WRITE, flags, -1, 0), mapping != MAP_FAILED else {
      return nil
    }
    let inner = mapping + pageSize
    if isProtected {
      guard mprotect(mapping, pageSize, PROT_NONE) == 0, mprotect(inner + room, pageSize, PROT_NONE) == 0 else {
        munmap(mapping, total)
        return nil
      }
      slot = GuardPageReporter.register(
        from: UInt(bitPattern: mapping), to: UInt(bitPattern: mapping) + UInt(total), message: report())
      accessible = UnsafeMutableRawBufferPointer(start: inner, count: room)
    } else {
      slot = nil
      accessible = UnsafeMutableRawBufferPointer(start: mapping, count: total)
    }
    self.mapping = mapping
    self.pageSize = pageSize
    self.byteCount = byteCount
    self.alignment = alignment
    mappingBytes = total
    start = inner
    place(.start)
  }

  /// Moves the buffer to one end of the room and fills everything, the buffer included, with ones: NaN as numbers.
  func place(_ placement: Placement) {
    let inner = mapping + pageSize
    switch placement {
    case .start: start = inner
    case .end:
      let end = UInt(bitPattern: mapping) + UInt(mappingBytes - pageSize)
      let first = (end - UInt(byteCount)) & ~UInt(alignment - 1)
      start = mapping + Int(first - UInt(bitPattern: mapping))
    }
    memset(accessible.baseAddress!, 0xFF, accessible.count)
  }

  /// The buffer as numbers.
  var floats: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: byteCount / 4)
  }

  /// Whether the bytes around the buffer are still those that ``place(_:)`` wrote.
  var isSurroundingIntact: Bool {
    let before = start - accessible.baseAddress!
    let after = start + byteCount
    return Self.isCanary(accessible.baseAddress!, before)
      && Self.isCanary(after, accessible.baseAddress! + accessible.count - after)
  }

  /// Whether all bytes are ones. Comparing the range with itself, one byte on, is `memcmp`'s work and fast in any build.
  private static func isCanary(_ start: UnsafeMutableRawPointer, _ count: Int) -> Bool {
    guard count > 0 else { return true }
    return start.load(as: UInt8.self) == 0xFF && memcmp(start, start + 1, count - 1) == 0
  }

  deinit {
    if let slot { GuardPageReporter.unregister(slot) }
    munmap(mapping, mappingBytes)
  }
}
