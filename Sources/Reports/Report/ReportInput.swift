import Foundation
import Harness

/// Reads what a report is made of: records, and bandwidths of machines, in any order and any number of files.
public struct ReportInput: Sendable {
  /// The records.
  public private(set) var records: [BenchmarkRecord] = []
  /// The bandwidths.
  public private(set) var ceilings: [MachineCeilings] = []
  /// Lines that hold neither.
  public private(set) var broken: [RecordFile.BrokenLine] = []

  /// Nothing yet.
  public init() {}

  /// Adds a file: records or bandwidths as JSON Lines, or bandwidths as one JSON object. A pipe will do.
  ///
  /// - Throws: ``RecordFileError``, also for a file that isn't there.
  public mutating func read(_ path: String) throws(RecordFileError) {
    let contents = try RecordFile.existingContents(of: path)
    if let one = try? JSONText.decoded(MachineCeilings.self, from: contents) {
      if let rate = one.unlikelyRate { throw .cannotRead(path: path, reason: "\(rate)") }
      ceilings.append(one)
      return
    }
    // Read once: a pipe has nothing left for a second look.
    var lines: [Line] = []
    broken += RecordFile.eachLine(of: contents, path: path) { line, _ in
      lines.append(try JSONText.decoded(Line.self, from: line))
    }
    for line in lines {
      switch line {
      case .record(let record): records.append(record)
      case .ceilings(let one): ceilings.append(one)
      }
    }
  }

  private enum Line: Decodable {
    case record(BenchmarkRecord)
    case ceilings(MachineCeilings)

    private enum Key: String, CodingKey {
      case bandwidths
    }

    init(from decoder: any Decoder) throws {
      if try decoder.container(keyedBy: Key.self).contains(.bandwidths) {
        let ceilings = try MachineCeilings(from: decoder)
        if let rate = ceilings.unlikelyRate { throw rate }
        self = .ceilings(ceilings)
      } else {
        self = .record(try CheckedRecord(from: decoder).record)
      }
    }
  }
}
