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
