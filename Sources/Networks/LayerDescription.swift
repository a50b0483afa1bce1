import ConvolutionModel

/// One layer of a network with everything that follows from where it stands.
public struct LayerDescription: Hashable, Sendable {
  /// What a layer does.
  public enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
    /// A convolution over channels and pixels.
    case convolution
    /// A convolution of each channel by itself.
    case depthwiseConvolution = "depthwise convolution"
    /// The maximum of windows.
    case maximumPool = "maximum pool"
    /// The average of windows.
    case averagePool = "average pool"
    /// The average of the whole image.
    case globalAveragePool = "global average pool"
    /// The maximum of the whole image.
    case globalMaximumPool = "global maximum pool"
    /// Every output from all inputs; those of squeeze-and-excitation included.
    case fullyConnected = "fully connected"
    /// The sum of a residual block's branches.
    case addition
    /// The branches side by side.
    case concatenation
    /// The product with a gate's output, channel by channel.
    case scaling
  }
  /// The layer's name in its network, parts separated by `/`.
  public let name: String
  /// What it does.
  public let kind: Kind
  /// Positions in ``Network/layers`` of the layers whose outputs it reads; nil stands for the network's input.
  public let inputs: [Int?]
  /// Shape of the input, batch 1; of joining layers the first branch's.
  public let inputShape: TensorShape
  /// Shape of the output, batch 1.
  public let outputShape: TensorShape
  /// Trained parameters: weights, biases, and γ and β of batch normalisation.
  public let parameters: Int
  /// Multiply-adds of one image, dense count; 0 for layers that are neither convolutions nor fully connected.
  public let multiplyAdds: Int
  /// What of the network's input one output pixel depends on, where the paths differ along the widest one. Gates of
  /// squeeze-and-excitation, which see the whole image, aren't followed.
  public let receptiveField: ReceptiveField
  /// The convolution with batch 1; nil for other layers.
  public let problem: ConvolutionProblem?
  /// What is applied to the layer's result.
  public let activation: LayerActivation

  /// The convolution's epilogue with batch normalisation folded into weights and bias: bias and activation, as far as an
  /// epilogue computes it. Nil for other layers.
  public var epilogue: Epilogue? {
    problem.map { _ in Epilogue(bias: true, activation: activation.fused) }
  }
}
