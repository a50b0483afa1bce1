import ConvolutionModel
import Synchronization

/// A kernel that does nothing to its output, or what it's told to; counts its runs.
final class TestKernel: ConvolutionKernel {
  let id: KernelID
  let availability: Availability
  let runs = Atomic<Int>(0)
  private let supportAnswer: Support
  private let inner: (any ConvolutionKernel)?
  private let work: @Sendable () -> Void

  /// - Parameters:
  ///   - inner: the kernel that does the work; nil for one that leaves its output as it was.
  ///   - work: what's done besides in every run.
  init(
    _ family: String, inner: (any ConvolutionKernel)? = nil, availability: Availability = .available,
    support: Support = .supported, work: @escaping @Sendable () -> Void = {}
  ) {
    id = KernelID(family: family, layout: inner?.id.layout ?? .nhwc)
    self.inner = inner
    self.availability = availability
    supportAnswer = support
    self.work = work
  }

  func support(for operation: ConvolutionOperation) -> Support { supportAnswer }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    let prepared = try inner?.prepare(operation, parameters: parameters, threads: threads)
    return PreparedTestKernel(inner: prepared) {
      self.runs.add(1, ordering: .relaxed)
      self.work()
    }
  }
}

private final class PreparedTestKernel: PreparedKernel {
  let inner: (any PreparedKernel)?
  let work: @Sendable () -> Void
  var workspaceBytes: Int { inner?.workspaceBytes ?? 0 }
  var packedWeightsBytes: Int { inner?.packedWeightsBytes ?? 0 }

  init(inner: (any PreparedKernel)?, work: @escaping @Sendable () -> Void) {
    self.inner = inner
    self.work = work
  }

  func run(_ arguments: RunArguments) {
    work()
    inner?.run(arguments)
  }
}
