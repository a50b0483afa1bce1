extension Network {
  /// VGG-16 (configuration D) on 224×224 images: 138.4 million parameters, 15.47 G multiply-adds.
  ///
  /// Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014. Nothing but 3×3
  /// convolutions and 2×2 pools; batch normalisation came later.
  static let vgg16 = described("vgg16", "VGG-16 (2014)", side: 224, vgg(convolutions: [2, 2, 3, 3, 3]))

  /// The stages of a VGG: the channels double from one to the next, up to 512.
  private static func vgg(convolutions: [Int]) -> [Node] {
    var nodes: [Node] = []
    for (stage, count) in zip(1..., convolutions) {
      let filters = min(64 << (stage - 1), 512)
      for index in 1...count {
        nodes.append(
          .convolution(ConvolutionLayer("conv\(stage)_\(index)", .count(filters), kernel: 3, .bias, .relu)))
      }
      nodes.append(.pool(PoolLayer("pool\(stage)", .maximum, .valid(size: 2, stride: 2))))
    }
    return nodes + [
      .fullyConnected(FullyConnectedLayer("fc6", 4096, .relu)),
      .fullyConnected(FullyConnectedLayer("fc7", 4096, .relu)),
      .fullyConnected(FullyConnectedLayer("fc8", 1000, .identity)),
    ]
  }
}
