import ConvolutionModel
import Measurement
import Synchronization

@testable import Convolution

/// A clock that stands still but for what kernels and packing add to it.
final class TestClock: Sendable {
  private let time = Mutex<UInt64>(1)
  var now: UInt64 { time.withLock { $0 } }
  func advance(milliseconds: Double) { time.withLock { $0 += UInt64(milliseconds * 1e6) } }
}

/// A kernel whose time, memory and error are what a test says; it writes nothing.
struct PlannedKernel: ConvolutionKernel {
  let id: KernelID
  let clock: TestClock
  var milliseconds = 1.0
  var packingMilliseconds = 0.0
  var workspaceBytes = 0
  var error = ErrorBound.directSummation

  init(_ family: String, variant: String? = nil, clock: TestClock, _ adjust: (inout PlannedKernel) -> Void = { _ in }) {
    id = KernelID(family: family, variant: variant, layout: .nhwc)
    self.clock = clock
    adjust(&self)
  }

  func support(for operation: ConvolutionOperation) -> Support { .supported }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
  func errorBound(for operation: ConvolutionOperation) -> ErrorBound { error }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    let weights: AlignedBuffer<Float> = parameters.packed.buffer(1) { target in
      target.initialize(repeating: 1)
      clock.advance(milliseconds: packingMilliseconds)
    }
    return Prepared(kernel: self, weights: weights)
  }

  private final class Prepared: PreparedKernel {
    let kernel: PlannedKernel
    let weights: AlignedBuffer<Float>
    init(kernel: PlannedKernel, weights: AlignedBuffer<Float>) {
      self.kernel = kernel
      self.weights = weights
    }
    var workspaceBytes: Int { kernel.workspaceBytes }
    var packedWeightsBytes: Int { 4 * weights.count }
    func run(_ arguments: RunArguments) { kernel.clock.advance(milliseconds: kernel.milliseconds) }
  }
}

/// A choice among kernels of a test, on a small 3×3 problem.
func choose(
  _ kernels: [PlannedKernel], _ options: PlanningOptions, threads: Int = 1
) throws -> (kernel: String, decision: PlanDecision) {
  let problem = try ConvolutionProblem(channels: 16, height: 12, width: 12, filters: 16, kernel: 3, padding: .same)
  let weights = AlignedBuffer<Float>(count: problem.weightCount, repeating: 1)
  let clock = kernels[0].clock
  let choice = try PlanningRun(
    operation: ConvolutionOperation(problem, epilogue: .none), layout: .nhwc,
    parameters: ConvolutionParameters(weights: UnsafeBufferPointer(weights.elements)), threads: threads,
    options: options, kernels: kernels, clock: { clock.now }
  ).choose()
  return (choice.kernel.id.description, choice.decision)
}
