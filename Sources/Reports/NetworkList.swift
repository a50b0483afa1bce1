import ConvolutionModel
import Networks

/// The networks, as `bench list networks` prints them.
public enum NetworkList {
  /// One network.
  public struct Row: Encodable, Sendable {
    /// Its id.
    public let id: String
    /// Name and year.
    public let title: String
    /// Channels × rows × columns of the input.
    public let input: String
    /// Convolutions, equal ones counted.
    public let convolutions: Int
    /// Convolutions that differ.
    public let distinctConvolutions: Int
    /// Trained parameters.
    public let parameters: Int
    /// Multiply-adds of one image.
    public let multiplyAdds: Int

    init(_ network: Network) {
      id = network.id
      title = network.title
      input = ShapeText.text(network.inputShape)
      let problems = network.layers.compactMap { layer in
        layer.problem.flatMap { problem in layer.epilogue.map { ConvolutionOperation(problem, epilogue: $0) } }
      }
      convolutions = problems.count
      distinctConvolutions = Set(problems).count
      parameters = network.parameters
      multiplyAdds = network.multiplyAdds
    }
  }

  /// The networks in a form.
  ///
  /// - Throws: `EncodingError`, which these members never cause.
  public static func rendered(_ networks: [Network], as format: OutputFormat) throws(EncodingError) -> String {
    let rows = networks.map { Row($0) }
    var table = Table([
      .init("id"), .init("title"), .init("input"), .init("convolutions", .right),
      .init("distinct", .right, key: "distinctConvolutions"), .init("parameters", .right),
      .init("multiply-adds", .right, key: "multiplyAdds"),
    ])
    for row in rows {
      table.append([
        .init(row.id), .init(row.title), .init(row.input), .init("\(row.convolutions)"),
        .init("\(row.distinctConvolutions)"), .init(format.count(row.parameters)),
        .init(format.count(row.multiplyAdds)),
      ])
    }
    return try table.rendered(as: format, rows: rows)
  }
}

/// Shapes in lists.
enum ShapeText {
  /// Channels × rows × columns, with the batch before them where it isn't 1.
  static func text(_ shape: TensorShape) -> String {
    let image = "\(shape.channels)×\(shape.height)×\(shape.width)"
    return shape.batch == 1 ? image : "\(shape.batch)×\(image)"
  }
}

extension OutputFormat {
  /// A count as the form's readers want it: rounded with a unit, or in full where a program reads it.
  func count(_ count: Int) -> String {
    switch self {
    case .table, .markdown: NumberText.count(count)
    case .csv, .json: "\(count)"
    }
  }
}
