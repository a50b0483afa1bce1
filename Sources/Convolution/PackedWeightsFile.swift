import ConvolutionModel
import Foundation

/// Packed weights in a file, mapped into memory: see ``ConvolutionPlan/savePackedWeights(to:)``.
///
/// The mapping is read-only and shared: processes that map the same file share its memory, and a page is read when it's first
/// touched. It lasts as long as this object and the plans made from it. The file may be replaced or deleted meanwhile, but
/// must not be written over or cut off in place: the system ends a process that reads a page which is gone.
///
/// The file, numbers least significant byte first:
///
///     0   8 bytes   "CONVPACK"
///     8   UInt32    version of the format, 1
///     12  UInt32    bytes of the description
///     16  UInt64    checksum of the description
///     24  UInt64    offset of the first buffer, a multiple of 4096
///     32  UInt64    bytes of the file
///     40            the description, JSON: kernel, version of the package, problem, epilogue, bytes and checksum of the buffers
///
/// then the buffers in the order in which the kernel asks for them, each at a multiple of 64 bytes, zeros between.
public final class PackedWeightsFile: @unchecked Sendable {
  /// The version of the format that is written today.
  public static let formatVersion = 1

  /// Where the file is.
  public let path: String
  /// The kernel that the weights are packed for.
  public var kernel: String { description.kernel }
  /// The problem in benchdnn's notation.
  public var problem: String { description.problem }
  /// The epilogue in words, see ``ConvolutionOperation/epilogueName``.
  public var epilogue: String { description.epilogue }
  /// The version of the package that packed them.
  public var libraryVersion: String { description.libraryVersion }
  /// Bytes of all buffers.
  public var byteCount: Int { description.buffers.reduce(0, +) }

  /// What a file says of itself.
  struct Description: Codable {
    var kernel: String
    var libraryVersion: String
    var problem: String
    var epilogue: String
    /// Bytes of each buffer.
    var buffers: [Int]
    var checksum: String
  }

  private static let magic = Array("CONVPACK".utf8)
  private static let headBytes = 40
  private static let pageBytes = 4096
  private let description: Description
  private let memory: UnsafeRawBufferPointer
  private let firstOffset: Int

