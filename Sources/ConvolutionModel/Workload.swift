/// An operation with where it comes from: one row of a benchmark.
public struct Workload: Hashable, Sendable {
  /// The network that the layer belongs to, by its id; nil for problems given by hand.
  public let network: String?
  /// The layer's name in its network or in its problem file; the problem itself where it has none.
  public let layer: String
  /// How many times the network runs a layer of this shape.
  public let count: Int
  /// What is computed.
  public let operation: ConvolutionOperation

  /// Describes a row of a benchmark.
  public init(network: String? = nil, layer: String, count: Int = 1, operation: ConvolutionOperation) {
    self.network = network
    self.layer = layer
    self.count = count
    self.operation = operation
  }
}
