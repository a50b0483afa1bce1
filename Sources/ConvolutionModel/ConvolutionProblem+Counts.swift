/// Sizes and counts that follow from a problem.
extension ConvolutionProblem {
  /// Input channels of one group.
  public var inputChannelsPerGroup: Int { inputChannels / groups }
  /// Output channels of one group.
  public var outputChannelsPerGroup: Int { outputChannels / groups }
  /// Output positions of one image: rows × columns.
  public var outputPixels: Int { outputHeight * outputWidth }
  /// Positions of the filter: rows × columns.
  public var taps: Int { filterHeight * filterWidth }
  /// Shape of the input tensor.
  public var inputShape: TensorShape {
    TensorShape(batch: batch, channels: inputChannels, height: inputHeight, width: inputWidth)
  }
  /// Shape of the output tensor.
  public var outputShape: TensorShape {
    TensorShape(batch: batch, channels: outputChannels, height: outputHeight, width: outputWidth)
  }
  /// Elements of the weights, `[K][C/groups][R][S]`.
  public var weightCount: Int { outputChannels * inputChannelsPerGroup * taps }
  /// One group per channel, with as many outputs as inputs.
  public var isDepthwise: Bool { groups == inputChannels && groups == outputChannels && groups > 1 }
  /// A 1×1 filter that visits every input pixel: a matrix product over pixels.
  public var isPointwise: Bool {
    taps == 1 && strideHeight == 1 && strideWidth == 1 && padding == .zero && groups == 1
  }

  /// Multiply-adds of the direct convolution, taps on padding included: the dense count that "effective GFLOP/s" uses.
  public var multiplyAdds: Int {
    batch * outputChannels * outputHeight * outputWidth * inputChannelsPerGroup * taps
  }

  /// Multiply-adds whose tap lies inside the image.
  public var multiplyAddsWithoutPadding: Int {
    let rows = Self.innerTaps(
      outputs: outputHeight, filter: filterHeight, stride: strideHeight, dilation: dilationHeight, before: padding.top,
      input: inputHeight)
    let columns = Self.innerTaps(
      outputs: outputWidth, filter: filterWidth, stride: strideWidth, dilation: dilationWidth, before: padding.left,
      input: inputWidth)
    return batch * outputChannels * inputChannelsPerGroup * rows * columns
  }

  /// Trainable parameters: the weights and one bias an output channel.
  public var parameters: Int { weightCount + outputChannels }

  /// Bytes that must move at least once: input, weights and output in the given element size.
  public func bytes(elementSize: Int = 4) -> Int {
    elementSize * (inputShape.count + weightCount + outputShape.count)
  }

  /// Floating-point operations (two a multiply-add, dense count) per byte of ``bytes(elementSize:)``.
  public func arithmeticIntensity(elementSize: Int = 4) -> Double {
    2 * Double(multiplyAdds) / Double(bytes(elementSize: elementSize))
  }

  /// Pairs of output position and tap along one axis that meet the image.
  private static func innerTaps(
    outputs: Int, filter: Int, stride: Int, dilation: Int, before: Int, input: Int
  ) -> Int {
    var count = 0
    for tap in 0..<filter {
      // Outputs o with 0 ≤ o·stride + offset < input.
      let offset = tap * dilation - before
      let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
      let end = input - offset <= 0 ? 0 : (input - offset - 1) / stride + 1
      count += max(0, min(end, outputs) - first)
    }
    return count
  }
}

/// How much of a network's input one output sees, grown layer by layer.
///
/// Each layer adds `(filter − 1)·dilation` times the product of the strides before it.
public struct ReceptiveField: Hashable, Sendable {
  /// Rows of the input image that one output row depends on.
  public private(set) var height = 1
  /// Columns of the input image that one output column depends on.
  public private(set) var width = 1
  /// Input rows from one output row to the next: the product of the vertical strides so far.
  public private(set) var jumpHeight = 1
  /// Input columns from one output column to the next.
  public private(set) var jumpWidth = 1

  /// The field of the input itself: one pixel.
  public init() {}

  /// Applies a window of the given size and stride: a convolution's filter or a pool.
  public mutating func apply(
    filterHeight: Int, filterWidth: Int, strideHeight: Int, strideWidth: Int, dilationHeight: Int = 1,
    dilationWidth: Int = 1
  ) {
    height += (filterHeight - 1) * dilationHeight * jumpHeight
    width += (filterWidth - 1) * dilationWidth * jumpWidth
    jumpHeight *= strideHeight
    jumpWidth *= strideWidth
  }

  /// Applies a convolution layer.
  public mutating func apply(_ problem: ConvolutionProblem) {
    apply(
      filterHeight: problem.filterHeight, filterWidth: problem.filterWidth, strideHeight: problem.strideHeight,
      strideWidth: problem.strideWidth, dilationHeight: problem.dilationHeight, dilationWidth: problem.dilationWidth)
  }
}
