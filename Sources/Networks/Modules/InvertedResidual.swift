import ConvolutionModel

/// The block of MobileNetV2 and EfficientNet: a 1×1 expansion, a depthwise convolution, in EfficientNet
/// squeeze-and-excitation, and a 1×1 projection without activation; the input is added where the shapes allow it.
///
/// Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018, figure 4; Tan and Le, "EfficientNet",
/// 2019, section 4.
public struct InvertedResidual: Module, Hashable {
  public let name: String
  /// Channels between the 1×1 convolutions for each input channel; with 1 there is no expansion.
  public let expansion: Int
  /// Channels of the output.
  public let channels: Int
  /// Rows and columns of the depthwise filter.
  public let kernel: Int
  /// Stride of the depthwise convolution.
  public let stride: Int
  /// What follows the expansion and the depthwise convolution.
  public let activation: LayerActivation
  /// How many times fewer outputs than the block's input channels the squeeze has; nil for no squeeze-and-excitation.
  public let squeeze: Int?

  /// Describes a block.
  public init(
    _ name: String, expansion: Int, channels: Int, kernel: Int, stride: Int, activation: LayerActivation,
    squeeze: Int? = nil
  ) {
    self.name = name
    self.expansion = expansion
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.activation = activation
    self.squeeze = squeeze
  }

  public func nodes(input: TensorShape) -> [Node] {
    // A product too large for an Int becomes one that the convolution refuses.
    let (wide, overflow) = input.channels.multipliedReportingOverflow(by: expansion)
    let expanded = overflow ? Int.max : wide
    var body: [Node] = []
    if expansion != 1 {
      body.append(
        .convolution(ConvolutionLayer("expand", .count(expanded), kernel: 1, .batchNormalization, activation)))
    }
    body.append(
      .convolution(
        ConvolutionLayer("depthwise", .depthwise, kernel: kernel, stride: stride, .batchNormalization, activation)))
    if let squeeze, squeeze > 0 {
      // The squeeze is counted from the block's input, not from the expanded channels: that makes 5.3 million parameters.
      body.append(
        .scaling(
          name: "scale",
          gate: [
            .pool(PoolLayer("pool", .average, .global)),
            .fullyConnected(FullyConnectedLayer("squeeze", max(1, input.channels / squeeze), activation)),
            .fullyConnected(FullyConnectedLayer("excite", expanded, .sigmoid)),
          ]))
    }
    body.append(
      .convolution(ConvolutionLayer("project", .count(channels), kernel: 1, .batchNormalization, .identity)))
    return stride == 1 && input.channels == channels
      ? [.residual(name: "add", body: body, shortcut: [], activation: .identity)] : body
  }

  /// A row of the publications' tables: blocks that differ only in the first one's stride.
  public struct Stage: Sendable {
    /// Channels between the 1×1 convolutions for each input channel.
    public let expansion: Int
    /// Channels of the outputs.
    public let channels: Int
    /// How many blocks.
    public let repeats: Int
    /// Stride of the first block.
    public let stride: Int
    /// Rows and columns of the depthwise filters.
    public let kernel: Int

    /// Describes a row.
    public init(expansion: Int, channels: Int, repeats: Int, stride: Int, kernel: Int = 3) {
      self.expansion = expansion
      self.channels = channels
      self.repeats = repeats
      self.stride = stride
      self.kernel = kernel
    }
  }

  /// The blocks of a table's rows, named `block1`, `block2`, ….
  public static func blocks(_ stages: [Stage], activation: LayerActivation, squeeze: Int? = nil) -> [Node] {
    var nodes: [Node] = []
    for stage in stages {
      for index in 0..<max(0, stage.repeats) {
        nodes.append(
          .module(
            InvertedResidual(
              "block\(nodes.count + 1)", expansion: stage.expansion, channels: stage.channels, kernel: stage.kernel,
              stride: index == 0 ? stage.stride : 1, activation: activation, squeeze: squeeze)))
      }
    }
    return nodes
  }
}
