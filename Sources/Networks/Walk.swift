import ConvolutionModel

/// The way of an image through a network's nodes: derives each layer's shapes and counts from its input's.
struct Walk {
  /// What flows between two nodes.
  struct Flow {
    /// Its shape, batch 1.
    var shape: TensorShape
    /// What a pixel of it has seen.
    var field: ReceptiveField
    /// The position of the layer that made it; nil for the network's input.
    var source: Int?
  }

  /// The layers so far.
  private(set) var layers: [LayerDescription] = []

  /// Walks nodes that follow one another.
  ///
  /// - Parameter path: the names of the modules around, outermost first.
  mutating func walk(_ nodes: [Node], _ path: [String], _ input: Flow) throws(NetworkError) -> Flow {
    var flow = input
    for node in nodes { flow = try walk(node, path, flow) }
    return flow
  }

  private mutating func walk(_ node: Node, _ path: [String], _ input: Flow) throws(NetworkError) -> Flow {
    switch node {
    case .convolution(let layer): try convolution(layer, path, input)
    case .pool(let layer): try pool(layer, path, input)
    case .fullyConnected(let layer): try fullyConnected(layer, path, input)
    case .residual(let name, let body, let shortcut, let activation):
      try residual(name, body, shortcut, activation, path, input)
    case .concatenation(let name, let branches): try concatenation(name, branches, path, input)
    case .scaling(let name, let gate): try scaling(name, gate, path, input)
    case .module(let module): try walk(module.nodes(input: input.shape), path + [module.name], input)
    }
  }

  private mutating func convolution(
    _ layer: ConvolutionLayer, _ path: [String], _ input: Flow
  ) throws(NetworkError) -> Flow {
    let name = (path + [layer.name]).joined(separator: "/")
    let (filters, groups) =
      switch layer.filters {
      case .count(let count): (count, 1)
      case .depthwise: (input.shape.channels, input.shape.channels)
      }
    let padding: Padding = layer.margin == .valid ? .zero : Padding((max(1, layer.kernel) - 1) / 2)
    let problem: ConvolutionProblem
    do throws(ConvolutionError) {
      problem = try ConvolutionProblem(
        channels: input.shape.channels, height: input.shape.height, width: input.shape.width, filters: filters,
        kernel: layer.kernel, stride: layer.stride, padding: .explicit(padding), groups: groups)
    } catch {
      throw .impossibleLayer(layer: name, error)
    }
    return append(
      name, problem.isDepthwise ? .depthwiseConvolution : .convolution, [input], problem.outputShape,
      try grown(input.field, by: problem, name),
      parameters: problem.weightCount + layer.channelParameters.perChannel * problem.outputChannels,
      multiplyAdds: problem.multiplyAdds, problem: problem, activation: layer.activation)
  }

  private mutating func pool(_ layer: PoolLayer, _ path: [String], _ input: Flow) throws(NetworkError) -> Flow {
    let name = (path + [layer.name]).joined(separator: "/")
    let shape = input.shape
    // A pool has the geometry, and the limits, of a convolution of one channel.
    let problem: ConvolutionProblem
    do throws(ConvolutionError) {
      switch layer.window {
      case .valid(let size, let stride):
        problem = try ConvolutionProblem(
          channels: 1, height: shape.height, width: shape.width, filters: 1, kernel: size, stride: stride)
      case .same(let size, let stride):
        problem = try ConvolutionProblem(
          channels: 1, height: shape.height, width: shape.width, filters: 1, kernel: size, stride: stride,
          padding: .same)
      case .global:
        problem = try ConvolutionProblem(
          inputChannels: 1, inputHeight: shape.height, inputWidth: shape.width, outputChannels: 1,
          filterHeight: shape.height, filterWidth: shape.width)
      }
    } catch {
      throw .impossibleLayer(layer: name, error)
    }
    let output = TensorShape(channels: shape.channels, height: problem.outputHeight, width: problem.outputWidth)
    let kind: LayerDescription.Kind
    switch (layer.window, layer.reduction) {
    case (.global, .average): kind = .globalAveragePool
    case (.global, .maximum): kind = .globalMaximumPool
    case (_, .average): kind = .averagePool
    case (_, .maximum): kind = .maximumPool
    }
    return append(name, kind, [input], output, try grown(input.field, by: problem, name))
  }

