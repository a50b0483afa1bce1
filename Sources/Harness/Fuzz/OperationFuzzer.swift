import ConvolutionModel

/// Random operations: near the edges of kernels' blocks, in the corners of what a problem may be, and around problems on which
/// kernels failed before.
struct OperationFuzzer {
  private var generator: SplitMix64
  private let pastFailures: [ConvolutionOperation]
  /// Multiply-adds of the largest operations: small ones, so that many fit into a minute.
  private static let largest = 1 << 19

  init(seed: UInt64, pastFailures: [ConvolutionOperation] = []) {
    generator = SplitMix64(seed: seed)
    self.pastFailures = pastFailures
  }

  /// The next operation, which has outputs to compare.
  ///
  /// - Parameter kernel: whose blocks the sizes are drawn around.
  mutating func next(around kernel: any ConvolutionKernel) -> ConvolutionOperation {
    while true {
      let drawn =
        !pastFailures.isEmpty && oneIn(4)
        ? neighbour(of: pick(pastFailures)) : operation(kind: generator.below(6), kernel)
      if let drawn, drawn.multiplyAdds <= Self.largest { return drawn }
    }
  }

  /// A number for whoever needs one that belongs to the same seed.
  mutating func number() -> UInt64 { generator.next() >> 1 }

  /// One of some, any as likely as another.
  mutating func pick<Element>(_ choices: [Element]) -> Element { choices[generator.below(choices.count)] }

  private mutating func oneIn(_ count: Int) -> Bool { generator.below(count) == 0 }

  /// The extents of a problem before they're known to fit together.
  private struct Extents {
    var batch = 1
    var channels = (input: 1, output: 1)
    var groups = 1
    var output = (height: 1, width: 1)
    var filter = (height: 1, width: 1)
    var stride = (height: 1, width: 1)
    var dilation = (height: 1, width: 1)
    var padding = Padding.zero
    /// Rows and columns that no filter reaches.
    var rest = (height: 0, width: 0)
    var pointwise: Int?
  }

  private mutating func operation(kind: Int, _ kernel: any ConvolutionKernel) -> ConvolutionOperation? {
    var extents = Extents()
    extents.batch = pick([1, 1, 1, 2, 3])
    extents.filter = filter(kind: kind)
    extents.stride = pair([1, 1, 1, 1, 2, 2, 3, 5])
    extents.dilation = pair([1, 1, 1, 1, 1, 2, 3])
    extents.output = (1 + generator.below(9), 1 + generator.below(12))
    let channels = (1 + generator.below(20), 1 + generator.below(20))
    switch kind {
    case 0, 1, 2: extents.channels = channels
    case 3:
      extents.groups = 2 + generator.below(4)
      extents.channels = (extents.groups * (1 + generator.below(5)), extents.groups * (1 + generator.below(9)))
    default:
      extents.groups = 1 + generator.below(40)
      extents.channels = (extents.groups, extents.groups)
      if kind == 5 { extents.pointwise = 1 + generator.below(40) }
    }
    for side in 0..<4 { extents.padding[side: side] = padding(side < 2 ? extents.filter.height : extents.filter.width) }
    extents.rest = (generator.below(extents.stride.height), generator.below(extents.stride.width))
    guard let first = operation(extents) else { return nil }
    guard kernel.support(for: first).isSupported, !oneIn(4) else { return first }
    // One or two of the sizes to where the kernel cuts.
    for _ in 0...generator.below(2) { moveToEdge(&extents, kernel.blocking(for: first)) }
    return operation(extents) ?? first
  }

  private mutating func filter(kind: Int) -> (height: Int, width: Int) {
    switch kind {
    case 0: (1, 1)
    // What Winograd and the networks have.
    case 1: (3, 3)
    default: pair([1, 2, 3, 3, 3, 4, 5, 5, 7])
    }
  }

  /// Both the same, mostly.
  private mutating func pair(_ choices: [Int]) -> (height: Int, width: Int) {
    let first = pick(choices)
    return (first, oneIn(4) ? pick(choices) : first)
  }

