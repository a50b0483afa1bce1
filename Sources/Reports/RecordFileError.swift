import Harness

/// What can go wrong with a file of records.
public enum RecordFileError: Error, Hashable, Sendable {
  /// The file can't be opened or made.
  case cannotOpen(path: String, reason: String)
  /// The file can't be read.
  case cannotRead(path: String, reason: String)
  /// The file can't take another record: the disk is full, the pipe closed.
  case cannotWrite(path: String, reason: String)
  /// The file holds something other than records, which appending would spoil.
  case notRecords(path: String)
  /// The file holds records of another kind, which nobody could read together.
  case otherRecords(path: String, kind: RecordKind, expected: RecordKind)
  /// A value that JSON can't express.
  case cannotEncode(reason: String)
}

extension RecordFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason): "can't open \(path): \(reason)"
    case .cannotRead(let path, let reason): "can't read \(path): \(reason)"
    case .cannotWrite(let path, let reason): "can't write a record to \(path): \(reason)"
    case .notRecords(let path):
      "\(path) isn't a file of records (JSON Lines); expected a new name or the output of an earlier run"
    case .otherRecords(let path, let kind, let expected):
      "\(path) holds \(Self.name(kind)); expected a new name or a file of \(Self.name(expected))"
    case .cannotEncode(let reason): "can't write a record as JSON: \(reason)"
    }
  }

  private static func name(_ kind: RecordKind) -> String {
    switch kind {
    case .convolution: "records of convolutions (bench run)"
    case .matrixProduct: "records of matrix products (bench gemm)"
    }
  }
}
