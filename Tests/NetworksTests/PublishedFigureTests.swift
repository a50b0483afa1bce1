import ConvolutionModel
import Networks
import Testing

/// What the publications, or the reference models where a publication rounds, say of a network.
struct PublishedFigures: Sendable, CustomTestStringConvertible {
  let id: String
  /// Exact multiply-adds, worked out layer by layer outside this package.
  let multiplyAdds: Int
  /// The published figure in millions and half a unit of its last digit.
  let published: (millions: Double, tolerance: Double)
  /// Trained parameters of the reference model.
  let parameters: Int
  /// Layers with parameters on the longest path.
  let depth: Int
  /// Shape of what the classifier's first layer sees.
  let features: TensorShape

  var testDescription: String { id }

  static let all = [
    PublishedFigures(
      id: "lenet5", multiplyAdds: 416_520, published: (0.417, 0.0005), parameters: 61_706, depth: 5,
      features: TensorShape(channels: 120, height: 1, width: 1)),
    PublishedFigures(
      id: "alexnet", multiplyAdds: 1_135_256_096, published: (1135, 0.5), parameters: 62_378_344, depth: 8,
      features: TensorShape(channels: 256, height: 6, width: 6)),
    PublishedFigures(
      id: "vgg16", multiplyAdds: 15_470_264_320, published: (15_470, 5), parameters: 138_357_544, depth: 16,
      features: TensorShape(channels: 512, height: 7, width: 7)),
    PublishedFigures(
      id: "googlenet", multiplyAdds: 1_582_671_872, published: (1580, 5), parameters: 6_998_552, depth: 22,
      features: TensorShape(channels: 1024, height: 1, width: 1)),
    PublishedFigures(
      id: "resnet18", multiplyAdds: 1_814_073_344, published: (1810, 5), parameters: 11_689_512, depth: 18,
      features: TensorShape(channels: 512, height: 1, width: 1)),
    PublishedFigures(
      id: "resnet50", multiplyAdds: 4_089_184_256, published: (4090, 5), parameters: 25_557_032, depth: 50,
      features: TensorShape(channels: 2048, height: 1, width: 1)),
    PublishedFigures(
      id: "resnet152", multiplyAdds: 11_513_626_624, published: (11_500, 50), parameters: 60_192_808, depth: 152,
      features: TensorShape(channels: 2048, height: 1, width: 1)),
    PublishedFigures(
      id: "mobilenetv1", multiplyAdds: 568_740_352, published: (569, 0.5), parameters: 4_231_976, depth: 28,
      features: TensorShape(channels: 1024, height: 1, width: 1)),
    PublishedFigures(
      id: "mobilenetv2", multiplyAdds: 300_774_272, published: (301, 0.5), parameters: 3_504_872, depth: 53,
      features: TensorShape(channels: 1280, height: 1, width: 1)),
    PublishedFigures(
      id: "efficientnetb0", multiplyAdds: 385_814_752, published: (386, 0.5), parameters: 5_288_548, depth: 82,
      features: TensorShape(channels: 1280, height: 1, width: 1)),
  ]
}

@Suite struct PublishedFigureTests {
  @Test(arguments: PublishedFigures.all)
  func countsArePublished(_ figures: PublishedFigures) throws {
    let network = try Network.named(figures.id)
    #expect(network.multiplyAdds == figures.multiplyAdds)
    let millions = Double(network.multiplyAdds) / 1e6
    #expect(abs(millions - figures.published.millions) <= figures.published.tolerance)
    #expect(network.parameters == figures.parameters)
    #expect(network.depth == figures.depth)
    // Squeeze-and-excitation has fully connected layers too, inside its blocks.
    let classifier = try #require(network.layers.first { $0.kind == .fullyConnected && !$0.name.contains("/") })
    #expect(classifier.inputShape == figures.features)
    let classes = figures.id == "lenet5" ? 10 : 1000
    #expect(network.layers.last?.outputShape == TensorShape(channels: classes, height: 1, width: 1))
  }
}
