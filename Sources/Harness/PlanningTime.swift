import Convolution
import ConvolutionModel
import Foundation
import Measurement

/// What planning every layer of some workloads takes, once, in a process that has planned nothing yet.
public struct PlanningTime: Sendable {
  /// Plans that were made: a layer that occurs several times has as many plans, each with weights of its own.
  public let plans: Int
  /// Bytes of the weights as they were given.
  public let weightBytes: Int
  /// Bytes of the packed weights.
  public let packedBytes: Int
  /// Nanoseconds until the kernels are known: libraries are looked for, once in a process.
  public let setupNanoseconds: Double
  /// Nanoseconds of choosing among them.
  public let choosingNanoseconds: Double
  /// Nanoseconds of packing, page faults included.
  public let packingNanoseconds: Double
  /// Pages that the system had to find memory for meanwhile.
  public let pageFaults: Int
  /// Bytes in huge pages by the end, of the whole process; nil where the system doesn't tell.
  public let hugePageBytes: Int?

  /// All of it.
  public var nanoseconds: Double { setupNanoseconds + choosingNanoseconds + packingNanoseconds }

  /// Plans everything and keeps the plans until the end.
  ///
  /// - Throws: ``ConvolutionError`` of the first operation that can't be planned.
  public init(
    _ workloads: [Workload], layout: TensorLayout, threads: Int, planning: PlanningOptions
  ) throws(ConvolutionError) {
    let layers = workloads.flatMap { workload in (0..<workload.count).map { _ in Layer(workload.operation) } }
    func choose(_ layers: some Sequence<Layer>) {
      for layer in layers {
        _ = Planner.candidates(for: layer.operation, layout: layout, weights: planning.weights, threads: threads)
      }
    }
    let faults = Self.pageFaults
    let start = MonotonicClock.nanoseconds()
    choose(layers.prefix(1))
    let known = MonotonicClock.nanoseconds()
    var plans: [ConvolutionPlan] = []
    for layer in layers {
      plans.append(
        try ConvolutionPlan(
          layer.operation, layout: layout, parameters: layer.parameters, threads: threads, planning: planning))
    }
    let planned = MonotonicClock.nanoseconds()
    pageFaults = Self.pageFaults - faults
    choose(layers)
    choosingNanoseconds = Double(MonotonicClock.nanoseconds() - planned)
    setupNanoseconds = Double(known - start)
    packingNanoseconds = max(0, Double(planned - known) - choosingNanoseconds)
    self.plans = plans.count
    weightBytes = layers.reduce(0) { $0 + $1.weightBytes }
    packedBytes = plans.reduce(0) { $0 + $1.packedWeightsBytes }
    hugePageBytes = withExtendedLifetime((plans, layers)) { Self.hugePageBytes }
  }

  /// Pages of this process that came without reading a file.
  private static var pageFaults: Int {
    var usage = rusage()
    // RUSAGE_SELF, whose type differs between systems.
    getrusage(0, &usage)
    return usage.ru_minflt
  }

  private static var hugePageBytes: Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("AnonHugePages:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
  }

  /// A layer with constants that were written to, as a network's are that was just read.
  private final class Layer {
    let operation: ConvolutionOperation
    let parameters: ConvolutionParameters
    private let constants: [AlignedBuffer<Float>?]
    var weightBytes: Int { constants.reduce(0) { $0 + 4 * ($1?.count ?? 0) } }

    init(_ operation: ConvolutionOperation) {
      self.operation = operation
      func buffer(_ count: Int?) -> AlignedBuffer<Float>? { count.map { AlignedBuffer(count: $0, repeating: 0.5) } }
      func view(_ buffer: AlignedBuffer<Float>?) -> UnsafeBufferPointer<Float>? {
        buffer.map { UnsafeBufferPointer($0.elements) }
      }
      let weights = AlignedBuffer<Float>(count: operation.problem.weightCount, repeating: 0.5)
      let bias = buffer(operation.epilogue.hasBias ? operation.problem.outputChannels : nil)
      let pointwise = buffer(operation.pointwiseProblem?.weightCount)
      let pointwiseBias = buffer(operation.pointwise.flatMap { $0.epilogue.hasBias ? $0.outputChannels : nil })
      constants = [weights, bias, pointwise, pointwiseBias]
      parameters = ConvolutionParameters(
        weights: UnsafeBufferPointer(weights.elements), bias: view(bias), pointwiseWeights: view(pointwise),
        pointwiseBias: view(pointwiseBias))
    }
  }
}
