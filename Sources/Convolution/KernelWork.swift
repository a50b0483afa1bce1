import ConvolutionModel

/// What a kernel does for an operation, counted: what the cost model weighs with the numbers of a ``CostTable``.
package struct KernelWork: Hashable, Sendable {
  /// Multiply-adds, unused lanes included.
  package private(set) var products: Double
  /// Values brought into the products' order.
  package private(set) var inputs: Double
  /// Values brought into the output's order.
  package private(set) var outputs: Double
  /// Bytes of packed weights.
  package private(set) var weightBytes: Double
  /// How many times a run reads them.
  package private(set) var passes: Double

  /// Output pixels, and tiles of Winograd, for which a weight is read once.
  private static let pixelsPerPass = 256.0
  private static let tilesPerPass = 56.0
  /// Values that take as long to copy as a piece of a pixel begins, and a group of channels.
  private static let valuesPerPiece = 128.0
  private static let valuesPerGroup = 512.0
  /// Rows of outputs of Winograd's tiles: beyond this no number of 32 bits is exact enough.
  private static let largestTile = 16
  /// Output channels of a tile on NCHW.
  private static let channelsPerTile = 6

  /// Counts.
  ///
  /// - Parameter lanes: floats of a vector.
  package init(_ id: KernelID, _ operation: ConvolutionOperation, lanes: Int) {
    let problem = operation.problem
    let images = Double(problem.batch)
    let pixels = images * Double(problem.outputPixels)
    let input = Double(problem.inputChannels)
    let output = Double(problem.outputChannels)
    // Tiles are whole vectors along channels (NHWC) or pixels (NCHW).
    func waste(_ count: Int) -> Double { Double((count + lanes - 1) / lanes * lanes) / Double(count) }
    let channelWaste = waste(problem.outputChannelsPerGroup)
    let pixelWaste = waste(problem.outputPixels)
    let taps = Double(problem.taps)
    // On NCHW a tile is several output channels high, too.
    let rows = Self.channelsPerTile
    let rowWaste =
      Double((problem.outputChannelsPerGroup + rows - 1) / rows * rows) / Double(problem.outputChannelsPerGroup)
    products = Double(problem.multiplyAdds) * (id.layout == .nhwc ? channelWaste : pixelWaste * rowWaste)
    outputs = pixels * output
    weightBytes = 4 * Double(problem.weightCount) * (id.layout == .nhwc ? channelWaste : 1)
    passes = (pixels / Self.pixelsPerPass).rounded(.up)
    // Each group of each image begins anew.
    let groupwise = problem.groups > 1 ? images * Double(problem.groups) * Self.valuesPerGroup : 0
    switch id.family {
    case "im2col":
      // On NHWC the tensor may be the matrix already, and a tap's channels are copied as one piece, which takes as long as
      // some values more. On NCHW the product packs it in any case.
      let isMatrix =
        problem.taps == 1 && problem.strideHeight == 1 && problem.strideWidth == 1 && problem.padding == .zero
      let pieces = pixels * taps * Double(problem.groups)
      inputs =
        id.layout == .nchw
        ? pixels * taps * input + groupwise
        : isMatrix ? 0 : pixels * taps * input + pieces * Self.valuesPerPiece + groupwise
    case "direct":
      // A block of output channels is four vectors of the widest kind, and each of its tiles goes by all pointers. In
      // first layers, the image is copied instead, once and with its padding.
      let blocks = (Double(problem.outputChannelsPerGroup) / 64).rounded(.up) * Double(problem.groups)
      let isFirstLayer =
        problem.groups == 1 && problem.filterWidth > 1 && problem.filterWidth * problem.inputChannels <= 64
      inputs =
        id.layout == .nhwc && isFirstLayer
        ? Double(problem.inputShape.count)
        : pixels * (id.layout == .nchw ? input * taps : blocks * taps) + groupwise
    case "winograd":
      let edge = id.variant?.dropFirst().prefix { $0 != "x" }
      // Records may name kernels that nobody has.
      let outputsPerTile = edge.flatMap { Int($0) }.flatMap { 1...Self.largestTile ~= $0 ? $0 : nil } ?? 2
      let points = Double((outputsPerTile + problem.filterHeight - 1) * (outputsPerTile + problem.filterWidth - 1))
      func tiles(_ extent: Int) -> Double { Double((extent + outputsPerTile - 1) / outputsPerTile) }
      let tiles = images * tiles(problem.outputHeight) * tiles(problem.outputWidth)
      products = tiles * points * input * output * channelWaste
      // Both transforms work on whole vectors of channels.
      inputs = tiles * points * input * waste(problem.inputChannels)
      outputs = tiles * points * output * channelWaste
      weightBytes = 4 * points * input * output * channelWaste
      passes = (tiles / Self.tilesPerPass).rounded(.up)
    case "depthwise", "separable":
      // Vectors run along the channels of all groups.
      let wasted = id.layout == .nhwc ? waste(problem.outputChannels) : waste(problem.outputWidth)
      products = Double(problem.multiplyAdds) * wasted
      inputs = images * Double(problem.inputHeight * problem.inputWidth) * input
      if let pointwise = operation.pointwiseProblem {
        products += Double(pointwise.multiplyAdds) * (id.layout == .nhwc ? waste(pointwise.outputChannels) : pixelWaste)
        outputs = Double(pointwise.outputShape.count)
        weightBytes += 4 * Double(pointwise.weightCount)
      }
    default: inputs = 0
    }
  }
}
