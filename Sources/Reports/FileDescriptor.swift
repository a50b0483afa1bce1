import Foundation

/// An open file, closed with its last reference: the few calls that a record file needs, since Foundation's handles hide
/// short writes and say little about what went wrong.
final class FileDescriptor {
  private let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { _ = close(descriptor) }

  /// Opens a file to read it and append to it, making it where there is none. Where reading isn't allowed or makes no
  /// sense, a pipe for one, for appending only.
  static func appending(to path: String) -> Result<FileDescriptor, SystemError> {
    for access in [O_RDWR, O_WRONLY] {
      let descriptor = open(path, access | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      if descriptor >= 0 { return .success(FileDescriptor(descriptor)) }
      if errno != EACCES { break }
    }
    return .failure(.current)
  }

  /// Bytes of a regular file; nil for anything else.
  var regularSize: Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Bytes at a position; fewer at the end of the file.
  func read(at offset: Int, count: Int) -> Result<[UInt8], SystemError> {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
      }
      if got < 0 && errno == EINTR { continue }
      if got < 0 { return .failure(.current) }
      if got == 0 { break }
      filled += got
    }
    return .success(Array(bytes.prefix(filled)))
  }

  /// Writes all bytes at the end of the file, with one call unless the system takes fewer, and sees them to the disk.
  func append(_ bytes: [UInt8]) -> SystemError? {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + written, bytes.count - written) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return .current }
      written += count
    }
    // Pipes and devices can't be synchronised; that is no failure of theirs.
    if regularSize != nil, fsync(descriptor) != 0, errno != EINVAL { return .current }
    return nil
  }

  /// Cuts the file to a length.
  func truncate(to size: Int) -> SystemError? { ftruncate(descriptor, off_t(size)) == 0 ? nil : .current }
}

/// What the operating system says went wrong.
struct SystemError: Error {
  /// The message: "No space left on device".
  let reason: String

  /// The error of the last call on this thread.
  static var current: SystemError { SystemError(reason: String(cString: strerror(errno))) }
}
