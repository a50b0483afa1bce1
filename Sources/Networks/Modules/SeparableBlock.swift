import ConvolutionModel

/// MobileNetV1's block: a depthwise 3×3 convolution, then a pointwise one, each with batch normalisation and ReLU.
///
/// Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017, figure 3.
public struct SeparableBlock: Module, Hashable {
  public let name: String
  /// Output channels of the pointwise convolution.
  public let channels: Int
  /// Stride of the depthwise convolution.
  public let stride: Int

  /// Describes a block.
  public init(_ name: String, channels: Int, stride: Int) {
    self.name = name
    self.channels = channels
    self.stride = stride
  }

  public func nodes(input: TensorShape) -> [Node] {
    [
      .convolution(ConvolutionLayer("depthwise", .depthwise, kernel: 3, stride: stride, .batchNormalization, .relu)),
      .convolution(ConvolutionLayer("pointwise", .count(channels), kernel: 1, .batchNormalization, .relu)),
    ]
  }
}