  /// Maps a file.
  ///
  /// - Parameter checksBuffers: whether all of it is read now, and its checksum compared. Without, pages are read when a run
  ///   needs them, and of damage to the weights themselves nothing is noticed; the description is checked in any case.
  /// - Throws: ``PackedWeightsError``.
  public init(mapping path: String, checksBuffers: Bool = true) throws(PackedWeightsError) {
    let memory = try Self.map(path)
    do throws(PackedWeightsError) {
      (description, firstOffset) = try Self.describe(memory, path)
      let places = Self.places(description.buffers, from: firstOffset)
      guard let end = places.end, end == memory.count else {
        throw .corrupt(path: path, reason: "its buffers don't fill it")
      }
      if checksBuffers {
        let checksum = Self.checksum(
          zip(places.offsets, description.buffers).map { UnsafeRawBufferPointer(rebasing: memory[$0..<$0 + $1]) })
        if checksum != description.checksum {
          throw .corrupt(
            path: path, reason: "the checksum is \(description.checksum), but the weights have \(checksum)")
        }
      }
    } catch {
      munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress!), memory.count)
      throw error
    }
    self.path = path
    self.memory = memory
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress!), memory.count) }

  /// The buffers, for a kernel to take; they keep the mapping.
  var constants: PackedConstants {
    PackedConstants(
      zip(Self.places(description.buffers, from: firstOffset).offsets, description.buffers).map { offset, count in
        .init(bytes: UnsafeRawBufferPointer(rebasing: memory[offset..<offset + count]), owner: self)
      })
  }

  /// Writes a file: all of it or nothing.
  ///
  /// - Throws: ``PackedWeightsError/unwritable(path:reason:)``.
  static func write(
    _ buffers: [UnsafeRawBufferPointer], kernel: String, problem: String, epilogue: String, to path: String
  ) throws(PackedWeightsError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let description = Description(
      kernel: kernel, libraryVersion: LibraryVersion.current, problem: problem, epilogue: epilogue,
      buffers: buffers.map(\.count), checksum: checksum(buffers))
    guard let text = try? encoder.encode(description) else {
      throw .unwritable(path: path, reason: "it can't be described")
    }
    let first = (headBytes + text.count + pageBytes - 1) / pageBytes * pageBytes
    let places = places(description.buffers, from: first)
    var checksum = Checksum()
    checksum.add(text)
    var head = Data(magic)
    func append(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { head.append(contentsOf: $0) }
    }
    append(UInt32(formatVersion))
    append(UInt32(text.count))
    append(checksum.value)
    append(UInt64(first))
    append(UInt64(places.end ?? first))
    head.append(text)
    do throws(AtomicFileError) {
      try AtomicFile.write(path) { file throws(AtomicFileError) in
        try file.append(head)
        var written = head.count
        for (offset, buffer) in zip(places.offsets, buffers) {
          try file.append(Data(count: offset - written))
          try file.append(buffer)
          written = offset + buffer.count
        }
        try file.append(Data(count: (places.end ?? first) - written))
      }
    } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }

  /// Where buffers start, and where the last one ends; that is nil where the sizes are impossible.
  private static func places(_ counts: [Int], from first: Int) -> (offsets: [Int], end: Int?) {
    var offsets: [Int] = []
    var end = first
    for count in counts {
      let start = (end + 63) & ~63
      let (next, overflow) = start.addingReportingOverflow(count)
      // Room for the next one's alignment.
      if count < 0 || overflow || next > Int.max - 64 { return ([], nil) }
      offsets.append(start)
      end = next
    }
    return (offsets, end)
  }

  private static func checksum(_ buffers: [UnsafeRawBufferPointer]) -> String {
    var checksum = Checksum()
    for buffer in buffers { checksum.addInParallel(buffer) }
    return checksum.text
  }

  private static func map(_ path: String) throws(PackedWeightsError) -> UnsafeRawBufferPointer {
    func failure() -> PackedWeightsError { .unreadable(path: path, reason: String(cString: strerror(errno))) }
    // A pipe without a writer would be waited for.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw failure() }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure() }
    let count = Int(status.st_size)
    // An empty file, a pipe or a directory can't be mapped.
    guard count >= headBytes else { throw .notPackedWeights(path: path) }
    guard let memory = mmap(nil, count, PROT_READ, MAP_SHARED, file, 0), memory != MAP_FAILED else { throw failure() }
    return UnsafeRawBufferPointer(start: memory, count: count)
  }

  /// Reads and checks what a file says of itself.
  private static func describe(
    _ memory: UnsafeRawBufferPointer, _ path: String
  ) throws(PackedWeightsError) -> (Description, firstOffset: Int) {
    guard memory.prefix(magic.count).elementsEqual(magic) else { throw .notPackedWeights(path: path) }
    let version = Int(UInt32(littleEndian: memory.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard version <= formatVersion else {
      throw .unknownVersion(path: path, found: version, newestKnown: formatVersion)
    }
    let textBytes = Int(UInt32(littleEndian: memory.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
    func number(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    guard number(32) == UInt64(memory.count) else {
      throw .wrongSize(path: path, expected: Int(clamping: number(32)), actual: memory.count)
    }
    guard version == formatVersion, headBytes + textBytes <= memory.count else {
      throw .corrupt(path: path, reason: "its head was changed")
    }
    let text = Data(memory[headBytes..<headBytes + textBytes])
    var checksum = Checksum()
    checksum.add(text)
    guard checksum.value == number(16), let description = try? JSONDecoder().decode(Description.self, from: text) else {
      throw .corrupt(path: path, reason: "its description was changed")
    }
    guard number(24) % UInt64(pageBytes) == 0, number(24) <= number(32), number(24) >= UInt64(headBytes + textBytes)
    else { throw .corrupt(path: path, reason: "its buffers start at \(number(24)); expected a whole page") }
    return (description, Int(number(24)))
  }
}
