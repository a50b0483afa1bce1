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
      let outputs = id.variant == "f2x3" ? 2 : 4
      let points = Double((outputs + 2) * (outputs + 2))
      let tiles =
        Double(problem.batch) * (Double(problem.outputHeight) / Double(outputs)).rounded(.up)
        * (Double(problem.outputWidth) / Double(outputs)).rounded(.up)
      let input = Double(problem.inputChannels)
      let output = Double(problem.outputChannels)
      // Products, and per tile and channel some eight operations a point for either transform; where the transformed weights
      // are read for few tiles, their way from memory counts more than the arithmetic.
      return 1.15 * tiles * points * input * output + 10 * tiles * points * (input + output)
        + 12 * points * input * output
    default: return .infinity
    }
  }
}
