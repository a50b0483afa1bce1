/// JSON has no infinities and no NaN, and a wrong kernel's error may be either: they are written as strings.
extension MeasuredError: Codable {
  private enum CodingKeys: String, CodingKey {
    case maxScaled, maxAbsolute, rootMeanSquare, batch, channel, row, column, actual, expected
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Double {
      if let name = try? values.decode(String.self, forKey: key) {
        guard let value = Double(name) else {
          throw DecodingError.dataCorruptedError(
            forKey: key, in: values, debugDescription: "\(name) is no number; expected nan, inf or -inf")
        }
        return value
      }
      return try values.decode(Double.self, forKey: key)
    }
    self.init(
      maxScaled: try number(.maxScaled), maxAbsolute: try number(.maxAbsolute),
      rootMeanSquare: try number(.rootMeanSquare), batch: try values.decode(Int.self, forKey: .batch),
      channel: try values.decode(Int.self, forKey: .channel), row: try values.decode(Int.self, forKey: .row),
      column: try values.decode(Int.self, forKey: .column), actual: try number(.actual),
      expected: try number(.expected))
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func encode(_ value: Double, _ key: CodingKeys) throws {
      if value.isFinite { try values.encode(value, forKey: key) } else { try values.encode("\(value)", forKey: key) }
    }
    try encode(maxScaled, .maxScaled)
    try encode(maxAbsolute, .maxAbsolute)
    try encode(rootMeanSquare, .rootMeanSquare)
    try values.encode(batch, forKey: .batch)
    try values.encode(channel, forKey: .channel)
    try values.encode(row, forKey: .row)
    try values.encode(column, forKey: .column)
    try encode(actual, .actual)
    try encode(expected, .expected)
  }
}
