extension Network {
  /// EfficientNet-B0 on 224×224 images: 5.3 million parameters, 386 M multiply-adds, squeeze-and-excitation included.
  ///
  /// Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, table 1. Its activation
  /// is swish, which the kernels' epilogues don't compute: ``workloads(batch:)`` ends with the bias.
  static let efficientnetB0 = described(
    "efficientnetb0", "EfficientNet-B0 (2019)", side: 224,
    [.convolution(ConvolutionLayer("conv1", .count(32), kernel: 3, stride: 2, .batchNormalization, .swish))]
      + InvertedResidual.blocks(
        [
          .init(expansion: 1, channels: 16, repeats: 1, stride: 1),
          .init(expansion: 6, channels: 24, repeats: 2, stride: 2),
          .init(expansion: 6, channels: 40, repeats: 2, stride: 2, kernel: 5),
          .init(expansion: 6, channels: 80, repeats: 3, stride: 2),
          .init(expansion: 6, channels: 112, repeats: 3, stride: 1, kernel: 5),
          .init(expansion: 6, channels: 192, repeats: 4, stride: 2, kernel: 5),
          .init(expansion: 6, channels: 320, repeats: 1, stride: 1),
        ], activation: .swish, squeeze: 4) + [
        .convolution(ConvolutionLayer("conv2", .count(1280), kernel: 1, .batchNormalization, .swish)),
        .pool(PoolLayer("pool", .average, .global)), .fullyConnected(FullyConnectedLayer("fc", 1000, .identity)),
      ])
}
