/// The attributes of a node, read by name and kind.
struct NodeAttributes {
  let node: ONNXNode
  let file: String

  /// Refuses attributes that the operator doesn't have: what they ask for would be left out silently.
  func check(known: Set<String>) throws(ONNXError) {
    if let unknown = node.attributes.keys.sorted().first(where: { !known.contains($0) }) {
      throw error(unknown, .unknownAttribute)
    }
  }

  /// A whole number, or what stands for it where it's left out.
  func integer(_ name: String, default standard: Int) throws(ONNXError) -> Int {
    switch node.attributes[name] {
    case nil: return standard
    case .integer(let value): return value
    case .some(let other): throw error(name, .attributeType(actual: other.kind, expected: "an integer"))
    }
  }

  /// A list of as many numbers as are expected, none below the least; nil where it's left out.
  func integers(_ name: String, count: Int, least: Int) throws(ONNXError) -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .integers(let values):
      if values.count != count {
        throw error(name, .dataLength(expected: count, actual: values.count, unit: "numbers"))
      }
      if let wrong = values.first(where: { $0 < least }) {
        throw error(name, .value("\(wrong)", expected: "\(least) or more"))
      }
      return values
    case .some(let other): throw error(name, .attributeType(actual: other.kind, expected: "a list of integers"))
    }
  }

  /// One of some words, or what stands for it where it's left out.
  func word<Word: RawRepresentable & CaseIterable>(
    _ name: String, default standard: Word
  ) throws(ONNXError) -> Word where Word.RawValue == String {
    switch node.attributes[name] {
    case nil: return standard
    case .text(let text):
      if let word = Word(rawValue: text) { return word }
      throw error(name, .value(text, expected: Word.allCases.map(\.rawValue).joined(separator: ", ")))
    case .some(let other): throw error(name, .attributeType(actual: other.kind, expected: "a text"))
    }
  }

  /// An error about an attribute.
  func error(_ name: String, _ problem: ONNXError.Problem) -> ONNXError {
    ONNXError(file: file, field: "\(node.place), attribute \(name)", problem)
  }
}
