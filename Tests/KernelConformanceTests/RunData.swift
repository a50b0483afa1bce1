import ConvolutionModel
import Verification

/// One operation with tensors to run it on and room to move them.
final class RunData: @unchecked Sendable {
  let operation: ConvolutionOperation
  private let constants: [AlignedBuffer<Float>?]
  private let input: AlignedBuffer<Float>
  private let residual: AlignedBuffer<Float>?

  /// Draws tensors.
  ///
  /// - Parameter isWhole: whether to draw whole numbers, whose sums are the same in every order.
  init(_ operation: ConvolutionOperation, isWhole: Bool, seed: UInt64) {
    self.operation = operation
    var generator = SplitMix64(seed: seed)
    let fill = isWhole ? Fill.integers(amplitude: 2, scale: 1, density: 1) : .reals(scale: 1)
    func buffer(_ count: Int?) -> AlignedBuffer<Float>? { count.map { fill.buffer(count: $0, &generator) } }
    let problem = operation.problem
    constants = [
      buffer(problem.weightCount), buffer(operation.epilogue.hasBias ? problem.outputChannels : nil),
      buffer(operation.pointwiseProblem?.weightCount),
      buffer(operation.pointwise?.epilogue.hasBias == true ? operation.outputShape.channels : nil),
    ]
    input = buffer(operation.inputShape.count)!
    residual = buffer(operation.finalEpilogue.hasResidual ? operation.outputShape.count : nil)
  }

  func plan(_ kernel: any ConvolutionKernel, threads: Int = 1) throws -> ConvolutionPlan {
    func view(_ index: Int) -> UnsafeBufferPointer<Float>? {
      constants[index].map { UnsafeBufferPointer($0.elements) }
    }
    return try ConvolutionPlan(
      operation, kernel: kernel,
      parameters: ConvolutionParameters(
        weights: view(0)!, bias: view(1), pointwiseWeights: view(2), pointwiseBias: view(3)), threads: threads)
  }

  /// How a run finds its memory.
  struct Placement {
    /// Floats by which each tensor lies off a cache line.
    var inputOffset = 0
    var outputOffset = 0
    /// Whether the residual is overwritten by the output.
    var isInPlace = false
    /// The byte that the caller's workspace is full of; nil to take the plan's.
    var workspaceFill: UInt8?
  }

  /// Runs a plan and returns the bits of the output.
  func run(_ plan: ConvolutionPlan, _ placement: Placement = Placement()) throws -> [UInt32] {
    let count = operation.outputShape.count
    let source = Self.moved(input, by: placement.inputOffset)
    let added = residual.map { Self.moved($0, by: placement.inputOffset + 1) }
    let target = AlignedBuffer<Float>(count: count + placement.outputOffset, repeating: .nan)
    let output = UnsafeMutableBufferPointer(rebasing: target.elements[placement.outputOffset...])
    let workspace = placement.workspaceFill.map { AlignedBuffer(count: plan.workspaceBytes, repeating: $0) }
    var addend = added.map { UnsafeBufferPointer(rebasing: $0.elements[(placement.inputOffset + 1)...]) }
    if placement.isInPlace, let residual = addend {
      _ = output.update(fromContentsOf: residual)
      addend = UnsafeBufferPointer(output)
    }
    try plan.run(
      input: UnsafeBufferPointer(rebasing: source.elements[placement.inputOffset...]), residual: addend,
      output: output,
      workspace: workspace.map { UnsafeMutableRawBufferPointer(start: $0.elements.baseAddress!, count: $0.count) })
    return withExtendedLifetime((source, added, workspace)) { output.map(\.bitPattern) }
  }

  private static func moved(_ buffer: AlignedBuffer<Float>, by offset: Int) -> AlignedBuffer<Float> {
    let moved = AlignedBuffer<Float>(count: buffer.count + offset, repeating: .nan)
    _ = UnsafeMutableBufferPointer(rebasing: moved.elements[offset...]).update(fromContentsOf: buffer.elements)
    return moved
  }
}
