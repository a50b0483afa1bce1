import ConvolutionModel

/// What can be wrong with a network, or with a request for one.
public enum NetworkError: Error, Hashable, Sendable {
  /// No network has that id.
  case unknownNetwork(name: String, nearest: String?)
  /// A layer's sizes make no convolution on the input that reaches it.
  case impossibleLayer(layer: String, ConvolutionError)
  /// Branches that are added or concatenated don't fit together.
  case branchMismatch(layer: String, first: TensorShape, other: TensorShape)
  /// A module that joins branches has none.
  case noBranches(layer: String)
  /// Two layers have the same name.
  case repeatedName(layer: String)
}

extension NetworkError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownNetwork(let name, let nearest):
      "no network is named \(name)" + (nearest.map { "; did you mean \($0)?" } ?? "")
        + " (expected one of \(Network.all.map(\.id).joined(separator: " ")))"
    case .impossibleLayer(let layer, let error): "layer \(layer) is impossible: \(error)"
    case .branchMismatch(let layer, let first, let other):
      "\(layer) joins branches of \(first) and \(other); expected matching shapes"
    case .noBranches(let layer): "\(layer) joins no branches; expected at least one"
    case .repeatedName(let layer): "two layers are named \(layer); expected every name once"
    }
  }
}
