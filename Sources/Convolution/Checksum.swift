import Foundation

/// The 64-bit FNV-1a hash, in words of eight bytes: finds what a disk or an editor changed, not what somebody forged.
struct Checksum {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Goes on with bytes; those that fill no word count as one with zeros.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    let whole = bytes.count & ~7
    var offset = 0
    while offset < whole {
      add(word: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    if whole < bytes.count {
      var word: UInt64 = 0
      for (place, byte) in bytes[whole...].enumerated() { word |= UInt64(byte) << (8 * UInt64(place)) }
      add(word: word)
    }
    add(word: UInt64(bytes.count))
  }

  /// Goes on with many bytes, in four interleaved streams that don't wait for each other's multiplications: as fast as memory
  /// is read, and another value than ``add(_:)`` has for the same bytes.
  mutating func addInParallel(_ bytes: UnsafeRawBufferPointer) {
    var streams = (Checksum(), Checksum(), Checksum(), Checksum())
    let whole = bytes.count & ~31
    for offset in stride(from: 0, to: whole, by: 32) {
      streams.0.add(word: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      streams.1.add(word: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
      streams.2.add(word: bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self))
      streams.3.add(word: bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
    }
    for stream in [streams.0, streams.1, streams.2, streams.3] { add(word: stream.value) }
    add(UnsafeRawBufferPointer(rebasing: bytes[whole...]))
    add(word: UInt64(bytes.count))
  }

  /// Goes on with bytes.
  mutating func add(_ data: Data) { data.withUnsafeBytes { add($0) } }

  private mutating func add(word: UInt64) {
    value = (value ^ word) &* 0x0000_0100_0000_01b3
    // A multiplication carries upwards only.
    value ^= value >> 32
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
