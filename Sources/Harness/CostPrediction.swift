import ConvolutionModel
import Measurement

/// Foretells how long one run of a kernel takes, so that nobody waits for a slow one to find out that it's slow.
///
/// A kernel's nanoseconds a multiply-add come from what it already ran, or from a run on a small problem of the same kind.
/// That serves to tell a second from ten, no more.
struct CostPrediction {
  /// Operations up to this many multiply-adds are run without asking: even a nanosecond each is nothing there.
  static let askedAbove = 1 << 21

  private var nanosecondsPerMultiplyAdd: [String: Double] = [:]

  /// Remembers a run. The slowest counts: caches make large problems slower, never faster.
  mutating func learn(_ kernel: KernelID, _ operation: ConvolutionOperation, nanoseconds: Double) {
    let rate = nanoseconds / Double(max(1, operation.multiplyAdds))
    // The fixed cost of a call makes a tiny problem's rate mean nothing.
    if operation.multiplyAdds < Self.askedAbove / 64 { return }
    let key = kernel.description
    nanosecondsPerMultiplyAdd[key] = max(nanosecondsPerMultiplyAdd[key] ?? 0, rate)
  }

  /// Seconds that one run will take about; nil for small operations, and where the small problem couldn't be run either.
  mutating func seconds(
    _ kernel: any ConvolutionKernel, _ operation: ConvolutionOperation, threads: Int
  ) -> Double? {
    if operation.multiplyAdds <= Self.askedAbove { return nil }
    let key = kernel.id.description
    // Between us and a worker, a small problem takes what the conversation takes.
    if nanosecondsPerMultiplyAdd[key] == nil, !(kernel is ExternalKernel), let sample = operation.shrunk,
      let nanoseconds = Self.time(kernel, sample, threads: threads)
    {
      nanosecondsPerMultiplyAdd[key] = nanoseconds / Double(max(1, sample.multiplyAdds))
    }
    return nanosecondsPerMultiplyAdd[key].map { $0 * Double(operation.multiplyAdds) / 1e9 }
  }

  /// Nanoseconds of the second run on zeros.
  private static func time(
    _ kernel: any ConvolutionKernel, _ operation: ConvolutionOperation, threads: Int
  ) -> Double? {
    func zeros(_ count: Int?) -> AlignedBuffer<Float>? { count.map { AlignedBuffer(count: $0, repeating: 0) } }
    func view(_ buffer: AlignedBuffer<Float>?) -> UnsafeBufferPointer<Float>? {
      buffer.map { UnsafeBufferPointer($0.elements) }
    }
    let weights = AlignedBuffer<Float>(count: operation.problem.weightCount, repeating: 0)
    let bias = zeros(operation.epilogue.hasBias ? operation.problem.outputChannels : nil)
    let pointwiseWeights = zeros(operation.pointwiseProblem?.weightCount)
    let pointwiseBias = zeros(operation.pointwise.flatMap { $0.epilogue.hasBias ? $0.outputChannels : nil })
    let input = AlignedBuffer<Float>(count: operation.inputShape.count, repeating: 0)
    let residual = zeros(operation.finalEpilogue.hasResidual ? operation.outputShape.count : nil)
    let output = AlignedBuffer<Float>(count: operation.outputShape.count, repeating: 0)
    return withExtendedLifetime((weights, bias, pointwiseWeights, pointwiseBias, input, residual)) {
      do {
        let plan = try ConvolutionPlan(
          operation, kernel: kernel,
          parameters: ConvolutionParameters(
            weights: UnsafeBufferPointer(weights.elements), bias: view(bias),
            pointwiseWeights: view(pointwiseWeights), pointwiseBias: view(pointwiseBias)), threads: threads)
        var nanoseconds = 0.0
        for _ in 0..<2 {
          let start = MonotonicClock.nanoseconds()
          try plan.run(
            input: UnsafeBufferPointer(input.elements), residual: view(residual), output: output.elements)
          nanoseconds = Double(MonotonicClock.nanoseconds() - start)
        }
        return nanoseconds
      } catch {
        // Some kernels need more than the small problem has; then there is no prediction.
        return nil
      }
    }
  }
}

extension ConvolutionOperation {
  /// An operation of the same kind (filter, stride, dilation, grouping, epilogue) that is small in all its extents; nil
  /// where the smaller one isn't possible.
  var shrunk: ConvolutionOperation? {
    let p = problem
    let groups = p.isDepthwise ? min(p.groups, 64) : min(p.groups, 2)
    let outputHeight = min(p.outputHeight, 4)
    let outputWidth = min(p.outputWidth, 8)
    func input(_ outputs: Int, _ stride: Int, _ filter: Int, _ dilation: Int, _ padding: Int) -> Int {
      max(1, (outputs - 1) * stride + (filter - 1) * dilation + 1 - padding)
    }
    guard
      let small = try? ConvolutionProblem(
        inputChannels: groups * min(p.inputChannelsPerGroup, 32),
        inputHeight: input(
          outputHeight, p.strideHeight, p.filterHeight, p.dilationHeight, p.padding.top + p.padding.bottom),
        inputWidth: input(outputWidth, p.strideWidth, p.filterWidth, p.dilationWidth, p.padding.left + p.padding.right),
        outputChannels: groups * min(p.outputChannelsPerGroup, 32), filterHeight: p.filterHeight,
        filterWidth: p.filterWidth, strideHeight: p.strideHeight, strideWidth: p.strideWidth, padding: p.padding,
        dilationHeight: p.dilationHeight, dilationWidth: p.dilationWidth, groups: groups)
    else { return nil }
    let stage = pointwise.map {
      PointwiseStage(outputChannels: min($0.outputChannels, 64), epilogue: $0.epilogue)
    }
    return try? ConvolutionOperation(small, epilogue: epilogue, pointwise: stage, elementType: elementType)
  }
}
