extension Network {
  /// AlexNet in one tower, on 227×227 images: 62.4 million parameters, 1.135 G multiply-adds.
  ///
  /// Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012, without the split of
  /// layers 2, 4 and 5 between two processors, which halved those layers' multiply-adds.
  static let alexnet = described(
    "alexnet", "AlexNet (2012, single tower)", side: 227,
    [
      .convolution(ConvolutionLayer("conv1", .count(96), kernel: 11, stride: 4, margin: .valid, .bias, .relu)),
      .pool(PoolLayer("pool1", .maximum, .valid(size: 3, stride: 2))),
      .convolution(ConvolutionLayer("conv2", .count(256), kernel: 5, .bias, .relu)),
      .pool(PoolLayer("pool2", .maximum, .valid(size: 3, stride: 2))),
      .convolution(ConvolutionLayer("conv3", .count(384), kernel: 3, .bias, .relu)),
      .convolution(ConvolutionLayer("conv4", .count(384), kernel: 3, .bias, .relu)),
      .convolution(ConvolutionLayer("conv5", .count(256), kernel: 3, .bias, .relu)),
      .pool(PoolLayer("pool5", .maximum, .valid(size: 3, stride: 2))),
      .fullyConnected(FullyConnectedLayer("fc6", 4096, .relu)),
      .fullyConnected(FullyConnectedLayer("fc7", 4096, .relu)),
      .fullyConnected(FullyConnectedLayer("fc8", 1000, .identity)),
    ])
}
