import ConvolutionModel

/// A convolutional network: a description of blocks, and all that follows from it.
public struct Network: Sendable {
  /// The name by which it's asked for, as in `resnet50`.
  public let id: String
  /// The name and the publication's year.
  public let title: String
  /// Shape of the input, batch 1.
  public let inputShape: TensorShape
  /// What the network consists of.
  public let nodes: [Node]
  /// Its layers in the order in which they can be run; derived from ``nodes``.
  public let layers: [LayerDescription]

  /// Describes a network and derives its layers.
  ///
  /// - Throws: ``NetworkError`` when a layer is impossible on the input that reaches it, branches don't fit together, or
  ///   two layers have one name.
  public init(
    id: String, title: String, channels: Int, height: Int, width: Int, nodes: [Node]
  ) throws(NetworkError) {
    self.id = id
    self.title = title
    self.nodes = nodes
    inputShape = TensorShape(channels: channels, height: height, width: width)
    var walk = Walk()
    _ = try walk.walk(nodes, [], Walk.Flow(shape: inputShape, field: ReceptiveField(), source: nil))
    layers = walk.layers
    var names: Set<String> = []
    for layer in layers where !names.insert(layer.name).inserted { throw .repeatedName(layer: layer.name) }
  }

  /// Multiply-adds of one image in convolutions and fully connected layers.
  public var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }

  /// Trained parameters of convolutions and fully connected layers: weights, biases, and where a network has batch
  /// normalisation its γ and β instead of a bias. That is what the publications and their reference models count: 60.2
  /// million of ResNet-152 are 60.04 without γ and β.
  public var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }

  /// Layers with trained parameters along the longest path: the number in the names VGG-16 or ResNet-50.
  public var depth: Int {
    var depths: [Int] = []
    for layer in layers {
      let before = layer.inputs.map { $0.map { depths[$0] } ?? 0 }.max() ?? 0
      depths.append(before + (layer.parameters > 0 ? 1 : 0))
    }
    return depths.max() ?? 0
  }
}

extension Network {
  /// Every network of the package, oldest first.
  public static let all: [Network] = [
    lenet5, alexnet, vgg16, googlenet, resnet18, resnet50, resnet152, mobilenetV1, mobilenetV2, efficientnetB0,
  ]

  /// The network of an id.
  ///
  /// - Throws: ``NetworkError/unknownNetwork(name:nearest:)``.
  public static func named(_ id: String) throws(NetworkError) -> Network {
    if let network = all.first(where: { $0.id == id }) { return network }
    throw .unknownNetwork(name: id, nearest: nearestName(to: id, among: all.map(\.id)))
  }

  /// One of the package's own descriptions, which are constants and which the tests walk: a mistake there is the
  /// programmer's.
  static func described(_ id: String, _ title: String, side: Int, channels: Int = 3, _ nodes: [Node]) -> Network {
    do throws(NetworkError) {
      return try Network(id: id, title: title, channels: channels, height: side, width: side, nodes: nodes)
    } catch {
      fatalError("the description of \(id) is wrong: \(error)")
    }
  }
}
