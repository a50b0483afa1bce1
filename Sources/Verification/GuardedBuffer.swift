#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Memory that lies flush against pages that nobody may touch.
///
/// The mapping is `guard | room | guard`, the room at least a page larger than the buffer. Placed at the end, the buffer's last
/// byte is the room's last; placed at the start, its first byte is the room's first. What is left of the room is filled with
/// ones, a NaN to whoever reads it and a canary for whoever writes.
final class GuardedBuffer {
  /// Which guard the buffer touches.
  enum Placement: CaseIterable {
    /// The one before it.
    case start
    /// The one after it, up to the alignment.
    case end
  }

  /// Bytes of the buffer.
  let byteCount: Int
  /// What it's called in reports.
  let name: String
  /// The first byte of the buffer as it's placed now.
  private(set) var start: UnsafeMutableRawPointer
  private var isAccessible = true
  private let pages: UnsafeMutableRawBufferPointer
  private let room: UnsafeMutableRawBufferPointer
  private let alignment: Int
  private let slot: GuardPages.Slot?

  /// Bytes of each guard: address space and no memory, so there may be enough for reads of a wrong row or image.
  private static let guardBytes = MemoryLayout<Int>.size == 8 ? 1 << 28 : 1 << 20

  /// Maps the memory; nil where the system has none.
  ///
  /// - Parameters:
  ///   - alignment: a power of two; the end of a buffer whose size is no multiple of it isn't flush.
  ///   - isProtected: whether the guards are inaccessible. Without, they're a page of canary each.
  init?(byteCount: Int, alignment: Int, isProtected: Bool, name: String) {
    let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
    let roomBytes = (byteCount + 2 * pageSize - 1) / pageSize * pageSize
    let guardBytes = isProtected ? Self.guardBytes : pageSize
    let total = roomBytes + 2 * guardBytes
    #if canImport(Darwin)
      let flags = MAP_PRIVATE | MAP_ANON
    #else
      let flags = MAP_PRIVATE | Int32(MAP_ANONYMOUS) | Int32(MAP_NORESERVE)
    #endif
    let protection = isProtected ? PROT_NONE : PROT_READ | PROT_WRITE
    guard let mapping = mmap(nil, total, protection, flags, -1, 0), mapping != MAP_FAILED else { return nil }
    pages = UnsafeMutableRawBufferPointer(start: mapping, count: total)
    var slot: GuardPages.Slot?
    if isProtected {
      let inner = mapping + guardBytes
      slot = GuardPages.register(
        UInt(bitPattern: mapping)..<UInt(bitPattern: mapping + total),
        room: UInt(bitPattern: inner)..<UInt(bitPattern: inner + roomBytes))
      guard slot != nil, mprotect(inner, roomBytes, PROT_READ | PROT_WRITE) == 0 else {
        slot.map(GuardPages.unregister)
        munmap(mapping, total)
        return nil
      }
      room = UnsafeMutableRawBufferPointer(start: inner, count: roomBytes)
    } else {
      room = pages
    }
    self.slot = slot
    self.byteCount = byteCount
    self.alignment = alignment
    self.name = name
    start = room.baseAddress!
    place(.start)
  }

  /// Moves the buffer to one end of the room and fills everything, the buffer included, with ones: NaN as numbers.
  func place(_ placement: Placement) {
    switch placement {
    case .start: start = slot == nil ? room.baseAddress! + Int(sysconf(Int32(_SC_PAGESIZE))) : room.baseAddress!
    case .end:
      let end = UInt(bitPattern: room.baseAddress!) + UInt(room.count)
      let last = slot == nil ? end - UInt(sysconf(Int32(_SC_PAGESIZE))) : end
      start = UnsafeMutableRawPointer(bitPattern: (last - UInt(byteCount)) & ~UInt(alignment - 1))!
    }
    if slot != nil { mprotect(room.baseAddress!, room.count, PROT_READ | PROT_WRITE) }
    isAccessible = true
    memset(room.baseAddress!, 0xFF, room.count)
  }

  /// From now until it's placed again, the buffer may only be read.
  func makeReadOnly() {
    if slot != nil { mprotect(room.baseAddress!, room.count, PROT_READ) }
  }

  /// From now until it's placed again, the buffer may not be touched at all.
  func makeInaccessible() {
    guard slot != nil else { return }
    mprotect(room.baseAddress!, room.count, PROT_NONE)
    isAccessible = false
  }

  /// The first access since the last time this was asked that the buffer isn't made for; all of its pages are guarded again.
  func takeAccess() -> GuardedAccess? {
    guard let slot, let fault = GuardPages.takeFault(slot) else { return nil }
    let (first, end) = (UInt(bitPattern: start), UInt(bitPattern: start) + UInt(byteCount))
    let inner = UInt(bitPattern: room.baseAddress!)
    let place: GuardedAccess.Place
    if fault.address < inner {
      mprotect(pages.baseAddress!, room.baseAddress! - pages.baseAddress!, PROT_NONE)
      place = .before(bytes: Int(first - fault.address))
    } else if fault.address >= inner + UInt(room.count) {
      let behind = room.baseAddress! + room.count
      mprotect(behind, pages.baseAddress! + pages.count - behind, PROT_NONE)
      place = .after(bytes: Int(fault.address - end))
    } else if fault.address >= end {
      // Read-only pages hold what is left of the room too.
      place = .after(bytes: Int(fault.address - end))
    } else {
      place =
        fault.address < first ? .before(bytes: Int(first - fault.address)) : .inside(bytes: Int(fault.address - first))
    }
    return GuardedAccess(place: place, isWrite: fault.isWrite)
  }

  /// The buffer as numbers.
  var floats: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: start.assumingMemoryBound(to: Float.self), count: byteCount / 4)
  }

  /// Whether the bytes around the buffer are still those that ``place(_:)`` wrote.
  var isSurroundingIntact: Bool {
    // Then nobody can have written to it.
    if !isAccessible { return true }
    let before = start - room.baseAddress!
    let after = start + byteCount
    return Self.isCanary(room.baseAddress!, before) && Self.isCanary(after, room.baseAddress! + room.count - after)
  }

  /// Whether all bytes are ones. Comparing the range with itself, one byte on, is `memcmp`'s work and fast in any build.
  private static func isCanary(_ start: UnsafeMutableRawPointer, _ count: Int) -> Bool {
    guard count > 0 else { return true }
    return start.load(as: UInt8.self) == 0xFF && memcmp(start, start + 1, count - 1) == 0
  }

  deinit {
    slot.map(GuardPages.unregister)
    munmap(pages.baseAddress!, pages.count)
  }
}