  private mutating func padding(_ filter: Int) -> Int {
    pick([0, 0, (filter - 1) / 2, (filter - 1) / 2, (filter - 1) / 2, filter - 1, filter, filter + 2, -1])
  }

  private mutating func moveToEdge(_ extents: inout Extents, _ edges: [BlockEdge]) {
    guard !edges.isEmpty else { return }
    let edge = pick(edges)
    let count = max(1, edge.size * (1 + generator.below(2)) + generator.below(3) - 1)
    guard count <= 4096 else { return }
    // What isn't moved gets small, so that the operation stays small.
    if count > 64 {
      extents.batch = 1
      extents.output = (1 + generator.below(3), 1 + generator.below(4))
    }
    let isDepthwise = extents.groups == extents.channels.input && extents.groups > 1
    switch edge.dimension {
    case .inputChannels:
      if isDepthwise {
        extents.groups = count
        extents.channels = (count, count)
      } else {
        extents.channels.input = count * extents.groups
        if count > 64 { extents.channels.output = extents.groups * (1 + generator.below(3)) }
      }
    case .outputChannels:
      if isDepthwise {
        if extents.pointwise == nil { (extents.groups, extents.channels) = (count, (count, count)) }
        if extents.pointwise != nil { extents.pointwise = count }
      } else {
        extents.channels.output = count * extents.groups
        if count > 64 { extents.channels.input = extents.groups * (1 + generator.below(3)) }
      }
    case .outputWidth: extents.output.width = count
    case .outputHeight: extents.output.height = count
    case .outputPixels:
      extents.output.height = pick([1, 2, 3, 4])
      extents.output.width = (count + extents.output.height - 1) / extents.output.height
    }
  }

  /// Nil where the extents don't fit together.
  private mutating func operation(_ extents: Extents) -> ConvolutionOperation? {
    func input(_ output: Int, _ stride: Int, _ filter: Int, _ dilation: Int, _ padding: Int, _ rest: Int) -> Int {
      max(1, (output - 1) * stride + (filter - 1) * dilation + 1 - padding + rest)
    }
    let padding = extents.padding
    let problem = try? ConvolutionProblem(
      batch: extents.batch, inputChannels: extents.channels.input,
      inputHeight: input(
        extents.output.height, extents.stride.height, extents.filter.height, extents.dilation.height,
        padding.top + padding.bottom, extents.rest.height),
      inputWidth: input(
        extents.output.width, extents.stride.width, extents.filter.width, extents.dilation.width,
        padding.left + padding.right, extents.rest.width),
      outputChannels: extents.channels.output, filterHeight: extents.filter.height, filterWidth: extents.filter.width,
      strideHeight: extents.stride.height, strideWidth: extents.stride.width, padding: padding,
      dilationHeight: extents.dilation.height, dilationWidth: extents.dilation.width, groups: extents.groups)
    return problem.flatMap { operation($0, pointwise: extents.pointwise) }
  }

  /// With any epilogue; the first stage of a separable operation has the one that the command line gives it.
  private mutating func operation(_ problem: ConvolutionProblem, pointwise: Int?) -> ConvolutionOperation? {
    let epilogue = Epilogue(bias: oneIn(2), residual: oneIn(3), activation: pick(Activation.allCases))
    guard let pointwise else { return ConvolutionOperation(problem, epilogue: epilogue) }
    return try? ConvolutionOperation(
      problem, epilogue: Epilogue(bias: true),
      pointwise: PointwiseStage(outputChannels: pointwise, epilogue: epilogue))
  }

  /// A problem that differs from another by one in one extent.
  private mutating func neighbour(of past: ConvolutionOperation) -> ConvolutionOperation? {
    let changes = past.problem.neighbours
    return operation(oneIn(3) ? past.problem : pick(changes), pointwise: past.pointwise?.outputChannels)
  }
}

extension Padding {
  /// Top, bottom, left and right by number.
  fileprivate subscript(side side: Int) -> Int {
    get { [top, bottom, left, right][side] }
    set {
      var sides = [top, bottom, left, right]
      sides[side] = newValue
      self = Padding(top: sides[0], left: sides[2], bottom: sides[1], right: sides[3])
    }
  }
}
