/// The sizes of one convolution layer: what is convolved with what, and nothing of how.
///
/// The operation is the networks' one, cross-correlation: for output channel `k` of group `g`
///
///     output[n, k, y, x] = Σ over c, r, s of
///       weights[k, c, r, s] · input[n, g·C/groups + c, y·strideHeight + r·dilationHeight − padding.top,
///                                                      x·strideWidth  + s·dilationWidth  − padding.left]
///
/// with zeros outside the image. One-dimensional problems have height 1. A value of this type is always consistent: its
/// initialisers refuse everything else.
public struct ConvolutionProblem: Hashable, Sendable {
  /// Images in a batch (N).
  public let batch: Int
  /// Channels of the input (C), all groups together.
  public let inputChannels: Int
  /// Rows of the input (H).
  public let inputHeight: Int
  /// Columns of the input (W).
  public let inputWidth: Int
  /// Channels of the output (K), all groups together.
  public let outputChannels: Int
  /// Rows of the filter (R).
  public let filterHeight: Int
  /// Columns of the filter (S).
  public let filterWidth: Int
  /// Input rows from one output row to the next.
  public let strideHeight: Int
  /// Input columns from one output column to the next.
  public let strideWidth: Int
  /// Zeros around the image; the bottom and the right may be negative, see ``Padding``.
  public let padding: Padding
  /// Input rows from one filter row to the next; 1 is a dense filter.
  public let dilationHeight: Int
  /// Input columns from one filter column to the next; 1 is a dense filter.
  public let dilationWidth: Int
  /// Groups: each convolves its share of the input channels to its share of the output channels.
  public let groups: Int
  /// Rows of the output (P): `floor((H + top + bottom − ((R − 1)·dilation + 1)) / stride) + 1`.
  public let outputHeight: Int
  /// Columns of the output (Q), by the same formula.
  public let outputWidth: Int

  /// Creates a problem from all its sizes.
  ///
  /// - Throws: ``ConvolutionError`` when a size isn't positive, the top or left padding is negative, `groups` divides not
  ///   both channel counts, the filter doesn't fit into the padded input, or a tensor's size overflows.
  public init(
    batch: Int = 1, inputChannels: Int, inputHeight: Int, inputWidth: Int, outputChannels: Int, filterHeight: Int,
    filterWidth: Int, strideHeight: Int = 1, strideWidth: Int = 1, padding: Padding = .zero, dilationHeight: Int = 1,
    dilationWidth: Int = 1, groups: Int = 1
  ) throws(ConvolutionError) {
    let sizes: [(String, Int)] = [
      ("batch", batch), ("input channels", inputChannels), ("input height", inputHeight), ("input width", inputWidth),
      ("output channels", outputChannels), ("filter height", filterHeight), ("filter width", filterWidth),
      ("stride height", strideHeight), ("stride width", strideWidth), ("dilation height", dilationHeight),
      ("dilation width", dilationWidth), ("groups", groups),
    ]
    for (name, value) in sizes where value < 1 { throw .sizeNotPositive(name: name, value: value) }
    // Counting taps walks the axes one by one: beyond this no machine has the memory, and the walk would never end.
    for (name, value) in sizes where value > Self.largestExtent { throw .sizeOverflow(what: name) }
    for (name, value) in [
      ("top padding", padding.top), ("left padding", padding.left), ("bottom padding", padding.bottom),
      ("right padding", padding.right),
    ] where value.magnitude > Self.largestExtent { throw .sizeOverflow(what: name) }
    if padding.top < 0 { throw .negativePadding(side: "top", value: padding.top) }
    if padding.left < 0 { throw .negativePadding(side: "left", value: padding.left) }
    if inputChannels % groups != 0 {
      throw .groupsDoNotDivide(name: "input channels", channels: inputChannels, groups: groups)
    }
    if outputChannels % groups != 0 {
      throw .groupsDoNotDivide(name: "output channels", channels: outputChannels, groups: groups)
    }
    outputHeight = try Self.outputExtent(
      axis: "height", input: inputHeight, filter: filterHeight, stride: strideHeight, dilation: dilationHeight,
      before: padding.top, after: padding.bottom)
    outputWidth = try Self.outputExtent(
      axis: "width", input: inputWidth, filter: filterWidth, stride: strideWidth, dilation: dilationWidth,
      before: padding.left, after: padding.right)
    self.batch = batch
    self.inputChannels = inputChannels
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.outputChannels = outputChannels
    self.filterHeight = filterHeight
    self.filterWidth = filterWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.padding = padding
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
    self.groups = groups
    try checkSizes()
  }

