import ConvolutionModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The guarded memory of runs of one plan.
struct RunMemory {
  let input: GuardedBuffer
  let residual: GuardedBuffer?
  let output: GuardedBuffer
  let workspace: GuardedBuffer

  init(_ plan: ConvolutionPlan, isProtected: Bool) throws(CheckFailure) {
    let operation = plan.operation
    input = try .made(4 * operation.inputShape.count, alignment: 4, isProtected, "input")
    output = try .made(4 * operation.outputShape.count, alignment: 4, isProtected, "output")
    workspace = try .made(plan.workspaceBytes, alignment: 64, isProtected, "workspace")
    residual =
      operation.finalEpilogue.hasResidual
      ? try .made(4 * operation.outputShape.count, alignment: 4, isProtected, "residual") : nil
  }

  /// All buffers.
  var buffers: [GuardedBuffer] { [input, output, workspace] + (residual.map { [$0] } ?? []) }

  /// Places all buffers and poisons them.
  func place(_ placement: GuardedBuffer.Placement, workspaceFill: UInt8) {
    for buffer in buffers { buffer.place(placement) }
    memset(workspace.start, Int32(workspaceFill), workspace.byteCount)
  }
}
