/// A tensor or why it can't be read: a model may well hold tensors that nobody needs here.
public typealias ONNXTensorResult = Result<ONNXTensor, ONNXError>

/// What a model file says, as far as convolutions need it.
public struct ONNXGraph: Sendable {
  /// The operators in their order.
  public var nodes: [ONNXNode]
  /// Constants by the name of their value.
  public var initializers: [String: ONNXTensorResult]
  /// Names of the values that come from outside; in old files those of the initializers too.
  public var inputs: [String]
  /// Names of the results.
  public var outputs: [String]

  /// Gathers a graph.
  public init(
    nodes: [ONNXNode], initializers: [String: ONNXTensorResult] = [:], inputs: [String], outputs: [String]
  ) {
    self.nodes = nodes
    self.initializers = initializers
    self.inputs = inputs
    self.outputs = outputs
  }
}

/// One operator of a graph.
public struct ONNXNode: Sendable {
  /// Its name; empty where it has none.
  public var name: String
  /// The operator: `Conv`, `Relu`.
  public var operatorType: String
  /// Who defined the operator; empty for the format itself.
  public var domain: String
  /// Names of its inputs; empty for an optional one that is left out.
  public var inputs: [String]
  /// Names of its outputs.
  public var outputs: [String]
  /// Its attributes by name.
  public var attributes: [String: ONNXAttribute]

  /// Describes an operator.
  public init(
    _ operatorType: String, name: String = "", domain: String = "", inputs: [String], outputs: [String],
    attributes: [String: ONNXAttribute] = [:]
  ) {
    self.name = name
    self.operatorType = operatorType
    self.domain = domain
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
  }

  /// The operator with its domain, where that isn't the format's own.
  public var qualifiedType: String { isStandard ? operatorType : "\(domain).\(operatorType)" }

  /// Whether the operator is one of the format's own.
  public var isStandard: Bool { domain.isEmpty || domain == "ai.onnx" }

  /// The node in an error's words.
  var place: String { name.isEmpty ? "node \(qualifiedType)" : "node \(name) (\(qualifiedType))" }
}

/// The value of an attribute.
public enum ONNXAttribute: Sendable {
  case integer(Int)
  case integers([Int])
  case number(Float)
  case numbers([Float])
  case text(String)
  case tensor(ONNXTensorResult)
  /// A kind that no operator here has.
  case other(String)

  /// The kind in an error's words.
  var kind: String {
    switch self {
    case .integer: "an integer"
    case .integers: "a list of integers"
    case .number: "a number"
    case .numbers: "a list of numbers"
    case .text: "a text"
    case .tensor: "a tensor"
    case .other(let kind): kind
    }
  }
}

/// A tensor of single-precision numbers.
public struct ONNXTensor: Hashable, Sendable {
  /// The extents, outermost first; none for a scalar.
  public var dimensions: [Int]
  /// The elements in the order of the extents.
  public var elements: [Float]
}
