import ConvolutionModel
import Measurement
import RegisterTiles

/// What a kernel should cost on a machine, told from the problem alone.
///
/// Three parts: the products, at the share of the peak that the family reaches, with the unused lanes of its tiles; what is
/// copied or transformed before and after them; and the packed weights, as far as they don't come from the second level.
public struct CostModel: Sendable {
  /// The machine's highest instruction set: what kernels that name none are taken to run.
  public let isa: InstructionSet
  /// Bytes of the second-level cache.
  public let l2Bytes: Int
  /// Bytes of the third-level cache.
  public let l3Bytes: Int

  /// The model of a machine with these caches.
  public init(isa: InstructionSet, l2Bytes: Int, l3Bytes: Int) {
    self.isa = isa
    self.l2Bytes = l2Bytes
    self.l3Bytes = l3Bytes
  }

  /// The model of a machine.
  public init(_ machine: MachineIdentity = .current) {
    self.init(
      isa: machine.isa, l2Bytes: machine.l2Bytes ?? CostConstants.assumedSecondLevelBytes,
      l3Bytes: machine.l3Bytes ?? CostConstants.assumedThirdLevelBytes)
  }

  /// Expected cost of one run.
  ///
  /// - Parameters:
  ///   - id: a kernel that supports the operation.
  ///   - weights: whether the packed weights are in the caches, as far as they fit.
  ///   - threads: threads of a run; they share out the products but read the same weights.
  /// - Returns: multiply-adds at one core's peak that take as long; infinity for a family that isn't known.
  public func cost(
    of id: KernelID, _ operation: ConvolutionOperation, weights: WeightResidency = .warm, threads: Int = 1
  ) -> Double {
    guard let constants = CostConstants.of(id) else { return .infinity }
    let work = Work(id, operation, lanes: (id.isa ?? isa).lanes)
    let threads = Double(max(1, threads))
    let products = work.products / constants.share / threads
    let moving = (constants.perInput * work.inputs + constants.perOutput * work.outputs) / threads
    // Weights are fetched while others are multiplied, but not quite for nothing.
    let streaming = streaming(work, id, weights)
    return max(products, streaming) + CostConstants.hiddenPart * min(products, streaming) + moving
  }

  /// What reading the packed weights takes by itself.
  private func streaming(_ work: Work, _ id: KernelID, _ weights: WeightResidency) -> Double {
    let scale = Double((id.isa ?? isa).lanes) / 16
    let fromThird = CostConstants.perByteFromThirdLevel * scale
    let fromMemory = CostConstants.perByteFromMemory * scale
    // Half a level is left to the tensors.
    let again =
      work.weightBytes <= Double(l2Bytes) / 2 ? 0 : work.weightBytes <= Double(l3Bytes) / 2 ? fromThird : fromMemory
    let first = weights == .cold ? fromMemory : again
    return work.weightBytes * (first + (work.passes - 1) * again)
  }
}

/// What a kernel does, counted.
private struct Work {
  /// Multiply-adds, unused lanes included.
  var products: Double
  /// Values brought into the products' order.
  var inputs: Double
  /// Values brought into the output's order.
  var outputs: Double
  /// Bytes of packed weights.
  var weightBytes: Double
  /// How many times a run reads them.
  var passes: Double

  init(_ id: KernelID, _ operation: ConvolutionOperation, lanes: Int) {
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
    let rows = CostConstants.channelsPerTile
    let rowWaste =
      Double((problem.outputChannelsPerGroup + rows - 1) / rows * rows) / Double(problem.outputChannelsPerGroup)
    products = Double(problem.multiplyAdds) * (id.layout == .nhwc ? channelWaste : pixelWaste * rowWaste)
    outputs = pixels * output
    weightBytes = 4 * Double(problem.weightCount) * (id.layout == .nhwc ? channelWaste : 1)
    passes = (pixels / CostConstants.pixelsPerPass).rounded(.up)
    switch id.family {
    case "im2col": inputs = pixels * taps * input
    case "direct":
      // A block of output channels is four vectors of the widest kind, and each of its tiles goes by all pointers.
      let blocks = (Double(problem.outputChannelsPerGroup) / 64).rounded(.up) * Double(problem.groups)
      inputs = pixels * taps * (id.layout == .nhwc ? blocks : input)
    case "winograd":
      let edge = id.variant?.dropFirst().prefix { $0 != "x" }
      let outputsPerTile = edge.flatMap { Int($0) } ?? 2
      let points = Double((outputsPerTile + problem.filterHeight - 1) * (outputsPerTile + problem.filterWidth - 1))
      func tiles(_ extent: Int) -> Double { Double((extent + outputsPerTile - 1) / outputsPerTile) }
      let tiles = images * tiles(problem.outputHeight) * tiles(problem.outputWidth)
      products = tiles * points * input * output * channelWaste
      inputs = tiles * points * input
      outputs = tiles * points * output
      weightBytes = 4 * points * input * output * channelWaste
      passes = (tiles / CostConstants.tilesPerPass).rounded(.up)
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
