import ConvolutionModel
import Measurement
import Verification

/// A verified kernel's plan with the time that it took to make and to run once.
struct TimedPlan {
  let plan: ConvolutionPlan
  let planNanoseconds: Double
  /// The worker's side, where the kernel is an external one.
  let external: PreparedExternalKernel?
  /// Of the first run: page faults and cold caches included.
  private(set) var firstRunNanoseconds = 0.0
  private let input: UnsafeBufferPointer<Float>

  /// Packs the weights of a subject. The subject must outlive the plan: the input is its memory.
  init(
    _ kernel: any ConvolutionKernel, subject: VerificationSubject, threads: Int
  ) throws(ConvolutionError) {
    let start = MonotonicClock.nanoseconds()
    plan = try ConvolutionPlan(
      subject.operation, kernel: kernel, parameters: subject.parameters, threads: threads)
    let elapsed = Double(MonotonicClock.nanoseconds() - start)
    external = plan.prepared as? PreparedExternalKernel
    planNanoseconds = external?.answer.nanoseconds ?? elapsed
    input = subject.input(for: kernel.id.layout)
  }

  /// Runs once and notes the time.
  mutating func runFirst(in memory: TimingMemory) throws(ConvolutionError) {
    let start = MonotonicClock.nanoseconds()
    try run(in: memory)
    firstRunNanoseconds = Double(MonotonicClock.nanoseconds() - start)
    if let external {
      guard let nanoseconds = external.runNanoseconds else {
        throw .unavailable(kernel: plan.kernelID.description, reason: "the worker failed")
      }
      firstRunNanoseconds = nanoseconds
    }
  }

  /// The sum that a residual is added to, in place: in a network the shortcut's tensor isn't needed any more, and libraries
  /// that offer this are timed so too. It grows from run to run, which changes no time.
  private func residual(in memory: TimingMemory) -> UnsafeBufferPointer<Float>? {
    plan.operation.epilogue.hasResidual ? UnsafeBufferPointer(memory.output.elements) : nil
  }

  /// Runs on the subject's data.
  func run(in memory: TimingMemory) throws(ConvolutionError) {
    try plan.run(
      input: input, residual: residual(in: memory), output: memory.output.elements,
      workspace: UnsafeMutableRawBufferPointer(memory.workspace.elements))
  }
}

extension TimedPlan {
  /// The memory of a run but for the packed weights.
  func memory(_ memory: TimingMemory) -> [UnsafeRawBufferPointer] {
    [
      UnsafeRawBufferPointer(input), UnsafeRawBufferPointer(memory.output.elements),
      UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory.workspace.elements).prefix(plan.workspaceBytes)),
    ]
  }

  /// Runs on the subject's data with a watch.
  func run(in memory: TimingMemory, stages: StageTimes) throws(ConvolutionError) {
    try plan.run(
      input: input, residual: residual(in: memory), output: memory.output.elements,
      workspace: UnsafeMutableRawBufferPointer(memory.workspace.elements), stages: stages)
  }
}

/// The output and the workspace that all plans of one workload write, one after another: in the caller's hands, aligned,
/// and as large as the neediest asks.
struct TimingMemory {
  let output: AlignedBuffer<Float>
  let workspace: AlignedBuffer<UInt8>

  init(_ operation: ConvolutionOperation, workspaceBytes: Int) {
    output = AlignedBuffer(count: operation.outputShape.count, repeating: 0)
    workspace = AlignedBuffer(count: max(1, workspaceBytes), repeating: 0)
  }
}
