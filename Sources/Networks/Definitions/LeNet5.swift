extension Network {
  /// LeNet-5 on 32×32 grey images, ten classes: 61 706 parameters, 416 520 multiply-adds.
  ///
  /// LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998, as it's built today: the second
  /// convolution sees all six channels instead of a chosen few, pools have no coefficients, and ReLU stands for tanh.
  /// The third convolution covers its whole 5×5 input.
  static let lenet5 = described(
    "lenet5", "LeNet-5 (1998)", side: 32, channels: 1,
    [
      .convolution(ConvolutionLayer("c1", .count(6), kernel: 5, margin: .valid, .bias, .relu)),
      .pool(PoolLayer("s2", .average, .valid(size: 2, stride: 2))),
      .convolution(ConvolutionLayer("c3", .count(16), kernel: 5, margin: .valid, .bias, .relu)),
      .pool(PoolLayer("s4", .average, .valid(size: 2, stride: 2))),
      .convolution(ConvolutionLayer("c5", .count(120), kernel: 5, margin: .valid, .bias, .relu)),
      .fullyConnected(FullyConnectedLayer("f6", 84, .relu)),
      .fullyConnected(FullyConnectedLayer("output", 10, .identity)),
    ])
}