  private mutating func fullyConnected(
    _ layer: FullyConnectedLayer, _ path: [String], _ input: Flow
  ) throws(NetworkError) -> Flow {
    let name = (path + [layer.name]).joined(separator: "/")
    let shape = input.shape
    // The same sums as a filter of the whole image's size, so that type's checks of sizes and overflows hold here too.
    let problem: ConvolutionProblem
    do throws(ConvolutionError) {
      problem = try ConvolutionProblem(
        inputChannels: shape.channels, inputHeight: shape.height, inputWidth: shape.width,
        outputChannels: layer.outputs, filterHeight: shape.height, filterWidth: shape.width)
    } catch {
      throw .impossibleLayer(layer: name, error)
    }
    return append(
      name, .fullyConnected, [input], problem.outputShape, try grown(input.field, by: problem, name),
      parameters: problem.parameters, multiplyAdds: problem.multiplyAdds, activation: layer.activation)
  }

  private mutating func residual(
    _ name: String, _ body: [Node], _ shortcut: [Node], _ activation: LayerActivation, _ path: [String], _ input: Flow
  ) throws(NetworkError) -> Flow {
    let name = (path + [name]).joined(separator: "/")
    let long = try walk(body, path, input)
    let short = try walk(shortcut, path, input)
    if long.shape != short.shape {
      throw .branchMismatch(layer: name, first: long.shape, other: short.shape)
    }
    return append(
      name, .addition, [long, short], long.shape, widest([long.field, short.field]), activation: activation)
  }

  private mutating func concatenation(
    _ name: String, _ branches: [[Node]], _ path: [String], _ input: Flow
  ) throws(NetworkError) -> Flow {
    let name = (path + [name]).joined(separator: "/")
    var flows: [Flow] = []
    for branch in branches { flows.append(try walk(branch, path, input)) }
    guard let first = flows.first else { throw .noBranches(layer: name) }
    for other in flows where (other.shape.height, other.shape.width) != (first.shape.height, first.shape.width) {
      throw .branchMismatch(layer: name, first: first.shape, other: other.shape)
    }
    var shape = first.shape
    shape.channels = flows.reduce(0) { $0 + $1.shape.channels }
    return append(name, .concatenation, flows, shape, widest(flows.map(\.field)))
  }

  private mutating func scaling(
    _ name: String, _ gate: [Node], _ path: [String], _ input: Flow
  ) throws(NetworkError) -> Flow {
    let name = (path + [name]).joined(separator: "/")
    let factors = try walk(gate, path, input)
    let expected = TensorShape(channels: input.shape.channels, height: 1, width: 1)
    if factors.shape != expected { throw .branchMismatch(layer: name, first: expected, other: factors.shape) }
    return append(name, .scaling, [input, factors], input.shape, input.field)
  }

  private mutating func append(
    _ name: String, _ kind: LayerDescription.Kind, _ inputs: [Flow], _ output: TensorShape, _ field: ReceptiveField,
    parameters: Int = 0, multiplyAdds: Int = 0, problem: ConvolutionProblem? = nil,
    activation: LayerActivation = .identity
  ) -> Flow {
    layers.append(
      LayerDescription(
        name: name, kind: kind, inputs: inputs.map(\.source), inputShape: inputs[0].shape, outputShape: output,
        parameters: parameters, multiplyAdds: multiplyAdds, receptiveField: field, problem: problem,
        activation: activation))
    return Flow(shape: output, field: field, source: layers.count - 1)
  }

  /// The field after a convolution.
  ///
  /// - Throws: ``NetworkError/impossibleLayer(layer:_:)`` where strides multiply beyond what any image has.
  private func grown(
    _ field: ReceptiveField, by problem: ConvolutionProblem, _ layer: String
  ) throws(NetworkError) -> ReceptiveField {
    let limit = ConvolutionProblem.largestExtent
    var field = field
    // Each factor is at most 2³¹ − 1, so no product of two overflows.
    if max(field.jumpHeight, field.jumpWidth, field.height, field.width) > limit {
      throw .impossibleLayer(layer: layer, .sizeOverflow(what: "receptive field"))
    }
    field.apply(problem)
    return field
  }

  private func widest(_ fields: [ReceptiveField]) -> ReceptiveField {
    fields.max { $0.height * $0.width < $1.height * $1.width } ?? ReceptiveField()
  }
}
