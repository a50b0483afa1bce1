import ConvolutionModel
import Networks
import Testing

@Suite struct LayerTests {
  /// Known receptive fields: the pool before the classifier in AlexNet and VGG-16, the last convolutional layer elsewhere.
  /// For ResNets by `1 + Σ (K − 1)·strides before`, worked out by hand with the stride in the 3×3.
  @Test(arguments: [
    ("alexnet", "pool5", 195, 32), ("vgg16", "conv5_3", 196, 16), ("vgg16", "pool5", 212, 32),
    ("mobilenetv1", "block13/pointwise", 315, 32), ("resnet18", "conv5_2/add", 435, 32),
    ("resnet50", "conv5_3/add", 427, 32), ("lenet5", "c5", 32, 4),
  ])
  func receptiveFieldsAreKnown(network: String, layer: String, field: Int, jump: Int) throws {
    let layer = try #require(try Network.named(network).layers.first { $0.name == layer })
    #expect((layer.receptiveField.height, layer.receptiveField.width) == (field, field))
    #expect((layer.receptiveField.jumpHeight, layer.receptiveField.jumpWidth) == (jump, jump))
  }

  /// The lectures' example: 5×5 on 28×28×192 to 32 channels takes about 120 million multiplications, and about 12.4 million
  /// behind a 1×1 to 16 channels. It's the first inception module.
  @Test func inceptionSavesMultiplications() throws {
    let layers = try Network.named("googlenet").layers
    let reduce = try #require(layers.first { $0.name == "inception3a/5x5_reduce" })
    let fives = try #require(layers.first { $0.name == "inception3a/5x5" })
    #expect(reduce.multiplyAdds + fives.multiplyAdds == 12_443_648)
    let plain = try ConvolutionProblem(
      channels: reduce.inputShape.channels, height: 28, width: 28, filters: 32, kernel: 5, padding: .same)
    #expect(plain.multiplyAdds == 120_422_400)
    #expect(plain.outputShape == fives.outputShape)
    let output = try #require(layers.first { $0.name == "inception3a/output" })
    #expect(output.outputShape == TensorShape(channels: 256, height: 28, width: 28))
    #expect(output.inputs.count == 4)
  }

  /// AlexNet's classifier sees the 9216 numbers of the lectures, through layers of 96, 256, 384, 384, 256 filters.
  @Test func alexNetShapes() throws {
    let layers = try Network.named("alexnet").layers
    #expect(layers.first { $0.name == "fc6" }?.inputShape.count == 9216)
    #expect(
      layers.map { [$0.outputShape.channels, $0.outputShape.height] } == [
        [96, 55], [96, 27], [256, 27], [256, 13], [384, 13], [384, 13], [256, 13], [256, 6], [4096, 1], [4096, 1],
        [1000, 1],
      ])
  }

  /// What holds of every layer of every network.
  @Test(arguments: Network.all)
  func layersFollowFromTheirInputs(_ network: Network) {
    #expect(!network.layers.isEmpty)
    for (position, layer) in network.layers.enumerated() {
      for input in layer.inputs {
        #expect(input.map { $0 < position } ?? true, "\(layer.name)")
      }
      let first = layer.inputs[0].map { network.layers[$0].outputShape } ?? network.inputShape
      #expect(layer.inputShape == first, "\(layer.name)")
      #expect((layer.problem != nil) == (layer.epilogue != nil), "\(layer.name)")
      if let problem = layer.problem {
        #expect(problem.inputShape == layer.inputShape && problem.outputShape == layer.outputShape, "\(layer.name)")
        #expect(layer.multiplyAdds == problem.multiplyAdds, "\(layer.name)")
        // No batch normalisation and bias together: at most γ and β beside the weights.
        #expect((1...2).contains((layer.parameters - problem.weightCount) / problem.outputChannels), "\(layer.name)")
      } else if layer.kind != .fullyConnected {
        #expect(layer.multiplyAdds == 0 && layer.parameters == 0, "\(layer.name)")
      }
    }
    // Nothing is computed for nobody: every layer but the last is read.
    let read = Set(network.layers.flatMap(\.inputs).compactMap { $0 })
    #expect(read == Set(0..<network.layers.count - 1))
  }

  @Test func residualBlocksProjectOnlyWhereShapesChange() throws {
    for (id, expected) in [
      ("resnet18", ["conv3_1", "conv4_1", "conv5_1"]), ("resnet50", ["conv2_1", "conv3_1", "conv4_1", "conv5_1"]),
      ("resnet152", ["conv2_1", "conv3_1", "conv4_1", "conv5_1"]),
    ] {
      let shortcuts = try Network.named(id).layers.filter { $0.name.hasSuffix("/shortcut") }
      #expect(shortcuts.map(\.name) == expected.map { $0 + "/shortcut" })
    }
    // The stride of v1.5 is in the 3×3.
    let strided = try Network.named("resnet50").layers.compactMap { $0.problem?.strideHeight == 2 ? $0.name : nil }
    let expected = ["conv3_1", "conv4_1", "conv5_1"].flatMap { block in [block + "/conv2", block + "/shortcut"] }
    #expect(strided == ["conv1"] + expected)
    let additions = try Network.named("mobilenetv2").layers.filter { $0.kind == .addition }
    #expect(additions.count == 10)
  }
}
