extension Network {
  /// MobileNetV2 at full width on 224×224 images: 3.5 million parameters, 301 M multiply-adds.
  ///
  /// Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018, table 2.
  static let mobilenetV2 = described(
    "mobilenetv2", "MobileNetV2 (2018)", side: 224,
    [.convolution(ConvolutionLayer("conv1", .count(32), kernel: 3, stride: 2, .batchNormalization, .relu6))]
      + InvertedResidual.blocks(
        [
          .init(expansion: 1, channels: 16, repeats: 1, stride: 1),
          .init(expansion: 6, channels: 24, repeats: 2, stride: 2),
          .init(expansion: 6, channels: 32, repeats: 3, stride: 2),
          .init(expansion: 6, channels: 64, repeats: 4, stride: 2),
          .init(expansion: 6, channels: 96, repeats: 3, stride: 1),
          .init(expansion: 6, channels: 160, repeats: 3, stride: 2),
          .init(expansion: 6, channels: 320, repeats: 1, stride: 1),
        ], activation: .relu6) + [
        .convolution(ConvolutionLayer("conv2", .count(1280), kernel: 1, .batchNormalization, .relu6)),
        .pool(PoolLayer("pool", .average, .global)), .fullyConnected(FullyConnectedLayer("fc", 1000, .identity)),
      ])
}
