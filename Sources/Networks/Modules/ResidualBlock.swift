import ConvolutionModel

/// ResNet's block: convolutions with batch normalisation, and the input added before the last ReLU; where the shapes
/// differ, a strided 1×1 convolution of it.
///
/// He et al., "Deep Residual Learning for Image Recognition", 2015, figure 5.
public struct ResidualBlock: Module, Hashable {
  /// The block's convolutions.
  public enum Form: String, Hashable, Sendable, CaseIterable {
    /// Two of 3×3, the first strided.
    case basic
    /// 1×1, 3×3 and a 1×1 to four times the channels. The stride is in the 3×3: the widely used v1.5 rather than the
    /// publication's, which skips three quarters of the pixels in the first 1×1.
    case bottleneck
  }
  public let name: String
  /// The block's convolutions.
  public let form: Form
  /// Channels of the 3×3 convolutions.
  public let channels: Int
  /// Stride of the block.
  public let stride: Int

  /// Describes a block.
  public init(_ name: String, _ form: Form, channels: Int, stride: Int) {
    self.name = name
    self.form = form
    self.channels = channels
    self.stride = stride
  }

  public func nodes(input: TensorShape) -> [Node] {
    let (wide, overflow) = channels.multipliedReportingOverflow(by: form == .bottleneck ? 4 : 1)
    let outputs = overflow ? Int.max : wide
    func convolution(
      _ name: String, _ filters: Int, _ kernel: Int, stride: Int = 1, _ activation: LayerActivation
    ) -> Node {
      .convolution(
        ConvolutionLayer(name, .count(filters), kernel: kernel, stride: stride, .batchNormalization, activation))
    }
    let body: [Node] =
      switch form {
      case .basic:
        [convolution("conv1", channels, 3, stride: stride, .relu), convolution("conv2", channels, 3, .identity)]
      case .bottleneck:
        [
          convolution("conv1", channels, 1, .relu), convolution("conv2", channels, 3, stride: stride, .relu),
          convolution("conv3", outputs, 1, .identity),
        ]
      }
    let shortcut: [Node] =
      stride == 1 && input.channels == outputs ? [] : [convolution("shortcut", outputs, 1, stride: stride, .identity)]
    return [.residual(name: "add", body: body, shortcut: shortcut, activation: .relu)]
  }
}
