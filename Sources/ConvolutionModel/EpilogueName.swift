extension Epilogue {
  /// The epilogue in words: "none", "bias+relu", "bias+residual+relu6", in the order in which it is applied.
  public var name: String {
    let parts = [
      hasBias ? "bias" : nil, hasResidual ? "residual" : nil, activation == .identity ? nil : activation.rawValue,
    ].compactMap { $0 }
    return parts.isEmpty ? "none" : parts.joined(separator: "+")
  }
}

extension ConvolutionOperation {
  /// The epilogue in words; of a separable operation both, "relu6 then bias+relu".
  public var epilogueName: String {
    pointwise.map { "\(epilogue.name) then \($0.epilogue.name)" } ?? epilogue.name
  }
}
