import ConvolutionModel

/// What is wrong with a file of an ONNX test case, or what in it is beyond this package.
public struct ONNXError: Error, Hashable, Sendable {
  /// The file's path, as it was given.
  public var file: String
  /// Where in the file: `initializer W`, `node conv1 (Conv), attribute pads`, `dims`. Empty for the file as a whole.
  public var field: String
  /// What is wrong there.
  public var problem: Problem

  /// Names a problem and its place.
  public init(file: String, field: String = "", _ problem: Problem) {
    self.file = file
    self.field = field
    self.problem = problem
  }

  /// The kinds of problems.
  public enum Problem: Hashable, Sendable {
    /// The file can't be read at all.
    case unreadable(reason: String)
    /// The bytes are no protocol buffer of the expected kind.
    case malformed(reason: String)
    /// A field, an input or a file isn't there.
    case missing
    /// An extent is below zero.
    case negativeDimension(axis: Int, value: Int)
    /// The product of the extents overflows.
    case tooManyElements(dimensions: [Int])
    /// There is more or less data than the extents ask for.
    case dataLength(expected: Int, actual: Int, unit: String)
    /// Elements stand in two places at once.
    case ambiguousData
    /// The elements aren't single-precision numbers.
    case elementType(name: String)
    /// The elements are in another file.
    case externalData
    /// The tensor is a part of a larger one.
    case segment
    /// An attribute that the operator doesn't have.
    case unknownAttribute
    /// An attribute holds another kind of value.
    case attributeType(actual: String, expected: String)
    /// A value that isn't allowed.
    case value(String, expected: String)
    /// A tensor has other extents than the operator needs.
    case shape([Int], expected: String)
    /// A data set has another number of inputs than the model.
    case inputCount(expected: [Int], actual: Int)
    /// The sizes make no convolution.
    case convolution(ConvolutionError)
    /// A valid model that asks for something that isn't done here.
    case unsupported(reason: String)
  }

  /// Whether the file is sound and asks for something that isn't done here.
  public var isUnsupported: Bool {
    switch problem {
    case .elementType, .externalData, .segment, .unsupported: true
    default: false
    }
  }
}

extension ONNXError: CustomStringConvertible {
  public var description: String {
    [file, field, reason].filter { !$0.isEmpty }.joined(separator: ": ")
  }

  /// The problem in words, without its place.
  public var reason: String {
    switch problem {
    case .unreadable(let reason): "can't be read: \(reason)"
    case .malformed(let reason): "is no protocol buffer of this kind: \(reason)"
    case .missing: "is missing"
    case .negativeDimension(let axis, let value): "extent \(axis) is \(value); expected 0 or more"
    case .tooManyElements(let dimensions):
      "the extents \(Self.text(dimensions)) make more elements than fit into memory"
    case .dataLength(let expected, let actual, let unit): "holds \(actual) \(unit); expected \(expected)"
    case .ambiguousData: "has elements both in float_data and in raw_data; expected one of them"
    case .elementType(let name): "\(name) elements; only FLOAT is supported"
    case .externalData: "data in another file are not supported"
    case .segment: "parts of larger tensors are not supported"
    case .unknownAttribute: "the operator has no such attribute"
    case .attributeType(let actual, let expected): "is \(actual); expected \(expected)"
    case .value(let value, let expected): "is \(value); expected \(expected)"
    case .shape(let actual, let expected): "has the shape \(Self.text(actual)); expected \(expected)"
    case .inputCount(let expected, let actual):
      "has \(actual) inputs; expected \(expected.map(String.init).joined(separator: " or "))"
    case .convolution(let error): "\(error)"
    case .unsupported(let reason): reason
    }
  }

  /// Extents as they are written elsewhere: `1×3×5×5`.
  static func text(_ dimensions: [Int]) -> String {
    dimensions.isEmpty ? "of a scalar" : dimensions.map(String.init).joined(separator: "×")
  }
}
