import ConvolutionModel
import Harness

/// Workloads, as `bench list layers` prints them.
public enum LayerList {
  /// One workload.
  public struct Row: Encodable, Sendable {
    /// The network's id; nil for problems given by hand.
    public let network: String?
    /// The layer's name.
    public let layer: String
    /// How many times the network runs a layer of this shape.
    public let count: Int
    /// The operation in benchdnn's notation.
    public let problem: String
    /// What is applied to the sums.
    public let epilogue: String
    /// Channels × rows × columns of the output.
    public let output: String
    /// Multiply-adds of one layer, dense count.
    public let multiplyAdds: Int
    /// Floating-point operations per byte that must move.
    public let arithmeticIntensity: Double

    init(_ workload: Workload) {
      let operation = workload.operation
      network = workload.network
      layer = workload.layer
      count = workload.count
      problem = operation.description
      epilogue = operation.epilogueName
      output = ShapeText.text(operation.outputShape)
      multiplyAdds = operation.multiplyAdds
      let weights = operation.problem.weightCount + (operation.pointwiseProblem?.weightCount ?? 0)
      let elements = operation.inputShape.count + weights + operation.outputShape.count
      arithmeticIntensity = 2 * Double(operation.multiplyAdds) / Double(operation.elementType.size * elements)
    }
  }

  /// The workloads in a form; tables for readers have the problem in short.
  ///
  /// - Throws: `EncodingError`, which these members never cause.
  public static func rendered(_ workloads: [Workload], as format: OutputFormat) throws(EncodingError) -> String {
    let rows = workloads.map { Row($0) }
    let isForReaders = format == .table || format == .markdown
    var table = Table([
      .init("network"), .init("layer"), .init("count", .right), .init("problem"), .init("epilogue"), .init("output"),
      .init("multiply-adds", .right, key: "multiplyAdds"), .init("FLOP/byte", .right, key: "arithmeticIntensity"),
    ])
    for (workload, row) in zip(workloads, rows) {
      table.append([
        .init(row.network ?? ""), .init(row.layer), .init("\(row.count)"),
        .init(isForReaders ? OperationText.short(workload.operation) : row.problem), .init(row.epilogue),
        .init(row.output), .init(format.count(row.multiplyAdds)),
        .init(isForReaders ? NumberText.fixed(row.arithmeticIntensity, decimals: 1) : "\(row.arithmeticIntensity)"),
      ])
    }
    return try table.rendered(as: format, rows: rows)
  }
}
