import ConvolutionModel
import Foundation

/// Wisdom as text and files.
extension Wisdom {
  /// The version of the text that is written today.
  public static let formatVersion = 1

  /// The file's form: the choices as text within, so that one checksum holds all of it.
  private struct Form: Codable {
    var formatVersion: Int
    var checksum: String
    var choices: [Choice]
  }

  /// Enough of a file's form to tell its version, whatever else a later one holds.
  private struct Version: Codable { var formatVersion: Int }

  private struct Choice: Codable {
    var key: Key
    var entry: Entry
  }

  /// Reads wisdom from JSON.
  ///
  /// - Parameter path: where it came from, for errors.
  /// - Throws: ``WisdomError/corrupt(path:reason:)`` or ``WisdomError/unknownVersion(path:found:newestKnown:)``.
  public init(json: Data, path: String? = nil) throws(WisdomError) {
    let decoder = JSONDecoder()
    let form: Form
    do {
      let version = try decoder.decode(Version.self, from: json).formatVersion
      guard version <= Self.formatVersion else {
        throw WisdomError.unknownVersion(path: path, found: version, newestKnown: Self.formatVersion)
      }
      form = try decoder.decode(Form.self, from: json)
    } catch let error as WisdomError {
      throw error
    } catch {
      throw .corrupt(path: path, reason: Self.reason(error))
    }
    guard form.formatVersion == Self.formatVersion else {
      throw .corrupt(path: path, reason: "its format version is \(form.formatVersion)")
    }
    let checksum = try Self.checksum(form.choices)
    guard checksum == form.checksum else {
      throw .corrupt(path: path, reason: "its checksum is \(form.checksum), but its choices have \(checksum)")
    }
    self.init()
    for choice in form.choices {
      guard entries.updateValue(choice.entry, forKey: choice.key) == nil else {
        throw .corrupt(path: path, reason: "it has two choices for \(choice.key.problem)")
      }
    }
  }

  /// Reads wisdom from a file.
  ///
  /// - Throws: ``WisdomError``.
  public init(contentsOf path: String) throws(WisdomError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    try self.init(json: data, path: path)
  }

  /// The wisdom as JSON: the same bytes for the same choices.
  public func json() throws(WisdomError) -> Data {
    let choices = entries.map { Choice(key: $0.key, entry: $0.value) }.sorted {
      Self.order($0.key) < Self.order($1.key)
    }
    let form = Form(formatVersion: Self.formatVersion, checksum: try Self.checksum(choices), choices: choices)
    return try Self.encoded(form, formatting: [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes])
  }

  /// Writes wisdom to a file: all of it or nothing, whatever ends the process meanwhile.
  ///
  /// - Throws: ``WisdomError/unwritable(path:reason:)``.
  public func write(to path: String) throws(WisdomError) {
    let data = try json()
    do throws(AtomicFileError) {
      try AtomicFile.write(path) { file throws(AtomicFileError) in try file.append(data) }
    } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }

  private static func order(_ key: Key) -> String {
    [
      key.cpuModel, key.isa.rawValue, key.libraryVersion, key.problem, key.epilogue, key.layout.rawValue,
      "\(key.threads)", key.accuracy, key.weights.rawValue,
    ].joined(separator: "\u{1f}")
  }

  private static func checksum(_ choices: [Choice]) throws(WisdomError) -> String {
    var checksum = Checksum()
    checksum.add(try encoded(choices, formatting: [.sortedKeys, .withoutEscapingSlashes]))
    return checksum.text
  }

  private static func encoded(
    _ value: some Encodable, formatting: JSONEncoder.OutputFormatting
  ) throws(WisdomError) -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    do {
      return try encoder.encode(value)
    } catch {
      // Only a time that is no number can't be encoded.
      throw .corrupt(path: nil, reason: "a time is not a number")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "it has no \(key.stringValue)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      context.codingPath.isEmpty
        ? "it is no object of JSON"
        : "\(context.codingPath.map(\.stringValue).joined(separator: ".")) has another type"
    default: "it is not whole JSON"
    }
  }
}
