import Foundation
import Harness

/// Reading what earlier runs left.
extension RecordFile {
  /// A line that holds no record.
  public struct BrokenLine: Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The line, from 1.
    public let line: Int
    /// Whether the line is the last one and has no end: a run was killed while it wrote.
    public let isTorn: Bool
    /// What is wrong with it.
    public let reason: String

    public var description: String {
      isTorn ? "\(path):\(line): the last record is torn; it will be made again" : "\(path):\(line): \(reason)"
    }
  }

  /// All records of a file, and the lines that hold none; a file that isn't there has none of either.
  ///
  /// - Throws: ``RecordFileError/cannotRead(path:reason:)``.
  public static func read<Record: Decodable>(
    _ type: Record.Type, from path: String
  ) throws(RecordFileError) -> (records: [Record], broken: [BrokenLine]) {
    guard let contents = try contents(of: path) else { return ([], []) }
    return records(type, in: contents, path: path)
  }

  /// All records of a file that must be there, and the lines that hold none.
  ///
  /// - Throws: ``RecordFileError/cannotRead(path:reason:)``.
  public static func readExisting<Record: Decodable>(
    _ type: Record.Type, from path: String
  ) throws(RecordFileError) -> (records: [Record], broken: [BrokenLine]) {
    records(type, in: try existingContents(of: path), path: path)
  }

  private static func records<Record: Decodable>(
    _ type: Record.Type, in contents: Data, path: String
  ) -> (records: [Record], broken: [BrokenLine]) {
    var records: [Record] = []
    let broken = eachLine(of: contents, path: path) { line, _ in records.append(try JSONText.decoded(type, from: line))
    }
    return (records, broken)
  }

  /// The bytes of a file that must be there.
  static func existingContents(of path: String) throws(RecordFileError) -> Data {
    guard let contents = try contents(of: path) else { throw .cannotRead(path: path, reason: "no such file") }
    return contents
  }

  /// The bytes of a file of text; nil where there is no file.
  private static func contents(of path: String) throws(RecordFileError) -> Data? {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
      throw .cannotRead(path: path, reason: "it's a directory; expected a file of records (JSON Lines)")
    }
    let contents: Data
    do {
      contents = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
      return nil
    } catch {
      throw .cannotRead(path: path, reason: error.localizedDescription)
    }
    if let form = binaryForm(of: contents) {
      throw .cannotRead(path: path, reason: "it's \(form); expected records as text (JSON Lines)")
    }
    return contents
  }

  /// What bytes are that are no text; nil of text. One complaint, where each line would have its own.
  private static func binaryForm(of contents: Data) -> String? {
    let beginnings: [(bytes: [UInt8], form: String)] = [
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "compressed by xz"), ([0x1F, 0x8B], "compressed by gzip"),
      ([0x28, 0xB5, 0x2F, 0xFD], "compressed by zstd"), ([0x42, 0x5A, 0x68], "compressed by bzip2"),
      ([0x50, 0x4B, 3, 4], "a zip archive"),
    ]
    if let known = beginnings.first(where: { contents.starts(with: $0.bytes) }) { return known.form }
    // Text may begin with UTF-8's mark, but has no zero bytes.
    return contents.prefix(4096).contains(0) ? "binary, or text in UTF-16" : nil
  }

  /// Hands over every line that isn't empty, with its number from 1; what can't be taken is returned.
  static func eachLine(
    of contents: Data, path: String, take: (Data, Int) throws -> Void
  ) -> [BrokenLine] {
    var broken: [BrokenLine] = []
    let lines = contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      do {
        try take(Data(line), index + 1)
      } catch {
        let isTorn = index == lines.count - 1 && !isObject(Data(line))
        broken.append(
          BrokenLine(
            path: path, line: index + 1, isTorn: isTorn, reason: otherKind(Data(line)) ?? reason(error, in: Data(line)))
        )
      }
    }
    return broken
  }

  /// What to say of a matrix product among convolutions, which lack its fields as it lacks theirs; nil of other lines.
  private static func otherKind(_ line: Data) -> String? {
    guard kind(of: line) == .matrixProduct else { return nil }
    return "a record of a matrix product, as bench gemm writes; expected one of a convolution, as bench run writes"
  }

  private static func reason(_ error: any Error, in line: Data) -> String {
    if error is UnlikelyRecord || error is UnlikelyRate { return "\(error)" }
    return switch error as? DecodingError {
    case .keyNotFound(let key, _): "the record has no \(key.stringValue)"
    case .typeMismatch(_, let context) where !context.codingPath.isEmpty,
      .valueNotFound(_, let context) where !context.codingPath.isEmpty:
      "the record's \(context.codingPath.map(\.stringValue).joined(separator: ".")) isn't what was expected: "
        + context.debugDescription
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "the record's \(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
    // A number that fits no type has no place in the error.
    case .dataCorrupted(let context) where isObject(line):
      "the record has an impossible value: \(context.debugDescription)"
    default: "the line isn't a JSON object"
    }
  }
}
