import ConvolutionKernels
import ConvolutionModel
import Testing
import Verification

@Suite struct StageTests {
  /// Odd sizes, so that every kernel has edges, and more than one block of Winograd's tiles.
  private static func operations() throws -> [ConvolutionOperation] {
    let dense = try ConvolutionProblem(channels: 5, height: 23, width: 21, filters: 7, kernel: 3, padding: .same)
    let depthwise = try ConvolutionProblem(
      channels: 6, height: 9, width: 11, filters: 6, kernel: 3, padding: .same, groups: 6)
    return [
      ConvolutionOperation(dense, epilogue: Epilogue(bias: true, residual: true, activation: .relu)),
      try ConvolutionOperation(
        depthwise, epilogue: Epilogue(bias: true, activation: .relu6), pointwise: PointwiseStage(outputChannels: 9)),
    ]
  }

  @Test func watchedRunsGiveTheSameBitsAndEveryStageEnds() throws {
    var families: Set<String> = []
    for operation in try Self.operations() {
      let subject = VerificationSubject(operation, blockEdges: [], options: VerificationOptions(guardPages: false))
      // It owns the memory that its pointers point to.
      defer { withExtendedLifetime(subject) {} }
      for kernel in KernelRegistry.all
      where kernel.availability == .available && kernel.support(for: operation).isSupported {
        for threads in [1, 2] {
          let plan = try ConvolutionPlan(operation, kernel: kernel, parameters: subject.parameters, threads: threads)
          let input = subject.input(for: kernel.id.layout)
          let residual = subject.residual(for: kernel.id.layout)
          let count = operation.outputShape.count
          let usual = AlignedBuffer<Float>(count: count, repeating: .nan)
          let watched = AlignedBuffer<Float>(count: count, repeating: .nan)
          let workspace = AlignedBuffer<UInt8>(count: max(64, plan.workspaceBytes), repeating: 0xff)
          try plan.run(input: input, residual: residual, output: usual.elements)
          var now: UInt64 = 0
          let watch = StageTimes {
            now += 1
            return now
          }
          try plan.run(
            input: input, residual: residual, output: watched.elements,
            workspace: UnsafeMutableRawBufferPointer(workspace.elements), stages: watch)
          #expect(usual.elements.elementsEqual(watched.elements), "\(kernel.id) on \(operation), \(threads) threads")
          #expect(Set(watch.nanoseconds.keys) == Set(plan.stages), "\(kernel.id)")
          // One tick a lap: no stage is counted twice.
          #expect(watch.nanoseconds.values.reduce(0, +) == Double(watch.laps))
          if !plan.stages.isEmpty { families.insert(kernel.id.family) }
        }
      }
    }
    #expect(families == ["im2col", "winograd", "separable"])
  }
}
