import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Notices accesses to pages that nobody may touch, without the process ending by them.
///
/// The signal handler writes down the first faulting address of each range, makes the touched pages accessible and returns: the
/// access then repeats and succeeds, on whatever thread it was, and whoever registered the range asks afterwards. A child
/// process for each check would cost more than the check and lose what the kernel did before; a jump out of the handler would
/// leave locks held and other threads waiting. A fault outside all ranges is a kernel gone astray: the process ends by the
/// signal as it would have without us, after lines that say what was being verified.
///
/// The handler walks fixed tables and calls nothing but `mprotect`, `memset`, `write` and `sigaction`.
enum GuardPages {
  /// An entry of the table of ranges.
  struct Slot: Hashable, Sendable {
    fileprivate let index: Int
  }

  /// Enters a range of whole pages; nil when the table is full.
  ///
  /// - Parameters:
  ///   - pages: all of it, guard pages included.
  ///   - room: what lies between the guard pages.
  static func register(_ pages: Range<UInt>, room: Range<UInt>) -> Slot? {
    isInstalled.withLock { isInstalled -> Slot? in
      guard let free = (0..<entryCount).first(where: { entries[$0].end == 0 }) else { return nil }
      if !isInstalled { install() }
      isInstalled = true
      entries[free].start = pages.lowerBound
      entries[free].roomStart = room.lowerBound
      entries[free].roomEnd = room.upperBound
      entries[free].end = pages.upperBound
      return Slot(index: free)
    }
  }

  /// Clears an entry.
  static func unregister(_ slot: Slot) {
    isInstalled.withLock { _ in entries[slot.index] = Entry() }
  }

  /// The first address of the range that was touched since the last time this was asked, and whether it was written to.
  static func takeFault(_ slot: Slot) -> (address: UInt, isWrite: Bool?)? {
    let entry = entries + slot.index
    guard entry.pointee.fault != 0 else { return nil }
    let kind = entry.pointee.kind
    let fault = (entry.pointee.fault, kind == .unknown ? nil : kind == .write)
    entry.pointee.fault = 0
    return fault
  }

  private static let isInstalled = Mutex(false)

  private static func install() {
    // Touched here so that the handler finds them made.
    _ = (entries, labels, pageSize)
    previousActions.initialize(repeating: sigaction(), count: 2)
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    action.sa_flags = Int32(SA_SIGINFO)
    let handler: @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void = {
      signal, info, context in
      if let info, isNoted(address(info), kind(context)) { return }
      describeLabels()
      sigaction(signal, previousActions + (signal == SIGSEGV ? 0 : 1), nil)
    }
    #if canImport(Darwin)
      action.__sigaction_u.__sa_sigaction = handler
    #else
      action.__sigaction_handler.sa_sigaction = handler
    #endif
    sigaction(SIGSEGV, &action, previousActions)
    sigaction(SIGBUS, &action, previousActions + 1)
  }
}

/// What is being verified, as long as the object lives: printed when a fault outside all ranges ends the process.
final class FaultLabel: @unchecked Sendable {
  private static let lock = Mutex(())
  private let slot: Int?
  private let text: UnsafeMutableBufferPointer<UInt8>

  init(_ description: String) {
    let line = Array("verification: a fault outside of all guarded memory, while verifying \(description)\n".utf8)
    text = .allocate(capacity: line.count)
    _ = text.initialize(from: line)
    let text = UnsafeBufferPointer(text)
    slot = Self.lock.withLock { _ in
      guard let free = (0..<labelCount).first(where: { labels[$0].count == 0 }) else { return nil }
      labels[free] = text
      return free
    }
  }

  deinit {
    Self.lock.withLock { _ in if let slot { labels[slot] = UnsafeBufferPointer(start: nil, count: 0) } }
    text.deallocate()
  }
}

/// A range of addresses; unused where `end` is 0.
private struct Entry {
  enum Kind: UInt8 { case unknown, read, write }

  var start: UInt = 0
  var roomStart: UInt = 0
  var roomEnd: UInt = 0
  var end: UInt = 0
  /// The first address that was touched; 0 for none.
  var fault: UInt = 0
  var kind = Kind.unknown
}

private let entryCount = 512
nonisolated(unsafe) private let entries: UnsafeMutablePointer<Entry> = {
  let entries = UnsafeMutablePointer<Entry>.allocate(capacity: entryCount)
  entries.initialize(repeating: Entry(), count: entryCount)
  return entries
}()
private let labelCount = 64
nonisolated(unsafe) private let labels: UnsafeMutablePointer<UnsafeBufferPointer<UInt8>> = {
  let labels = UnsafeMutablePointer<UnsafeBufferPointer<UInt8>>.allocate(capacity: labelCount)
  labels.initialize(repeating: UnsafeBufferPointer(start: nil, count: 0), count: labelCount)
  return labels
}()
nonisolated(unsafe) private let previousActions = UnsafeMutablePointer<sigaction>.allocate(capacity: 2)
private let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))

/// Notes a fault in one of the ranges and makes what was touched accessible; false where it's in none.
private func isNoted(_ address: UInt, _ kind: Entry.Kind) -> Bool {
  var index = 0
  while index < entryCount {
    let entry = entries + index
    if entry.pointee.start <= address, address < entry.pointee.end {
      if entry.pointee.fault == 0 {
        entry.pointee.kind = kind
        entry.pointee.fault = address
      }
      let isRoom = entry.pointee.roomStart <= address && address < entry.pointee.roomEnd
      let page = isRoom ? entry.pointee.roomStart : address & ~(pageSize &- 1)
      let count = isRoom ? entry.pointee.roomEnd &- entry.pointee.roomStart : pageSize
      // Not the null page, which lies in no range.
      let bytes = UnsafeMutableRawPointer(bitPattern: page).unsafelyUnwrapped
      guard mprotect(bytes, Int(count), PROT_READ | PROT_WRITE) == 0 else { return false }
      // What lies beside a buffer is NaN as a number.
      if !isRoom { memset(bytes, 0xFF, Int(count)) }
      return true
    }
    index &+= 1
  }
  return false
}

private func describeLabels() {
  var index = 0
  while index < labelCount {
    let label = labels[index]
    if label.count > 0 { _ = write(2, label.baseAddress, label.count) }
    index &+= 1
  }
}

private func address(_ info: UnsafeMutablePointer<siginfo_t>) -> UInt {
  #if canImport(Darwin)
    UInt(bitPattern: info.pointee.si_addr)
  #else
    UInt(bitPattern: info.pointee._sifields._sigfault.si_addr)
  #endif
}

/// Whether the fault was a read or a write, where the processor's error code is to be had.
private func kind(_ context: UnsafeMutableRawPointer?) -> Entry.Kind {
  #if os(Linux) && arch(x86_64)
    guard let context else { return .unknown }
    // The general registers' entry 19 is the page fault's error code, whose bit 1 says that it was a write.
    let code = context.assumingMemoryBound(to: ucontext_t.self).pointee.uc_mcontext.gregs.19
    return code & 2 == 0 ? .read : .write
  #else
    return .unknown
  #endif
}
