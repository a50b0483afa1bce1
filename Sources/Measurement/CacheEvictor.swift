/// Empties a core's caches by reading other memory through them.
///
/// Twice the last level's size is read, a line at a time: with any replacement that is near to least recently used nothing
/// older stays. It's the caches of the calling thread's core that are emptied, and the last level that it shares.
public final class CacheEvictor {
  /// Bytes that are read.
  public let byteCount: Int
  private let memory: UnsafeMutablePointer<UInt64>
  private var sum: UInt64 = 0

  /// Bytes of the last level where the system doesn't tell.
  static let assumedLastLevelBytes = 64 << 20
  /// A virtual machine may be told of its host's whole cache; reading more than this for a sample would take all the time.
  static let mostBytes = 256 << 20

  /// Takes memory for a machine's caches.
  public convenience init(_ machine: MachineIdentity = .current) {
    let lastLevel = machine.l3Bytes ?? machine.l2Bytes ?? Self.assumedLastLevelBytes
    self.init(byteCount: min(Self.mostBytes, 2 * lastLevel))
  }

  /// Takes memory of a size, at least a line.
  public init(byteCount: Int) {
    self.byteCount = max(64, byteCount)
    let words = self.byteCount / 8
    memory = .allocate(capacity: words)
    // Written, or every page would be the same page of zeros and its lines would stay.
    memory.initialize(repeating: 1, count: words)
  }

  deinit { memory.deallocate() }

  /// Reads all of the memory.
  ///
  /// - Returns: the sum of what was read, one a line: nobody needs it, but reading can't be left out that way.
  @discardableResult
  public func evict() -> UInt64 {
    var sum: UInt64 = 0
    var index = 0
    let words = byteCount / 8
    while index < words {
      sum &+= memory[index]
      index += 8
    }
    self.sum = sum
    return sum
  }

  /// Reads memory, so that the caches hold as much of it as they can.
  public func touch(_ bytes: UnsafeRawBufferPointer) {
    var sum: UInt64 = 0
    var index = 0
    while index < bytes.count {
      sum &+= UInt64(bytes[index])
      index += 64
    }
    self.sum &+= sum
  }
}
