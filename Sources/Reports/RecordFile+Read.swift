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
    let contents: Data
    do {
      contents = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
      return ([], [])
    } catch {
      throw .cannotRead(path: path, reason: error.localizedDescription)
    }
    var records: [Record] = []
    let broken = eachLine(of: contents, path: path) { line, _ in
      records.append(try JSONText.decoded(type, from: line))
    }
    return (records, broken)
  }

  /// All records of a file that must be there, and the lines that hold none.
  ///
  /// - Throws: ``RecordFileError/cannotRead(path:reason:)``.
  public static func readExisting<Record: Decodable>(
    _ type: Record.Type, from path: String
  ) throws(RecordFileError) -> (records: [Record], broken: [BrokenLine]) {
    var records: [Record] = []
    let contents = try existingContents(of: path)
    let broken = eachLine(of: contents, path: path) { line, _ in records.append(try JSONText.decoded(type, from: line))
    }
    return (records, broken)
  }

  /// The bytes of a file that must be there.
  static func existingContents(of path: String) throws(RecordFileError) -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path))
    } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
      throw .cannotRead(path: path, reason: "no such file")
    } catch {
      throw .cannotRead(path: path, reason: error.localizedDescription)
    }
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
          BrokenLine(path: path, line: index + 1, isTorn: isTorn, reason: otherKind(Data(line)) ?? reason(error)))
      }
    }
    return broken
  }

  /// What to say of a matrix product among convolutions, which lack its fields as it lacks theirs; nil of other lines.
  private static func otherKind(_ line: Data) -> String? {
    guard kind(of: line) == .matrixProduct else { return nil }
    return "a record of a matrix product, as bench gemm writes; expected one of a convolution, as bench run writes"
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "the record has no \(key.stringValue)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "the record's \(context.codingPath.map(\.stringValue).joined(separator: ".")) isn't what was expected"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "the record's \(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
    default: "the line isn't a JSON object"
    }
  }
}
