/// Why wisdom can't be read or kept.
public enum WisdomError: Error, Hashable, Sendable {
  /// The file can't be read.
  case unreadable(path: String, reason: String)
  /// The file can't be written; what was there before is untouched.
  case unwritable(path: String, reason: String)
  /// The text isn't wisdom: cut off, changed, or something else from the start.
  case corrupt(path: String?, reason: String)
  /// The text was written by a later version of the format.
  case unknownVersion(path: String?, found: Int, newestKnown: Int)
}

extension WisdomError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "can't read the wisdom in \(path): \(reason)"
    case .unwritable(let path, let reason): "can't write wisdom to \(path): \(reason)"
    case .corrupt(let path, let reason):
      "\(path ?? "the text") is no wisdom: \(reason); expected what this package wrote, unchanged"
    case .unknownVersion(let path, let found, let newest):
      "the wisdom\(path.map { " in \($0)" } ?? "") has format version \(found); this package knows versions up to \(newest)"
    }
  }
}