  /// Creates a problem with a square filter, stride and dilation.
  ///
  /// - Parameters:
  ///   - channels: input channels.
  ///   - filters: output channels.
  ///   - kernel: rows and columns of the filter.
  /// - Throws: ``ConvolutionError``, as the full initialiser does.
  public init(
    batch: Int = 1, channels: Int, height: Int, width: Int, filters: Int, kernel: Int, stride: Int = 1,
    padding: PaddingRule = .valid, dilation: Int = 1, groups: Int = 1
  ) throws(ConvolutionError) {
    let sides: Padding
    switch padding {
    case .valid: sides = .zero
    case .explicit(let padding): sides = padding
    case .same:
      let vertical = try Self.samePadding(
        axis: "height", input: height, filter: kernel, stride: stride, dilation: dilation)
      let horizontal = try Self.samePadding(
        axis: "width", input: width, filter: kernel, stride: stride, dilation: dilation)
      sides = Padding(
        top: vertical.before, left: horizontal.before, bottom: vertical.after, right: horizontal.after)
    }
    try self.init(
      batch: batch, inputChannels: channels, inputHeight: height, inputWidth: width, outputChannels: filters,
      filterHeight: kernel, filterWidth: kernel, strideHeight: stride, strideWidth: stride, padding: sides,
      dilationHeight: dilation, dilationWidth: dilation, groups: groups)
  }

  /// The zeros before and after one axis that make its output `ceil(input / stride)`, the odd one after (ONNX's
  /// `SAME_UPPER`).
  ///
  /// - Throws: ``ConvolutionError/sizeNotPositive(name:value:)`` or ``ConvolutionError/sizeOverflow(what:)``.
  public static func samePadding(
    axis: String = "axis", input: Int, filter: Int, stride: Int, dilation: Int = 1
  ) throws(ConvolutionError) -> (before: Int, after: Int) {
    for (name, value) in [("input", input), ("filter", filter), ("stride", stride), ("dilation", dilation)]
    where value < 1 {
      throw .sizeNotPositive(name: "\(name) \(axis)", value: value)
    }
    let extent = try filterExtent(axis: axis, filter: filter, dilation: dilation)
    let outputs = (input - 1) / stride + 1
    let (reach, overflow) = ((outputs - 1) * stride).addingReportingOverflow(extent)
    if overflow { throw .sizeOverflow(what: "padding") }
    let total = max(0, reach - input)
    return (total / 2, total - total / 2)
  }

  /// Rows or columns that a filter with its dilation spans: `(filter − 1)·dilation + 1`.
  static func filterExtent(axis: String, filter: Int, dilation: Int) throws(ConvolutionError) -> Int {
    let (span, overflow) = (filter - 1).multipliedReportingOverflow(by: dilation)
    let (extent, carry) = span.addingReportingOverflow(1)
    if overflow || carry { throw .sizeOverflow(what: "dilated filter's \(axis)") }
    return extent
  }

  /// The largest size that a problem may name: 2³¹ − 1.
  public static let largestExtent = Int(Int32.max)

  private static func outputExtent(
    axis: String, input: Int, filter: Int, stride: Int, dilation: Int, before: Int, after: Int
  ) throws(ConvolutionError) -> Int {
    let extent = try filterExtent(axis: axis, filter: filter, dilation: dilation)
    let (partial, overflow) = input.addingReportingOverflow(before)
    let (padded, carry) = partial.addingReportingOverflow(after)
    if overflow || carry { throw .sizeOverflow(what: "padded input's \(axis)") }
    if extent > padded { throw .filterExceedsInput(axis: axis, filterExtent: extent, paddedInput: padded) }
    return (padded - extent) / stride + 1
  }

  /// Refuses problems whose tensors or operation counts don't fit into an `Int` with room to spare for byte counts.
  private func checkSizes() throws(ConvolutionError) {
    func product(_ what: String, _ factors: [Int], limit: Int = Int.max / 64) throws(ConvolutionError) {
      var value = 1
      for factor in factors {
        let (next, overflow) = value.multipliedReportingOverflow(by: factor)
        if overflow || next > limit { throw .sizeOverflow(what: what) }
        value = next
      }
    }
    try product("input tensor", [batch, inputChannels, inputHeight, inputWidth])
    try product("output tensor", [batch, outputChannels, outputHeight, outputWidth])
    try product("weights", [outputChannels, inputChannels / groups, filterHeight, filterWidth])
    try product(
      "multiply-add count",
      [batch, outputChannels, outputHeight, outputWidth, inputChannels / groups, filterHeight, filterWidth])
  }
}
