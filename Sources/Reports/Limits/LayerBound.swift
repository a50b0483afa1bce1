import ConvolutionModel

/// The least time that a kernel's algorithm takes on a layer: the longest of what its arithmetic takes and what moving its
/// data takes, each as if all else came for free.
///
/// Caches are warm: everything comes from the nearest level that holds input, output and packed weights together.
public struct LayerBound: Sendable, Equatable {
  /// What one resource has to do.
  public struct Part: Sendable, Equatable, Encodable {
    /// Which: `multiply-adds`, `L3`, `transforms through L2`.
    public let name: String
    /// Nanoseconds.
    public let nanoseconds: Double
  }

  /// The parts, the longest first.
  public let parts: [Part]
  /// Nanoseconds of multiply-adds that are the algorithm's, without those of its transforms.
  public let productNanoseconds: Double
  /// Nanoseconds of the transforms' arithmetic; 0 where there are none.
  public let transformNanoseconds: Double

  /// The bound.
  public var nanoseconds: Double { parts.first?.nanoseconds ?? 0 }
  /// What binds.
  public var name: String { parts.first?.name ?? "" }

  /// Computes the bound; nil for a kernel of another program, whose algorithm isn't known, or with rates of nothing.
  ///
  /// - Parameters:
  ///   - packedWeightBytes: what the kernel's weights take; by default what they take in the tensor.
  ///   - threads: cores that share the work, each with first and second levels of its own; the measured rates of what
  ///     they share are counted once for each.
  public init?(
    _ operation: ConvolutionOperation, kernel: KernelID, packedWeightBytes: Int? = nil, threads: Int = 1,
    rates: MachineRates
  ) {
    guard let work = LayerWork(operation, kernel: kernel) else { return nil }
    let cores = Double(max(1, threads))
    let weights = packedWeightBytes.map(Double.init) ?? work.weightBytes
    let tensors = work.inputBytes + work.outputBytes
    guard let level = rates.level(holding: tensors / cores + weights) else { return nil }
    let arithmetic = rates.multiplyAdds * cores
    productNanoseconds = work.products / arithmetic
    transformNanoseconds = work.transforms / arithmetic
    var parts = [
      Part(name: "multiply-adds", nanoseconds: productNanoseconds + transformNanoseconds),
      // Each core reads all weights.
      Part(
        name: level.name,
        nanoseconds: (work.inputBytes / level.read + work.outputBytes / level.write) / cores + weights / level.read),
    ]
    if work.transformedBytes > 0, let second = rates.levels.first(where: { $0.name == "L2" }) {
      parts.append(
        Part(
          name: "transforms through L2",
          nanoseconds: work.transformedBytes * (1 / second.read + 1 / second.write) / cores))
    }
    self.parts = parts.sorted { $0.nanoseconds > $1.nanoseconds }
  }
}

/// What an algorithm does on a layer, counted.
struct LayerWork: Equatable {
  /// Multiply-adds of its products.
  var products: Double
  /// Additions and multiply-adds of its transforms.
  var transforms = 0.0
  /// Bytes that are read of the input, and of a residual.
  var inputBytes: Double
  /// Bytes that are written of the output.
  var outputBytes: Double
  /// Bytes of the weights, as the tensor has them.
  var weightBytes: Double
  /// Bytes between the transforms and the products, each written once and read once.
  var transformedBytes = 0.0

  init?(_ operation: ConvolutionOperation, kernel: KernelID) {
    let problem = operation.problem
    products = Double(operation.multiplyAdds)
    // Rows and columns that no tap meets aren't read; of a row in NCHW whole cache lines are.
    func read(_ filter: Int, _ stride: Int) -> Double { min(1, Double(filter) / Double(stride)) }
    inputBytes = 4 * Double(operation.inputShape.count) * read(problem.filterHeight, problem.strideHeight)
    if kernel.layout == .nhwc { inputBytes *= read(problem.filterWidth, problem.strideWidth) }
    outputBytes = 4 * Double(operation.outputShape.count)
    if operation.finalEpilogue.hasResidual { inputBytes += outputBytes }
    weightBytes = 4 * Double(problem.weightCount + (operation.pointwiseProblem?.weightCount ?? 0))
    switch kernel.family {
    case "naive", "direct", "depthwise", "separable": break
    case "im2col":
      if problem.taps > 1 {
        transformedBytes =
          4 * Double(problem.batch * problem.outputPixels * problem.inputChannels) * Double(problem.taps)
      }
    case "winograd":
      guard let variant = kernel.variant, let outputs = Int(variant.dropFirst().prefix { $0 != "x" }), 1...16 ~= outputs
      else { return nil }
      countWinograd(problem, outputs: outputs)
    default: return nil
    }
  }

  /// Winograd's F(m, r) in both directions, tiles at the edge counted in full.
  private mutating func countWinograd(_ problem: ConvolutionProblem, outputs: Int) {
    func tiles(_ extent: Int) -> Int { (extent + outputs - 1) / outputs }
    let tiles = Double(problem.batch * tiles(problem.outputHeight) * tiles(problem.outputWidth))
    let rows = Self.points(outputs: outputs, filter: problem.filterHeight, stride: problem.strideHeight)
    let columns = Self.points(outputs: outputs, filter: problem.filterWidth, stride: problem.strideWidth)
    let (inputs, sums) = (tiles * Double(problem.inputChannels), tiles * Double(problem.outputChannels))
    products = sums * Double(rows * columns * problem.inputChannelsPerGroup)
    // Points in pairs ±p, beside them 0 and infinity: the two of a pair share the even and the odd part of their sums.
    let pairs = outputs / 2
    let inputOperations = 2 * pairs * pairs + 2 * pairs
    let outputOperations = 2 * pairs + outputs * (pairs - 1) + 2
    transforms =
      inputs * Double((rows + columns) * inputOperations) + sums * Double((columns + outputs) * outputOperations)
    transformedBytes = 4 * (inputs + sums) * Double(rows * columns)
  }

  /// Products along one axis for `outputs` outputs: of a stride, the filter falls into as many filters of stride 1, each of
  /// which takes one product less than outputs and taps together.
  static func points(outputs: Int, filter: Int, stride: Int) -> Int {
    (0..<min(stride, filter)).reduce(0) { $0 + outputs + (filter - $1 + stride - 1) / stride - 1 }
  }
}
