/// What kind of operator a case is about.
public enum OperatorFamily: String, Hashable, Sendable, CaseIterable, Encodable {
  /// Convolutions of every kind.
  case convolution
  /// Maxima and means of windows.
  case pooling
  /// Normalisation over channels, layers or batches.
  case normalisation
  /// Everything else.
  case other

  /// The family of an operator, by its name.
  public init(operatorType: String) {
    if operatorType.contains("Conv") {
      self = .convolution
    } else if operatorType.contains("Pool") || operatorType == "MaxUnpool" {
      self = .pooling
    } else if operatorType.contains("Normalization") || operatorType == "LRN" {
      self = .normalisation
    } else {
      self = .other
    }
  }

  /// The first family, in the order of the cases, that a graph has an operator of.
  public init(of graph: ONNXGraph) {
    let present = Set(graph.nodes.map { OperatorFamily(operatorType: $0.operatorType) })
    self = Self.allCases.first(where: present.contains) ?? .other
  }

  /// Why an operator isn't run; nil for the convolution that is.
  static func refusal(of node: ONNXNode) -> String? {
    switch node.qualifiedType {
    case "Conv": nil
    case "ConvTranspose": "transposed convolution"
    case "ConvInteger": "integer convolution"
    case "QLinearConv": "quantised convolution"
    case "DeformConv": "deformable convolution"
    default:
      switch OperatorFamily(operatorType: node.operatorType) {
      case .convolution: "another kind of convolution (\(node.qualifiedType))"
      case .pooling: "pooling"
      case .normalisation: "normalisation"
      case .other: "no convolution"
      }
    }
  }
}
