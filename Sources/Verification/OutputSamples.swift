import ConvolutionModel

/// Some output channels of one output pixel.
struct PixelSample: Hashable, Sendable {
  let batch: Int
  let row: Int
  let column: Int
  let channels: [Int]
}

/// Which outputs are compared.
enum OutputSamples: Sendable {
  /// Every one.
  case all
  /// Those of the list, none twice.
  case pixels([PixelSample])

  /// Chooses outputs within the coverage's budget.
  init(_ operation: ConvolutionOperation, blockEdges: [BlockEdge], options: VerificationOptions) {
    guard case .sampled(let budget) = options.coverage, operation.multiplyAdds > budget else {
      self = .all
      return
    }
    var selection = Selection(operation, blockEdges: blockEdges, budget: budget, seed: options.seed)
    selection.selectAll()
    self = .pixels(selection.pixels)
  }
}

/// Collects outputs, the places where bugs sit first, until the budget is spent.
private struct Selection {
  private let operation: ConvolutionOperation
  private let shape: TensorShape
  private let rows: [Int]
  private let columns: [Int]
  private let channels: [Int]
  private let linearEdges: [Int]
  private var budget: Int
  private var chosen: Set<Int> = []
  private var generator: SplitMix64
  private var nextChannel = 0
  private(set) var pixels: [PixelSample] = []

  init(_ operation: ConvolutionOperation, blockEdges: [BlockEdge], budget: Int, seed: UInt64) {
    self.operation = operation
    self.budget = budget
    shape = operation.outputShape
    generator = SplitMix64(seed: seed ^ 0x5A4D_504C_4553)
    func sizes(_ dimension: BlockEdge.Dimension) -> [Int] {
      blockEdges.filter { $0.dimension == dimension }.map(\.size)
    }
    rows = Self.edges(shape.height, blocks: sizes(.outputHeight))
    columns = Self.edges(shape.width, blocks: sizes(.outputWidth))
    let groups = operation.pointwise == nil ? operation.problem.groups : 1
    let perGroup = shape.channels / groups
    // The channels around block edges in the first and in the last group, which is every group where there's one.
    let within = Self.edges(perGroup, blocks: sizes(.outputChannels))
    let lastGroup = shape.channels - perGroup
    channels = Set(within + within.map { lastGroup + $0 }).sorted()
    linearEdges = Self.edges(shape.height * shape.width, blocks: sizes(.outputPixels))
  }

  /// First and last position of an extent, and those on both sides of the first and of the last edge of each block size.
  private static func edges(_ extent: Int, blocks: [Int]) -> [Int] {
    var positions: Set<Int> = [0, extent - 1]
    for size in blocks where size >= 1 {
      for edge in [size, 2 * size, extent / size * size] { positions.formUnion([edge - 1, edge]) }
    }
    return positions.filter { 0..<extent ~= $0 }.sorted()
  }

  mutating func selectAll() {
    let images = shape.batch == 1 ? [0] : [0, shape.batch - 1]
    // The middle first: with much padding, nothing else may depend on the input.
    take(images.last!, shape.height / 2, shape.width / 2, turn())
    // 1. Where edges cross, on the channels at the edges.
    for n in images {
      for y in [0, shape.height - 1] { for x in [0, shape.width - 1] { take(n, y, x, channels) } }
    }
    for y in rows { for x in columns { take(images.last!, y, x, channels) } }
    for pixel in linearEdges { take(images.last!, pixel / shape.width, pixel % shape.width, channels) }
    // 2. The border of the image all around, and the rows and columns at block edges, channels taking turns.
    for n in images {
      for x in 0..<shape.width { for y in [0, shape.height - 1] { take(n, y, x, turn()) } }
      for y in 0..<shape.height { for x in [0, shape.width - 1] { take(n, y, x, turn()) } }
    }
    // 3. Every channel somewhere.
    for _ in 0..<shape.channels { takeAnywhere() }
    for y in rows { for x in 0..<shape.width { take(images.last!, y, x, turn()) } }
    for x in columns { for y in 0..<shape.height { take(images.last!, y, x, turn()) } }
    // 4. Anywhere. Duplicates cost nothing, so the tries are limited too.
    var tries = shape.count
    while budget > 0, tries > 0 {
      takeAnywhere()
      tries -= 1
    }
  }

  private mutating func takeAnywhere() {
    take(generator.below(shape.batch), generator.below(shape.height), generator.below(shape.width), turn())
  }

  /// The next channel in turn, all of them once before any of them again.
  private mutating func turn() -> [Int] {
    defer { nextChannel = (nextChannel + 1) % shape.channels }
    return [nextChannel]
  }

  /// Adds channels of a pixel that aren't chosen yet, as many as the budget allows, but at least one output in all.
  private mutating func take(_ n: Int, _ y: Int, _ x: Int, _ channels: [Int]) {
    guard budget > 0 || pixels.isEmpty else { return }
    let problem = operation.problem
    let taps = problem.inputChannelsPerGroup * problem.taps
    // All channels of a pixel of a pointwise stage need the same sums of the first stage, which are the larger part.
    let wanted = operation.pointwise == nil ? channels : Array(0..<shape.channels)
    let fixedCost = operation.pointwise == nil ? 0 : problem.outputChannels * taps
    let cost = operation.pointwise == nil ? taps : problem.outputChannels
    var new: [Int] = []
    for k in wanted {
      if !new.isEmpty || !pixels.isEmpty, budget < fixedCost + (new.count + 1) * cost { break }
      let place = TensorLayout.nchw.offset(shape, batch: n, channel: k, row: y, column: x)
      if chosen.insert(place).inserted { new.append(k) }
    }
    if new.isEmpty {
      // Nothing fitted any more, or all were chosen before; in the first case there is no more to do.
      if budget < fixedCost + cost { budget = 0 }
      return
    }
    budget -= fixedCost + new.count * cost
    pixels.append(PixelSample(batch: n, row: y, column: x, channels: new))
  }
}
