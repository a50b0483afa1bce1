import ConvolutionModel

/// A kernel that does nothing: what is left of its time is the call.
struct EmptyKernel: ConvolutionKernel {
  let id: KernelID

  init(layout: TensorLayout) { id = KernelID(family: "empty", layout: layout) }

  func support(for operation: ConvolutionOperation) -> Support { .supported }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel { Prepared() }

  private final class Prepared: PreparedKernel {
    let workspaceBytes = 0
    let packedWeightsBytes = 0
    func run(_ arguments: RunArguments) {}
  }
}
