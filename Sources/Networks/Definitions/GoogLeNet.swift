extension Network {
  /// GoogLeNet (Inception v1) on 224×224 images: 7.0 million parameters, 1.58 G multiply-adds.
  ///
  /// Szegedy et al., "Going Deeper with Convolutions", 2014, table 1: what runs at inference, without the two auxiliary
  /// classifiers and the local response normalisation, and with the 5×5 filters that some later versions replaced.
  static let googlenet = described(
    "googlenet", "GoogLeNet (2014)", side: 224,
    [
      .convolution(ConvolutionLayer("conv1", .count(64), kernel: 7, stride: 2, .bias, .relu)),
      .pool(PoolLayer("pool1", .maximum, .same(size: 3, stride: 2))),
      .convolution(ConvolutionLayer("conv2_reduce", .count(64), kernel: 1, .bias, .relu)),
      .convolution(ConvolutionLayer("conv2", .count(192), kernel: 3, .bias, .relu)),
      .pool(PoolLayer("pool2", .maximum, .same(size: 3, stride: 2))),
      inception("3a", 64, (96, 128), (16, 32), 32),
      inception("3b", 128, (128, 192), (32, 96), 64),
      .pool(PoolLayer("pool3", .maximum, .same(size: 3, stride: 2))),
      inception("4a", 192, (96, 208), (16, 48), 64),
      inception("4b", 160, (112, 224), (24, 64), 64),
      inception("4c", 128, (128, 256), (24, 64), 64),
      inception("4d", 112, (144, 288), (32, 64), 64),
      inception("4e", 256, (160, 320), (32, 128), 128),
      .pool(PoolLayer("pool4", .maximum, .same(size: 3, stride: 2))),
      inception("5a", 256, (160, 320), (32, 128), 128),
      inception("5b", 384, (192, 384), (48, 128), 128),
      .pool(PoolLayer("pool5", .average, .global)),
      .fullyConnected(FullyConnectedLayer("fc", 1000, .identity)),
    ])

  /// A row of table 1: the 1×1 branch, the 3×3 and the 5×5 with their reductions first, and the pool's projection.
  private static func inception(
    _ stage: String, _ ones: Int, _ threes: (reduced: Int, filters: Int), _ fives: (reduced: Int, filters: Int),
    _ pooled: Int
  ) -> Node {
    .module(
      InceptionModule(
        "inception\(stage)", ones: ones, threesReduced: threes.reduced, threes: threes.filters,
        fivesReduced: fives.reduced, fives: fives.filters, pooled: pooled))
  }
}
