import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Names the culprit when an access to a guard page ends the process.
///
/// The messages are composed beforehand; the signal handler only walks a fixed table, writes, and puts back whatever
/// handler was there before, under which the fault then repeats: the process still dies of the signal.
enum GuardPageReporter {
  /// Enters a range of addresses with what to say of it; nil when the table is full.
  static func register(from start: UInt, to end: UInt, message: String) -> Int? {
    let text = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: message.utf8.count)
    _ = text.initialize(from: message.utf8)
    let slot = isInstalled.withLock { isInstalled -> Int? in
      guard let free = (0..<slotCount).first(where: { slots[$0].end == 0 }) else { return nil }
      slots[free] = Slot(start: start, end: end, text: text.baseAddress, length: text.count)
      if !isInstalled { install() }
      isInstalled = true
      return free
    }
    if slot == nil { text.deallocate() }
    return slot
  }

  /// Clears an entry.
  static func unregister(_ slot: Int) {
    isInstalled.withLock { _ in
      let text = slots[slot].text
      slots[slot] = Slot()
      text?.deallocate()
    }
  }

  private static let isInstalled = Mutex(false)

  private static func install() {
    // Touched here so that the handler finds them initialised.
    _ = slots
    previousActions.initialize(repeating: sigaction(), count: 2)
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    action.sa_flags = Int32(SA_SIGINFO)
    let handler: @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void = {
      signal, info, _ in
      if let info {
        #if canImport(Darwin)
          let address = UInt(bitPattern: info.pointee.si_addr)
        #else
          let address = UInt(bitPattern: info.pointee._sifields._sigfault.si_addr)
        #endif
        var i = 0
        while i < slotCount {
          if slots[i].start <= address, address < slots[i].end, let text = slots[i].text {
            _ = write(2, text, slots[i].length)
          }
          i += 1
        }
      }
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

/// A range of addresses and the message for it; unused where `end` is 0.
private struct Slot {
  var start: UInt = 0
  var end: UInt = 0
  var text: UnsafeMutablePointer<UInt8>?
  var length = 0
}

private let slotCount = 512
nonisolated(unsafe) private let slots: UnsafeMutablePointer<Slot> = {
  let slots = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
  slots.initialize(repeating: Slot(), count: slotCount)
  return slots
}()
nonisolated(unsafe) private let previousActions = UnsafeMutablePointer<sigaction>.allocate(capacity: 2)
