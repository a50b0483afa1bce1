import Foundation

/// Why a file couldn't be written.
struct AtomicFileError: Error {
  let reason: String
  /// What the system says of its last error.
  static var last: AtomicFileError { AtomicFileError(reason: String(cString: strerror(errno))) }
}

/// A file that appears under its name when it is whole: written beside it, synchronised, then renamed.
struct AtomicFile: ~Copyable {
  private let descriptor: Int32

  /// Writes a file.
  ///
  /// - Throws: ``AtomicFileError``; then whatever was under the name still is, and nothing is left beside it.
  static func write(
    _ path: String, _ body: (borrowing AtomicFile) throws(AtomicFileError) -> Void
  ) throws(AtomicFileError) {
    // Renaming would put a file in the place of a device or a pipe, /dev/null for one.
    var there = stat()
    if stat(path, &there) == 0, there.st_mode & S_IFMT != S_IFREG {
      throw AtomicFileError(reason: "there is something that is no regular file")
    }
    var name = Array("\(path).XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw .last }
    let file = AtomicFile(descriptor: descriptor)
    do throws(AtomicFileError) {
      try body(file)
      // mkstemp's are for the owner alone.
      let mask = umask(0)
      umask(mask)
      guard fchmod(descriptor, 0o666 & ~mask) == 0, fsync(descriptor) == 0, rename(name, path) == 0 else {
        throw .last
      }
    } catch {
      close(descriptor)
      unlink(name)
      throw error
    }
    close(descriptor)
  }

  /// Appends bytes.
  func append(_ data: Data) throws(AtomicFileError) {
    if let error = data.withUnsafeBytes({ failure(appending: $0) }) { throw error }
  }

  /// Appends bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws(AtomicFileError) {
    if let error = failure(appending: bytes) { throw error }
  }

  private func failure(appending bytes: UnsafeRawBufferPointer) -> AtomicFileError? {
    var rest = bytes
    while !rest.isEmpty {
      let written = Foundation.write(descriptor, rest.baseAddress!, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { return .last }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
    return nil
  }
}
