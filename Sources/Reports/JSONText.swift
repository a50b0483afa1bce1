import Foundation

/// JSON as the whole suite writes it: keys sorted, so that two runs can be compared line by line, and slashes as they are.
public enum JSONText {
  /// A value on several lines, ended.
  public static func pretty(_ value: some Encodable) throws(EncodingError) -> String {
    try encoded(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + "\n"
  }

  /// A value on one line, not ended.
  public static func line(_ value: some Encodable) throws(EncodingError) -> String {
    try encoded(value, [.sortedKeys, .withoutEscapingSlashes])
  }

  private static func encoded(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
  ) throws(EncodingError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    // An output full of NaN has an infinite error, and saying so must not cost the record.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch let error as EncodingError {
      throw error
    } catch {
      throw .invalidValue(value, .init(codingPath: [], debugDescription: "\(error)"))
    }
  }

  /// Reads a value that ``line(_:)`` or ``pretty(_:)`` wrote.
  static func decoded<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: data)
  }
}
