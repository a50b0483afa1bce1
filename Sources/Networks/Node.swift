import ConvolutionModel

/// A part of a network's description: a layer, or an arrangement of smaller parts.
///
/// A description holds what its author chose (filters, strides, expansion factors) and nothing that follows from it:
/// every shape and count comes from walking the nodes, see ``Network/layers``. Names are relative; a layer inside a
/// module is called `module/layer`.
public enum Node: Sendable {
  /// A convolution with what is applied to its result.
  case convolution(ConvolutionLayer)
  /// A pool.
  case pool(PoolLayer)
  /// A fully connected layer.
  case fullyConnected(FullyConnectedLayer)
  /// `activation(body(x) + shortcut(x))`; an empty shortcut is the identity.
  case residual(name: String, body: [Node], shortcut: [Node], activation: LayerActivation)
  /// The branches' outputs side by side on the channels.
  case concatenation(name: String, branches: [[Node]])
  /// `x · gate(x)`, channel by channel: the gate's output is one number a channel.
  case scaling(name: String, gate: [Node])
  /// A building block that arranges its layers itself, once it knows its input.
  case module(any Module)
}

/// A building block of networks: a name and the nodes that it stands for.
public protocol Module: Sendable {
  /// The first part of its layers' names.
  var name: String { get }
  /// What it consists of for an input of a shape.
  func nodes(input: TensorShape) -> [Node]
}

/// What is applied to a layer's output.
public enum LayerActivation: String, Hashable, Sendable, CaseIterable, Codable {
  /// Nothing.
  case identity
  /// `max(x, 0)`.
  case relu
  /// `min(max(x, 0), 6)`.
  case relu6
  /// `x · sigmoid(x)`, also called SiLU.
  case swish
  /// `1 / (1 + e⁻ˣ)`.
  case sigmoid

  /// What of it a convolution's epilogue computes: ReLU and ReLU6. The others are left to a pass of their own, so that
  /// the convolution ends with the identity.
  public var fused: Activation {
    switch self {
    case .relu: .relu
    case .relu6: .relu6
    case .identity, .swish, .sigmoid: .identity
    }
  }

  /// Whether ``fused`` is all of it.
  public var isFused: Bool {
    switch self {
    case .identity, .relu, .relu6: true
    case .swish, .sigmoid: false
    }
  }
}

/// The trained numbers that a layer has for each output channel beside its weights.
public enum ChannelParameters: String, Hashable, Sendable, CaseIterable, Codable {
  /// One bias a channel.
  case bias
  /// Batch normalisation: scale γ and shift β a channel, no bias. Its running statistics aren't trained and not counted.
  case batchNormalization

  /// How many numbers a channel.
  public var perChannel: Int {
    switch self {
    case .bias: 1
    case .batchNormalization: 2
    }
  }
}

/// A convolution with a square filter.
public struct ConvolutionLayer: Hashable, Sendable {
  /// How many outputs there are.
  public enum Filters: Hashable, Sendable {
    /// This many, each over all input channels.
    case count(Int)
    /// One for every input channel, over that channel alone.
    case depthwise
  }
  /// Zeros around the input.
  public enum Margin: Hashable, Sendable {
    /// None.
    case valid
    /// `(kernel − 1) / 2` on every side, as PyTorch's models and the benchdnn problem files have it. With stride 2 an
    /// even input ends up with an unused zero at the bottom and right, where TensorFlow's SAME has its odd zero; the
    /// output's size and all counts are the same.
    case symmetric
  }
  /// The layer's name within what contains it.
  public var name: String
  /// How many outputs there are.
  public var filters: Filters
  /// Rows and columns of the filter.
  public var kernel: Int
  /// Input pixels from one output pixel to the next.
  public var stride: Int
  /// Zeros around the input.
  public var margin: Margin
  /// The trained numbers a channel.
  public var channelParameters: ChannelParameters
  /// What is applied to the result.
  public var activation: LayerActivation

  /// Describes a convolution.
  public init(
    _ name: String, _ filters: Filters, kernel: Int, stride: Int = 1, margin: Margin = .symmetric,
    _ channelParameters: ChannelParameters, _ activation: LayerActivation
  ) {
    self.name = name
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.margin = margin
    self.channelParameters = channelParameters
    self.activation = activation
  }
}

/// A pool: the maximum or average of windows of each channel. It has no parameters.
public struct PoolLayer: Hashable, Sendable {
  /// What is taken of a window.
  public enum Reduction: String, Hashable, Sendable, CaseIterable, Codable {
    /// The largest value.
    case maximum
    /// The mean.
    case average
  }
  /// Which windows there are.
  public enum Window: Hashable, Sendable {
    /// Square windows inside the image.
    case valid(size: Int, stride: Int)
    /// Square windows, as many that the output has `ceil(input / stride)` rows and columns; they reach over the edge.
    case same(size: Int, stride: Int)
    /// One window: the whole image.
    case global
  }
  /// The layer's name within what contains it.
  public var name: String
  /// What is taken of a window.
  public var reduction: Reduction
  /// Which windows there are.
  public var window: Window

  /// Describes a pool.
  public init(_ name: String, _ reduction: Reduction, _ window: Window) {
    self.name = name
    self.reduction = reduction
    self.window = window
  }
}

/// A fully connected layer with biases: every output sees all of the input.
public struct FullyConnectedLayer: Hashable, Sendable {
  /// The layer's name within what contains it.
  public var name: String
  /// How many outputs there are.
  public var outputs: Int
  /// What is applied to the result.
  public var activation: LayerActivation

  /// Describes a fully connected layer.
  public init(_ name: String, _ outputs: Int, _ activation: LayerActivation) {
    self.name = name
    self.outputs = outputs
    self.activation = activation
  }
}
