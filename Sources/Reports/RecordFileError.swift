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
    case .cannotEncode(let reason): "can't write a record as JSON: \(reason)"
    }
  }
}
