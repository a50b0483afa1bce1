import Foundation
import Harness

/// A line of a record file with what is needed to merge it: the text stays as it is, so that merging loses nothing of a
/// record, not even what a later version of the format wrote.
public struct RecordLine: Sendable {
  /// The line, not ended.
  public let text: Data
  /// The version of the format.
  public let schemaVersion: Int
  /// What it is a record of, and on which machine.
  public let identity: Identity
  /// Whether it has times.
  public let isTimed: Bool
  /// Where it stands.
  public let place: Place

  /// What no two records of a merged file may share.
  public struct Identity: Hashable, Sendable {
    /// Problem, layer, network, kernel, threads, epilogue, cache state and seed.
    public let key: RecordKey
    /// The machine as the record has it, keys sorted.
    public let machine: String
  }

  /// A file and a line in it.
  public struct Place: Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The line, from 1.
    public let line: Int

    public var description: String { "\(path):\(line)" }
  }

  /// The processor's name, and the host's where it's known: for the reader.
  public let machineName: String

  private struct Header: Decodable {
    struct Machine: Decodable {
      let cpuModel: String
      let host: String?
    }
    let schemaVersion: Int
    let machine: Machine
    let problem: String
    let network: String?
    let layer: String
    let kernel: String
    let threads: Int
    let epilogue: String
    let cacheState: String?
    let seed: UInt64?
    let medianNanoseconds: Double?
  }

  init(_ text: Data, at place: Place) throws {
    let header = try JSONText.decoded(Header.self, from: text)
    self.text = text
    self.place = place
    schemaVersion = header.schemaVersion
    machineName = header.machine.cpuModel + (header.machine.host.map { " (\($0))" } ?? "")
    isTimed = header.medianNanoseconds != nil
    let object = try JSONSerialization.jsonObject(with: text) as? [String: Any]
    let machine = try JSONSerialization.data(withJSONObject: object?["machine"] ?? [:], options: .sortedKeys)
    identity = Identity(
      key: RecordKey(
        MeasurementKey(
          problem: header.problem, layer: header.layer, network: header.network, kernel: header.kernel,
          threads: header.threads, epilogue: header.epilogue, cacheState: header.cacheState ?? "warm"),
        seed: header.seed ?? 0),
      machine: String(decoding: machine, as: UTF8.self))
  }
}
