import ConvolutionModel
import Measurement

/// What it costs to run a plan that does nothing.
public enum EmptyCall {
  /// Nanoseconds of a call; nil where the plan couldn't be made.
  public static func overheadNanoseconds() -> Double? {
    guard let problem = try? ConvolutionProblem(channels: 16, height: 8, width: 8, filters: 16, kernel: 1),
      let plan = try? ConvolutionPlan(
        ConvolutionOperation(problem, epilogue: .none), kernel: EmptyKernel(layout: .nhwc),
        parameters: ConvolutionParameters(
          weights: UnsafeBufferPointer(AlignedBuffer<Float>(count: problem.weightCount, repeating: 0).elements)))
    else { return nil }
    let input = AlignedBuffer<Float>(count: problem.inputShape.count, repeating: 0)
    let output = AlignedBuffer<Float>(count: problem.outputShape.count, repeating: 0)
    let workspace = AlignedBuffer<UInt8>(count: 64, repeating: 0)
    return try? CallOverhead.nanoseconds {
      try plan.run(
        input: UnsafeBufferPointer(input.elements), output: output.elements,
        workspace: UnsafeMutableRawBufferPointer(workspace.elements))
    }
  }
}
