extension Network {
  /// MobileNetV1 at full width on 224×224 images: 4.2 million parameters, 569 M multiply-adds.
  ///
  /// Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications", 2017, table 1,
  /// where the last depthwise convolution is given stride 2 but keeps its 7×7 output: stride 1 is meant.
  static let mobilenetV1 = described(
    "mobilenetv1", "MobileNetV1 (2017)", side: 224,
    [.convolution(ConvolutionLayer("conv1", .count(32), kernel: 3, stride: 2, .batchNormalization, .relu))]
      + zip(1..., pairs).map { index, pair in
        .module(SeparableBlock("block\(index)", channels: pair.channels, stride: pair.stride))
      } + [
        .pool(PoolLayer("pool", .average, .global)), .fullyConnected(FullyConnectedLayer("fc", 1000, .identity)),
      ])

  /// Stride of the depthwise, channels of the pointwise convolution.
  private static let pairs: [(stride: Int, channels: Int)] =
    [(1, 64), (2, 128), (1, 128), (2, 256), (1, 256), (2, 512)] + Array(repeating: (1, 512), count: 5)
    + [(2, 1024), (1, 1024)]
}
