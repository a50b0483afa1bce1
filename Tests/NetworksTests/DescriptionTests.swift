import ConvolutionModel
import Networks
import Testing

@Suite struct DescriptionTests {
  @Test func networksAreFoundByTheirIds() throws {
    #expect(
      Network.all.map(\.id) == [
        "lenet5", "alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "resnet152", "mobilenetv1", "mobilenetv2",
        "efficientnetb0",
      ])
    for network in Network.all { #expect(try Network.named(network.id).title == network.title) }
    for (name, nearest) in [("resnet-50", "resnet50"), ("VGG16", "vgg16"), ("mobilenetv3", "mobilenetv1")] {
      #expect(throws: NetworkError.unknownNetwork(name: name, nearest: nearest)) { try Network.named(name) }
    }
    #expect(throws: NetworkError.unknownNetwork(name: "transformer-xl", nearest: nil)) {
      try Network.named("transformer-xl")
    }
    let message = NetworkError.unknownNetwork(name: "resnet-50", nearest: "resnet50").description
    #expect(message.contains("resnet-50") && message.contains("did you mean resnet50?"))
  }

  /// Descriptions that no network can have are refused, by name, whatever the numbers.
  @Test func impossibleDescriptionsAreRefused() {
    func error(channels: Int = 8, side: Int = 8, _ nodes: [Node]) -> NetworkError? {
      do throws(NetworkError) {
        _ = try Network(id: "test", title: "test", channels: channels, height: side, width: side, nodes: nodes)
        return nil
      } catch {
        return error
      }
    }
    func convolution(_ name: String, _ filters: Int, kernel: Int = 3, stride: Int = 1) -> Node {
      .convolution(ConvolutionLayer(name, .count(filters), kernel: kernel, stride: stride, .bias, .relu))
    }
    #expect(error([convolution("a", 4), convolution("b", 4)]) == nil)
    #expect(error([convolution("a", 4), convolution("a", 4)]) == .repeatedName(layer: "a"))
    for filters in [0, -1, Int.min, Int.max] {
      let found = error([convolution("a", filters)])
      guard case .impossibleLayer("a", _) = found else {
        Issue.record("\(filters) filters gave \(String(describing: found))")
        continue
      }
    }
    for size in [0, -3, Int.min, Int.max] {
      #expect(error([convolution("a", 1, kernel: size)]) != nil, "kernel \(size)")
      #expect(error([convolution("a", 1, stride: size)]) != nil, "stride \(size)")
      #expect(error(channels: size, [convolution("a", 1)]) != nil, "channels \(size)")
      #expect(error(side: size, [convolution("a", 1)]) != nil, "side \(size)")
      for window in [PoolLayer.Window.valid(size: size, stride: 2), .same(size: size, stride: 2)] {
        #expect(error([.pool(PoolLayer("p", .maximum, window))]) != nil, "pool \(size)")
      }
      #expect(error([.fullyConnected(FullyConnectedLayer("f", size, .relu))]) != nil, "outputs \(size)")
      #expect(
        error([
          .module(InvertedResidual("b", expansion: size, channels: 8, kernel: 3, stride: 1, activation: .relu))
        ]) != nil, "expansion \(size)")
      #expect(
        error([.module(ResidualBlock("b", .bottleneck, channels: size, stride: 1))]) != nil, "channels \(size)")
    }
    // Strides that multiply beyond any image.
    let huge = (0..<4).map { convolution("c\($0)", 1, kernel: 1, stride: Int(Int32.max)) }
    #expect(error(huge) != nil)

    let eight = TensorShape(channels: 8, height: 8, width: 8)
    let four = TensorShape(channels: 4, height: 8, width: 8)
    #expect(
      error([.residual(name: "add", body: [convolution("a", 4)], shortcut: [], activation: .relu)])
        == .branchMismatch(layer: "add", first: four, other: eight))
    #expect(error([.concatenation(name: "join", branches: [])]) == .noBranches(layer: "join"))
    #expect(
      error([.concatenation(name: "join", branches: [[], [convolution("a", 4, stride: 2)]])])
        == .branchMismatch(layer: "join", first: eight, other: TensorShape(channels: 4, height: 4, width: 4)))
    #expect(error([.concatenation(name: "join", branches: [[], [convolution("a", 4)]])]) == nil)
    #expect(
      error([.scaling(name: "gate", gate: [convolution("a", 8)])])
        == .branchMismatch(layer: "gate", first: TensorShape(channels: 8, height: 1, width: 1), other: eight))
  }

  /// A network of one's own: 3×32×32, ten 5×5 filters with padding 2: 760 parameters, 768 000 multiply-adds.
  @Test func lectureLayer() throws {
    let network = try Network(
      id: "mine", title: "Mine", channels: 3, height: 32, width: 32,
      nodes: [.convolution(ConvolutionLayer("only", .count(10), kernel: 5, .bias, .relu))])
    #expect(network.parameters == 760)
    #expect(network.multiplyAdds == 768_000)
    #expect(network.layers.map(\.outputShape) == [TensorShape(channels: 10, height: 32, width: 32)])
  }
}
