import Foundation
import Harness

/// A file of records in JSON Lines, one record a line, that survives whatever ends a run.
///
/// Each record is written with one call and synchronised, so a killed run leaves at most its last line unfinished. Opening
/// the file again cuts such a line off.
public final class RecordFile {
  /// Where it is.
  public let path: String
  private let file: FileDescriptor

  /// Opens a file to append to it; one that isn't there is made.
  ///
  /// - Parameter kind: of what records are appended: a file has one kind.
  /// - Throws: ``RecordFileError/otherRecords(path:kind:expected:)`` where the file begins with another kind of records, ``RecordFileError/cannotOpen(path:reason:)``, ``RecordFileError/cannotRead(path:reason:)``,
  ///   ``RecordFileError/cannotWrite(path:reason:)``, or ``RecordFileError/notRecords(path:)`` where the file holds
  ///   something else.
  public init(appendingTo path: String, kind: RecordKind = .convolution) throws(RecordFileError) {
    self.path = path
    switch FileDescriptor.appending(to: path) {
    case .success(let opened): file = opened
    case .failure(let error): throw .cannotOpen(path: path, reason: error.reason)
    }
    if let size = file.regularSize, size > 0 { try mendEnd(size: size, kind: kind) }
  }

  /// Appends a record as one line.
  ///
  /// - Throws: ``RecordFileError/cannotEncode(reason:)`` or ``RecordFileError/cannotWrite(path:reason:)``; then the file
  ///   holds what it held before, as far as the system allows.
  public func append(_ record: some Encodable) throws(RecordFileError) {
    let line: String
    do {
      line = try JSONText.line(record)
    } catch {
      throw .cannotEncode(reason: "\(error)")
    }
    let size = file.regularSize
    if let error = file.append(Array((line + "\n").utf8)) {
      if let size { _ = file.truncate(to: size) }
      throw .cannotWrite(path: path, reason: error.reason)
    }
  }

  /// Makes sure that the file holds records and that the next one begins a line.
  private func mendEnd(size: Int, kind: RecordKind) throws(RecordFileError) {
    let first = try firstLine(size: size)
    guard Self.isObject(first.line) || (!first.isEnded && first.line.starts(with: Data("{".utf8))) else {
      throw .notRecords(path: path)
    }
    if let found = Self.kind(of: first.line), found != kind {
      throw .otherRecords(path: path, kind: found, expected: kind)
    }
    guard try bytes(at: size - 1, count: 1) != Array("\n".utf8) else { return }
    var start = size
    while start > 0 {
      let begin = max(0, start - Self.step)
      let block = try bytes(at: begin, count: start - begin)
      if let lineEnd = block.lastIndex(of: UInt8(ascii: "\n")) {
        start = begin + lineEnd + 1
        break
      }
      start = begin
    }
    let tail = Data(try bytes(at: start, count: size - start))
    // A record that only misses its line end is worth keeping.
    let isWhole = Self.isObject(tail)
    let error = isWhole ? file.append(Array("\n".utf8)) : file.truncate(to: start)
    if let error { throw .cannotWrite(path: path, reason: error.reason) }
  }

  /// The first line, and whether it has an end.
  private func firstLine(size: Int) throws(RecordFileError) -> (line: Data, isEnded: Bool) {
    var line = Data()
    while line.count < size {
      let block = try bytes(at: line.count, count: min(Self.step, size - line.count))
      if block.isEmpty { break }
      if let lineEnd = block.firstIndex(of: UInt8(ascii: "\n")) { return (line + block[..<lineEnd], true) }
      line += block
    }
    return (line, false)
  }

  /// What a line is a record of; nil where it's no object.
  static func kind(of line: Data) -> RecordKind? {
    guard let object = (try? JSONSerialization.jsonObject(with: line)) as? [String: Any] else { return nil }
    return (object["kind"] as? String).flatMap(RecordKind.init) ?? .convolution
  }

  /// Refuses a path where something is that writing a file as a whole would put the file in the place of: a directory, or a
  /// device such as /dev/null.
  ///
  /// - Throws: ``RecordFileError/cannotWrite(path:reason:)``.
  static func refuseReplacing(_ path: String) throws(RecordFileError) {
    var there = stat()
    if stat(path, &there) == 0, there.st_mode & S_IFMT != S_IFREG {
      throw .cannotWrite(path: path, reason: "there is something that is no regular file; expected a file's name")
    }
  }

  private static let step = 65_536

  static func isObject(_ line: Data) -> Bool {
    (try? JSONSerialization.jsonObject(with: line)) is [String: Any]
  }

  private func bytes(at offset: Int, count: Int) throws(RecordFileError) -> [UInt8] {
    switch file.read(at: offset, count: count) {
    case .success(let bytes): return bytes
    case .failure(let error): throw .cannotRead(path: path, reason: error.reason)
    }
  }
}
