import ConvolutionModel

/// GoogLeNet's module: 1×1, 3×3 and 5×5 convolutions and a 3×3 maximum pool side by side; a 1×1 convolution cuts the
/// channels before the larger filters and after the pool. Biases and ReLU everywhere.
///
/// Szegedy et al., "Going Deeper with Convolutions", 2014, figure 2(b).
public struct InceptionModule: Module, Hashable {
  public let name: String
  /// Filters of the 1×1 branch.
  public let ones: Int
  /// Filters of the 1×1 before the 3×3.
  public let threesReduced: Int
  /// Filters of the 3×3.
  public let threes: Int
  /// Filters of the 1×1 before the 5×5.
  public let fivesReduced: Int
  /// Filters of the 5×5.
  public let fives: Int
  /// Filters of the 1×1 after the pool.
  public let pooled: Int

  /// Describes a module, in the order of the publication's table 1.
  public init(
    _ name: String, ones: Int, threesReduced: Int, threes: Int, fivesReduced: Int, fives: Int, pooled: Int
  ) {
    self.name = name
    self.ones = ones
    self.threesReduced = threesReduced
    self.threes = threes
    self.fivesReduced = fivesReduced
    self.fives = fives
    self.pooled = pooled
  }

  public func nodes(input: TensorShape) -> [Node] {
    func convolution(_ name: String, _ filters: Int, _ kernel: Int) -> Node {
      .convolution(ConvolutionLayer(name, .count(filters), kernel: kernel, .bias, .relu))
    }
    return [
      .concatenation(
        name: "output",
        branches: [
          [convolution("1x1", ones, 1)],
          [convolution("3x3_reduce", threesReduced, 1), convolution("3x3", threes, 3)],
          [convolution("5x5_reduce", fivesReduced, 1), convolution("5x5", fives, 5)],
          [.pool(PoolLayer("pool", .maximum, .same(size: 3, stride: 1))), convolution("pool_project", pooled, 1)],
        ])
    ]
  }
}
