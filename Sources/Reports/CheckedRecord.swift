import Harness

/// A record of a file, refused where something in it can't be: see ``/Harness/BenchmarkRecord/objection``.
public struct CheckedRecord: Decodable, Sendable {
  /// The record.
  public let record: BenchmarkRecord

  private enum Key: String, CodingKey {
    case schemaVersion
  }

  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: Key.self)
    // Said before anything else is missed: another version may lack any field.
    let version = try keys.decode(Int.self, forKey: .schemaVersion)
    guard version <= BenchmarkRecord.currentSchemaVersion else {
      throw DecodingError.dataCorruptedError(
        forKey: .schemaVersion, in: keys,
        debugDescription: "\(version) is newer than \(BenchmarkRecord.currentSchemaVersion), which this report reads")
    }
    record = try BenchmarkRecord(from: decoder)
    if let objection = record.objection { throw UnlikelyRecord(objection: objection) }
  }
}

/// Why a record of a file isn't taken.
struct UnlikelyRecord: Error, CustomStringConvertible {
  let objection: BenchmarkRecord.Objection
  var description: String { "the record's \(objection)" }
}
