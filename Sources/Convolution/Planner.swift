import ConvolutionKernels
import ConvolutionModel
import RegisterTiles

/// Picks a kernel for an operation without measuring anything.
public enum Planner {
  /// A kernel that could run an operation, and what the planner expects of it.
  public struct Candidate: Sendable {
    /// The kernel.
    public let kernel: any ConvolutionKernel
    /// Expected cost, in multiply-adds of the direct sum at full speed: what the kernel's own arithmetic, its transforms and
    /// the unused parts of its tiles amount to.
    public let cost: Double
  }

  /// The kernels of the best instruction set that can run an operation, the cheapest first.
  public static func candidates(for operation: ConvolutionOperation, layout: TensorLayout) -> [Candidate] {
    KernelRegistry.all.filter { kernel in
      kernel.id.layout == layout && kernel.id.isa ?? .best == .best && kernel.availability == .available
        && kernel.support(for: operation).isSupported
    }
    .map { Candidate(kernel: $0, cost: cost(of: $0.id, operation)) }
    .sorted { $0.cost < $1.cost }
  }

  /// Expected cost of a kernel family on an operation.
  private static func cost(of id: KernelID, _ operation: ConvolutionOperation) -> Double {
    let problem = operation.problem
    let macs = Double(operation.multiplyAdds)
    let lanes = Double(InstructionSet.best.lanes)
    // Tiles are whole vectors along channels (NHWC) or pixels (NCHW).
    func waste(_ count: Int) -> Double { (Double(count) / lanes).rounded(.up) * lanes / Double(count) }
    let vectorWaste = waste(id.layout == .nhwc ? problem.outputChannelsPerGroup : problem.outputPixels)
    switch id.family {
    case "naive": return macs * lanes * 8
    case "depthwise": return macs * 2
    case "separable":
      let pointwise = operation.pointwiseProblem?.multiplyAdds ?? 0
      return Double(problem.multiplyAdds) * 2 + Double(pointwise)
    case "direct":
      // On NCHW each input value is packed for every tap, which only several output channels make up for.
      let packing = id.layout == .nchw ? 4 / Double(problem.outputChannelsPerGroup) : 0
      return macs * (vectorWaste + packing)
    case "im2col":
      // The package's own product stands for them all: a library's speed isn't known without measuring.
      let copies =
        Double(problem.outputShape.count) / Double(problem.outputChannels)
        * Double(problem.inputChannelsPerGroup * problem.taps * problem.groups)
      return macs * vectorWaste * (id.variant == "own" ? 1.02 : 1.1) + 8 * copies
    case "winograd":
      // "f4x3": four outputs of a filter with three taps.
      let outputs = id.variant.flatMap { Int($0.dropFirst().prefix { $0 != "x" }) } ?? 2
      let points = Double((outputs + 2) * (outputs + 2))
      let tiles =
        Double(problem.batch) * (Double(problem.outputHeight) / Double(outputs)).rounded(.up)
        * (Double(problem.outputWidth) / Double(outputs)).rounded(.up)
      let input = Double(problem.inputChannels)
      let output = Double(problem.outputChannels)
      let products = 1.12 * tiles * points * input * output
      // The transformed weights are read once for each block of tiles, from the third-level cache while they fit there,
      // which mostly goes on while others are multiplied.
      let weights = points * input * output
      let weightTime = (tiles / 56).rounded(.up) * weights * (4 * weights > 24e6 ? 32 : 13)
      let transforms = 13 * tiles * points * (input + output)
      // On NCHW pixels are gathered and scattered one by one.
      let scatter = id.layout == .nchw ? 3 * transforms : 0
      let cost = max(products, weightTime) + 0.4 * min(products, weightTime) + transforms + scatter
      // Of two that take about as long, the one that errs less.
      return outputs > 4 ? 1.1 * cost : cost
    default: return .infinity
    }
  }
}
