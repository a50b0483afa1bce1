/// He et al., "Deep Residual Learning for Image Recognition", 2015, table 1, on 224×224 images. Shortcuts are projections
/// where shapes change and identities elsewhere (option B), and bottlenecks have their stride in the 3×3 (v1.5).
extension Network {
  /// ResNet-18: 11.7 million parameters, 1.81 G multiply-adds.
  static let resnet18 = described("resnet18", "ResNet-18 (2015)", side: 224, resnet(.basic, blocks: [2, 2, 2, 2]))

  /// ResNet-50 v1.5: 25.56 million parameters (25.50 without γ and β), 4.09 G multiply-adds.
  static let resnet50 = described(
    "resnet50", "ResNet-50 v1.5 (2015)", side: 224, resnet(.bottleneck, blocks: [3, 4, 6, 3]))

  /// ResNet-152 v1.5: 60.2 million parameters, 11.5 G multiply-adds.
  static let resnet152 = described(
    "resnet152", "ResNet-152 v1.5 (2015)", side: 224, resnet(.bottleneck, blocks: [3, 8, 36, 3]))

  /// A ResNet: the stem, four stages named `conv2` to `conv5` as in the table, and the classifier.
  private static func resnet(_ form: ResidualBlock.Form, blocks: [Int]) -> [Node] {
    var nodes: [Node] = [
      .convolution(ConvolutionLayer("conv1", .count(64), kernel: 7, stride: 2, .batchNormalization, .relu)),
      .pool(PoolLayer("pool1", .maximum, .same(size: 3, stride: 2))),
    ]
    for (stage, count) in blocks.enumerated() {
      for index in 1...count {
        nodes.append(
          .module(
            ResidualBlock(
              "conv\(stage + 2)_\(index)", form, channels: 64 << stage, stride: stage > 0 && index == 1 ? 2 : 1)))
      }
    }
    return nodes + [
      .pool(PoolLayer("pool5", .average, .global)), .fullyConnected(FullyConnectedLayer("fc", 1000, .identity)),
    ]
  }
}
