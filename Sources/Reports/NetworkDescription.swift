import ConvolutionModel
import Networks

/// A network layer by layer, as `bench describe` prints it.
public struct NetworkDescription: Encodable, Sendable {
  /// One layer.
  public struct Layer: Encodable, Sendable {
    /// Its name.
    public let name: String
    /// What it does.
    public let kind: String
    /// A convolution's problem in benchdnn's notation; nil for other layers.
    public let problem: String?
    /// Channels × rows × columns of the output.
    public let output: String
    /// Trained parameters.
    public let parameters: Int
    /// Multiply-adds of one image.
    public let multiplyAdds: Int
    /// Rows and columns of the network's input that one output pixel depends on.
    public let receptiveField: String
  }

  /// The network's id.
  public let id: String
  /// Name and year.
  public let title: String
  /// Channels × rows × columns of the input.
  public let input: String
  /// The layers in order.
  public let layers: [Layer]
  /// Trained parameters in all.
  public let parameters: Int
  /// Multiply-adds of one image in all.
  public let multiplyAdds: Int
  /// Layers with parameters along the longest path.
  public let depth: Int

  /// Describes a network.
  public init(_ network: Network) {
    id = network.id
    title = network.title
    input = ShapeText.text(network.inputShape)
    parameters = network.parameters
    multiplyAdds = network.multiplyAdds
    depth = network.depth
    layers = network.layers.map { layer in
      Layer(
        name: layer.name, kind: layer.kind.rawValue, problem: layer.problem?.description,
        output: ShapeText.text(layer.outputShape), parameters: layer.parameters, multiplyAdds: layer.multiplyAdds,
        receptiveField: "\(layer.receptiveField.height)×\(layer.receptiveField.width)")
    }
  }

  /// The description in a form. The table ends with the totals.
  ///
  /// - Throws: `EncodingError`, which these members never cause.
  public func rendered(as format: OutputFormat) throws(EncodingError) -> String {
    var table = Table([
      .init("layer"), .init("kind"), .init("output"), .init("parameters", .right),
      .init("multiply-adds", .right, key: "multiplyAdds"),
      .init("receptive field", .right, key: "receptiveField"),
    ])
    for layer in layers {
      table.append([
        .init(layer.name), .init(layer.kind), .init(layer.output), .init(format.count(layer.parameters)),
        .init(format.count(layer.multiplyAdds)), .init(layer.receptiveField),
      ])
    }
    switch format {
    case .json: return try JSONText.pretty(self)
    case .csv: return table.csv()
    case .table, .markdown:
      table.separate()
      table.append([
        "total", .init("\(depth) layers deep"), "", .init(format.count(parameters)), .init(format.count(multiplyAdds)),
        "",
      ])
      let heading = "\(title), input \(input)"
      return format == .table ? "\(heading)\n\n\(table.text())" : "## \(heading)\n\n\(table.markdown())"
    }
  }
}
