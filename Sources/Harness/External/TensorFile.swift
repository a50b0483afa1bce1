import Foundation
import Verification

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A tensor in a file that a foreign process maps: `canary page | tensor | canary up to the end of the next page but one`.
///
/// The canary is NaN as numbers, another in each file of a problem: what reads beside a tensor and multiplies by zero shows it
/// too, and a copy of it beside another tensor is seen.
///
/// It's read and written by calls here, not through a mapping: a worker that shortens the file would otherwise end this
/// process at the next access.
final class TensorFile {
  /// Bytes of the tensor.
  let byteCount: Int
  /// Where the file is; it goes away with ``removeName()``.
  let path: String
  private let name: String
  private let check: VerificationCheck
  private let descriptor: Int32
  private let fileBytes: Int
  private var hasName = true

  /// Where the tensor begins.
  static let offset = 4096
  /// What the tensor is full of before it's written: a NaN that no arithmetic makes of others.
  static let poison = UInt32.max
  private let canary: UInt32
  private static let chunkBytes = 1 << 18

  /// Makes a file full of ones, NaN as numbers.
  ///
  /// - Parameters:
  ///   - byteCount: a multiple of 4.
  ///   - check: whose business it is that the tensor isn't changed, or, of an output, that it's there.
  init(
    directory: String, id: Int, name: String, byteCount: Int, check: VerificationCheck
  ) throws(ExternalFailure) {
    self.byteCount = byteCount
    self.name = name
    self.check = check
    canary = 0xFFC5_C500 | UInt32(name.utf8.first ?? 0)
    path = "\(directory)/\(id)-\(name)"
    let page = Self.offset
    fileBytes = page + (byteCount + page - 1) / page * page + page
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      hasName = false
      throw ExternalFailure("can't make \(path): \(String(cString: strerror(errno)))")
    }
    try fill(canary, from: 0, to: page)
    try poison()
    try fill(canary, from: page + byteCount, to: fileBytes)
  }

  /// What a worker is told of it.
  var message: ExternalPreparation.Tensor {
    ExternalPreparation.Tensor(path: path, offset: Self.offset, bytes: byteCount)
  }

  /// Fills the tensor with NaN.
  func poison() throws(ExternalFailure) { try fill(Self.poison, from: Self.offset, to: Self.offset + byteCount) }

  /// Writes the tensor.
  func write(_ source: UnsafeRawPointer) throws(ExternalFailure) {
    try write(source, count: byteCount, at: Self.offset)
  }

  /// Reads the tensor.
  func read(into target: UnsafeMutableRawPointer) throws(ExternalFailure) {
    try read(into: target, count: byteCount, at: Self.offset)
  }

  /// Checks that the file still has its size and the bytes around the tensor their values; with `content`, that the tensor
  /// is still this.
  func check(content: UnsafeRawPointer? = nil) throws(ExternalFailure) {
    var information = stat()
    let isThere = fstat(descriptor, &information) == 0
    let size = Int(information.st_size)
    guard isThere, size == fileBytes else {
      throw ExternalFailure(
        "the worker changed the size of the \(name) file from \(fileBytes) to \(size) bytes",
        check: size > fileBytes ? .strayWrite : check)
    }
    let page = Self.offset
    for (start, end) in [(0, page), (page + byteCount, fileBytes)] {
      let canary = withUnsafeBytes(of: canary) { Array($0) }
      let changed = try firstDifference(from: start, to: end) { bytes, _ in
        bytes.indices.first { bytes[$0] != canary[$0 % 4] }
      }
      if let changed {
        throw ExternalFailure(
          "the worker wrote beside the \(name): at byte \(changed - page) of \(byteCount)", check: .strayWrite)
      }
    }
    guard let content else { return }
    let changed = try firstDifference(from: page, to: page + byteCount) { bytes, position in
      memcmp(bytes.baseAddress!, content + (position - page), bytes.count) == 0 ? nil : 0
    }
    if changed != nil { throw ExternalFailure("the worker changed the \(name)", check: check) }
  }

  /// Removes the file's name; whoever has it open keeps it.
  func removeName() {
    if hasName { unlink(path) }
    hasName = false
  }

  deinit {
    removeName()
    if descriptor >= 0 { close(descriptor) }
  }

  private func firstDifference(
    from start: Int, to end: Int, _ find: (UnsafeRawBufferPointer, Int) -> Int?
  ) throws(ExternalFailure) -> Int? {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkBytes, alignment: 64)
    defer { chunk.deallocate() }
    var position = start
    while position < end {
      let count = min(chunk.count, end - position)
      try read(into: chunk.baseAddress!, count: count, at: position)
      if let found = find(UnsafeRawBufferPointer(rebasing: chunk[..<count]), position) { return position + found }
      position += count
    }
    return nil
  }

  /// Fills a range that begins at a multiple of 4.
  private func fill(_ word: UInt32, from start: Int, to end: Int) throws(ExternalFailure) {
    let chunk = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(Self.chunkBytes, max(1, end - start)), alignment: 64)
    defer { chunk.deallocate() }
    chunk.initializeMemory(as: UInt32.self, repeating: word)
    var position = start
    while position < end {
      let count = min(chunk.count, end - position)
      try write(chunk.baseAddress!, count: count, at: position)
      position += count
    }
  }

  private func write(_ source: UnsafeRawPointer, count: Int, at position: Int) throws(ExternalFailure) {
    var done = 0
    while done < count {
      let written = pwrite(descriptor, source + done, count - done, off_t(position + done))
      if written < 0, errno == EINTR { continue }
      if written <= 0 {
        throw ExternalFailure("can't write the \(name) file \(path): \(String(cString: strerror(errno)))")
      }
      done += written
    }
  }

  private func read(into target: UnsafeMutableRawPointer, count: Int, at position: Int) throws(ExternalFailure) {
    var done = 0
    while done < count {
      let got = pread(descriptor, target + done, count - done, off_t(position + done))
      if got < 0, errno == EINTR { continue }
      if got == 0 { throw ExternalFailure("the worker shortened the \(name) file", check: check) }
      if got < 0 { throw ExternalFailure("can't read the \(name) file: \(String(cString: strerror(errno)))") }
      done += got
    }
  }
}

/// A directory for tensor files that goes away with its last reference.
final class TensorDirectory {
  /// Where it is.
  let path: String

  /// Makes a directory under the first of the places that has room for one.
  init(under places: [String] = TensorDirectory.places) throws(ExternalFailure) {
    for place in places {
      var template = Array("\(place)/bench-external-XXXXXX".utf8CString)
      if mkdtemp(&template) != nil {
        path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return
      }
    }
    throw ExternalFailure("can't make a directory for tensors in any of \(places.joined(separator: ", "))")
  }

  /// Memory first.
  static var places: [String] { ["/dev/shm", FileManager.default.temporaryDirectory.path] }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
