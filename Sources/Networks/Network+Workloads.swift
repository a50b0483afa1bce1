import ConvolutionModel

/// A network's convolutions as rows of a benchmark.
extension Network {
  /// The convolution layers in order, equal ones merged under the first one's name with their number as the count.
  ///
  /// Batch normalisation is folded: each has a bias and its own activation. Residual additions aren't fused.
  ///
  /// - Throws: ``ConvolutionError`` when the batch isn't positive, or so large that a tensor's size overflows.
  public func workloads(batch: Int = 1) throws(ConvolutionError) -> [Workload] {
    var rows: [(name: String, operation: ConvolutionOperation)] = []
    for layer in layers {
      guard let problem = layer.problem, let epilogue = layer.epilogue else { continue }
      rows.append((layer.name, ConvolutionOperation(try problem.batched(batch), epilogue: epilogue)))
    }
    return merged(rows)
  }

  /// The depthwise convolutions whose result goes straight, and only, into a pointwise one: each pair as one operation,
  /// named `block/separable`; equal ones merged. Empty where something always stands between, as
  /// squeeze-and-excitation and swish do in EfficientNet.
  ///
  /// - Throws: ``ConvolutionError`` when the batch isn't positive, or so large that a tensor's size overflows.
  public func separableWorkloads(batch: Int = 1) throws(ConvolutionError) -> [Workload] {
    var readers: [Int: Int] = [:]
    for source in layers.flatMap(\.inputs) { if let source { readers[source, default: 0] += 1 } }
    var rows: [(name: String, operation: ConvolutionOperation)] = []
    for pointwise in layers {
      guard let second = pointwise.problem, second.isPointwise, let epilogue = pointwise.epilogue,
        let source = pointwise.inputs[0], readers[source] == 1, let first = layers[source].problem, first.isDepthwise,
        let between = layers[source].epilogue, layers[source].activation.isFused
      else { continue }
      let module = layers[source].name.split(separator: "/").dropLast()
      rows.append(
        (
          (module + ["separable"]).joined(separator: "/"),
          try ConvolutionOperation(
            try first.batched(batch), epilogue: between,
            pointwise: PointwiseStage(outputChannels: second.outputChannels, epilogue: epilogue))
        ))
    }
    return merged(rows)
  }

  private func merged(_ rows: [(name: String, operation: ConvolutionOperation)]) -> [Workload] {
    var counts: [ConvolutionOperation: Int] = [:]
    for row in rows { counts[row.operation, default: 0] += 1 }
    return rows.compactMap { row in
      // The first of its kind takes the whole count; later ones find none left.
      counts.removeValue(forKey: row.operation).map {
        Workload(network: id, layer: row.name, count: $0, operation: row.operation)
      }
    }
  }
}

extension ConvolutionProblem {
  /// The same problem for a number of images.
  fileprivate func batched(_ batch: Int) throws(ConvolutionError) -> ConvolutionProblem {
    try ConvolutionProblem(
      batch: batch, inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth,
      outputChannels: outputChannels, filterHeight: filterHeight, filterWidth: filterWidth, strideHeight: strideHeight,
      strideWidth: strideWidth, padding: padding, dilationHeight: dilationHeight, dilationWidth: dilationWidth,
      groups: groups)
  }
}
