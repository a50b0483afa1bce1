import ConvolutionModel

extension Epilogue {
  /// Reads what ``name`` writes: `none`, or parts joined with `+`, `bias`, `residual` and one of `relu` and `relu6`, in any
  /// order.
  ///
  /// - Throws: ``SelectionError/unknownEpilogue(name:part:)``, also for a part that is named twice.
  public init(name: String) throws(SelectionError) {
    self = .none
    if name == "none" { return }
    for part in name.split(separator: "+", omittingEmptySubsequences: false) {
      switch part {
      case "bias" where !hasBias: hasBias = true
      case "residual" where !hasResidual: hasResidual = true
      case "relu" where activation == .identity: activation = .relu
      case "relu6" where activation == .identity: activation = .relu6
      default: throw .unknownEpilogue(name: name, part: String(part))
      }
    }
  }
}
