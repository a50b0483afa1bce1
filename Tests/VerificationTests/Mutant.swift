import ConvolutionModel
import Synchronization

@testable import ConvolutionKernels

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A bug to plant into a right kernel.
enum Bug: String, CaseIterable, Sendable {
  case none
  // In the sums.
  case droppedTap, droppedLastChannel, flippedFilter, transposedFilter, shiftedFilter, wrongGroup, coarseWeights, zeros
  case perturbedTransform, flushesDenormals, swallowsNaN, boundsInfinity, roundsSumsToHalf
  // At the edges.
  case rightColumnRepeated, bottomRowUnwritten, lastChannelUnwritten, secondImageIsFirst, oneNaN
  case lastTileOfColumnsRepeated, paddingReadsNextPixel, channelsSwapped
  // In the epilogue.
  case biasTwice, biasMissing, biasOfNextChannel, activationBeforeResidual, activationMissing, clampMissing
  case residualOfNextPixel, residualMissing
  // In the use of memory.
  case writesPastOutput, writesBeforeOutput, writesPastWorkspace, writesInput, writesResidual, writesWeights
  case readsPastInput, readsBeforeInput, readsVectorPastInput, readsPastResidual, readsPastWeights, readsPastPacked
  case readsWorkspace, readsWeightsLate, readsPastWorkspace
  case writesVectorPastOutput, writesPacked, writesFarPastOutput
  // From run to run.
  case runsOnce, repeatsFirstResult, lastBitChanges, threadsChangeBits, addressChangesBits, sharesScratch
  // In planning.
  case refusesToPlan
}

/// The naive kernel with a planted bug.
struct Mutant: ConvolutionKernel {
  let bug: Bug
  var layout = TensorLayout.nchw
  var bound = ErrorBound.directSummation

  var id: KernelID { KernelID(family: "mutant", variant: bug.rawValue, layout: layout) }

  func support(for operation: ConvolutionOperation) -> Support {
    operation.pointwise == nil ? .supported : .unsupported(reason: "mutants have a single stage")
  }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [BlockEdge(.outputWidth, 4)] }

  func errorBound(for operation: ConvolutionOperation) -> ErrorBound {
    bug == .perturbedTransform ? Self.transforming.errorBound(for: operation) : bound
  }

  /// A kernel whose transforms have one coefficient that's wrong by a thousandth.
  fileprivate static let transforming = WinogradKernel(
    variant: WinogradVariant.f2x3.perturbed(by: 1e-3)[0].variant, layout: .nhwc, isa: .baseline)

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    if bug == .refusesToPlan { throw .invalidThreadCount(threads) }
    return try PreparedMutant(self, operation, parameters, threads)
  }
}

private final class PreparedMutant: PreparedKernel {
  var workspaceBytes: Int { max(100, sound.workspaceBytes) }
  let packedWeightsBytes = 0
  private let bug: Bug
  private let layout: TensorLayout
  private let operation: ConvolutionOperation
  private let threads: Int
  private let sound: any PreparedKernel
  nonisolated(unsafe) private let callersWeights: UnsafePointer<Float>
  private let runs = Atomic(0)
  private let firstResult = Mutex<[Float]?>(nil)
  private let packed: AlignedBuffer<Float>
  private let scratch: AlignedBuffer<Float>

  init(
    _ mutant: Mutant, _ operation: ConvolutionOperation, _ parameters: ConvolutionParameters, _ threads: Int
  ) throws(ConvolutionError) {
    bug = mutant.bug
    layout = mutant.layout
    self.operation = operation
    self.threads = threads
    callersWeights = parameters.weights.baseAddress!
    scratch = AlignedBuffer(count: operation.outputShape.count, repeating: 0)
    let problem = operation.problem
    let (channels, taps) = (problem.inputChannelsPerGroup, problem.taps)
    var weights = Array(parameters.weights)
    var bias = parameters.bias.map(Array.init) ?? []
    var epilogue = operation.epilogue
    switch bug {
    case .droppedTap: for i in weights.indices where i % taps == taps - 1 { weights[i] = 0 }
    case .droppedLastChannel:
      for i in weights.indices where i / taps % channels == channels - 1 { weights[i] = 0 }
    case .flippedFilter:
      for i in weights.indices { weights[i] = parameters.weights[i / taps * taps + taps - 1 - i % taps] }
    case .transposedFilter:
      let edge = problem.filterHeight
      for i in weights.indices where problem.filterWidth == edge {
        weights[i] = parameters.weights[i / taps * taps + i % edge * edge + i % taps / edge]
      }
    case .shiftedFilter:
      for i in weights.indices { weights[i] = parameters.weights[i / taps * taps + (i + 1) % taps] }
    case .wrongGroup:
      let share = weights.count / problem.groups
      for i in weights.indices { weights[i] = parameters.weights[(i + share) % weights.count] }
    case .coarseWeights:
      // 10 bits of significand, half precision's: every small whole number is among them.
      for i in weights.indices { weights[i] = Float(bitPattern: (weights[i].bitPattern &+ 0x1000) & 0xFFFF_E000) }
    case .biasTwice: for i in bias.indices { bias[i] *= 2 }
    case .biasMissing: for i in bias.indices { bias[i] = 0 }
    case .biasOfNextChannel: bias = bias.indices.map { parameters.bias![($0 + 1) % bias.count] }
    case .activationBeforeResidual, .residualMissing: epilogue.hasResidual = false
    case .activationMissing: epilogue.activation = .identity
    case .clampMissing: if epilogue.activation == .relu6 { epilogue.activation = .relu }
    case .readsPastWeights: Self.touch(parameters.weights.baseAddress! + weights.count)
    case .writesWeights: UnsafeMutablePointer(mutating: parameters.weights.baseAddress!)[0] += 1
    default: break
    }
    var kernel = try KernelRegistry.kernel(named: "naive-\(layout.rawValue)")
    // It has no groups, which one of the operations does.
    if bug == .perturbedTransform, problem.groups == 1 {
      kernel = WinogradKernel(variant: Mutant.transforming.variant, layout: layout, isa: .baseline)
    }
    let storedWeights = AlignedBuffer<Float>(weights)
    let storedBias = AlignedBuffer<Float>(bias)
    packed = parameters.packed.copy(UnsafeBufferPointer(storedWeights.elements), count: weights.count)
    sound = try kernel.prepare(
      ConvolutionOperation(problem, epilogue: epilogue),
      parameters: ConvolutionParameters(
        weights: UnsafeBufferPointer(storedWeights.elements),
        bias: epilogue.hasBias ? UnsafeBufferPointer(storedBias.elements) : nil),
      threads: 1)
  }

  func run(_ arguments: RunArguments) {
    let output = arguments.output.assumingMemoryBound(to: Float.self)
    let input = UnsafeMutablePointer(mutating: arguments.input.assumingMemoryBound(to: Float.self))
    let workspace = arguments.workspace.assumingMemoryBound(to: Float.self)
    let count = operation.outputShape.count
    let before = Array(UnsafeBufferPointer(start: output, count: count))
    let run = runs.add(1, ordering: .relaxed).oldValue

    if bug == .runsOnce, run > 1 { return }
    if bug == .writesInput { input[0] += 1 }
    let soundResidual = [.activationBeforeResidual, .residualMissing].contains(bug) ? nil : arguments.residual
    sound.run(
      RunArguments(
        input: arguments.input, residual: soundResidual, output: arguments.output, workspace: arguments.workspace))
    mutate(output, before, run, arguments, input, workspace)
  }

  /// Reads a float that has no effect on the result. It's kept where others might look, or an optimizer would leave it out.
  private static func touch(_ place: UnsafePointer<Float>) {
    lastTouched.store(place.pointee.bitPattern, ordering: .relaxed)
  }
  private static let lastTouched = Atomic<UInt32>(0)

  /// Spoils a right result.
  private func mutate(
    _ output: UnsafeMutablePointer<Float>, _ before: [Float], _ run: Int, _ arguments: RunArguments,
    _ input: UnsafeMutablePointer<Float>, _ workspace: UnsafeMutablePointer<Float>
  ) {
    let shape = operation.outputShape
    let count = shape.count
    func each(_ change: (_ n: Int, _ k: Int, _ y: Int, _ x: Int, _ position: Int) -> Void) {
      for n in 0..<shape.batch {
        for k in 0..<shape.channels {
          for y in 0..<shape.height {
            for x in 0..<shape.width { change(n, k, y, x, at(n, k, y, x)) }
          }
        }
      }
    }
    func at(_ n: Int, _ k: Int, _ y: Int, _ x: Int) -> Int {
      layout.offset(shape, batch: n, channel: k, row: y, column: x)
    }
    let residual = arguments.residual.map {
      UnsafeMutablePointer(mutating: $0.assumingMemoryBound(to: Float.self))
    }
    switch bug {
    case .zeros: for i in 0..<count { output[i] = 0 }
    case .rightColumnRepeated:
      each { n, k, y, x, i in if x == shape.width - 1 { output[i] = output[at(n, k, y, x - 1)] } }
    case .bottomRowUnwritten: each { _, _, y, _, i in if y == shape.height - 1 { output[i] = before[i] } }
    case .lastChannelUnwritten: each { _, k, _, _, i in if k == shape.channels - 1 { output[i] = before[i] } }
    case .secondImageIsFirst: each { n, k, y, x, i in if n == 1 { output[i] = output[at(0, k, y, x)] } }
    case .oneNaN: output[count / 2] = .nan
    case .lastTileOfColumnsRepeated:
      // A remainder of a tile's four columns, written with what the tile before has there.
      let rest = shape.width % 4
      each { n, k, y, x, i in if x >= shape.width - rest && x >= 4 { output[i] = output[at(n, k, y, x - 4)] } }
    case .paddingReadsNextPixel:
      // The column left of the image is the end of the row before: garbage where there should be zeros.
      each { n, k, y, x, i in if x == 0 && y > 0 { output[i] += 0.5 * input[y] } }
    case .channelsSwapped:
      each { n, k, y, x, i in
        if k % 2 == 1 {
          let other = at(n, k - 1, y, x)
          (output[i], output[other]) = (output[other], output[i])
        }
      }
    case .flushesDenormals: for i in 0..<count where output[i].isSubnormal { output[i] = 0 }
    case .swallowsNaN: for i in 0..<count where output[i].isNaN { output[i] = 0 }
    case .boundsInfinity:
      for i in 0..<count where output[i].isInfinite { output[i] = output[i] < 0 ? -1e38 : 1e38 }
    case .roundsSumsToHalf:
      // Sums of 12 bits: every small whole number is among them.
      for i in 0..<count where output[i].isFinite {
        output[i] = Float(bitPattern: (output[i].bitPattern &+ 0x800) & 0xFFFF_F000)
      }
    case .activationBeforeResidual: if let residual { for i in 0..<count { output[i] += residual[i] } }
    case .residualOfNextPixel:
      if let residual { for i in 0..<count - 1 { output[i] += residual[i + 1] - residual[i] } }
    case .writesPastOutput: output[count] = 1
    case .writesBeforeOutput: output[-1] = 1
    case .writesPastWorkspace: workspace[workspaceBytes / 4] = 1
    case .writesResidual: residual?[0] = 3
    case .readsPastInput: Self.touch(input + operation.inputShape.count)
    case .readsBeforeInput: Self.touch(input - 1)
    case .readsVectorPastInput: Self.touch(input + operation.inputShape.count + 15)
    case .readsPastResidual: if let residual { Self.touch(residual + count) }
    case .readsPastPacked: Self.touch(packed.elements.baseAddress! + (packed.count + 15) / 16 * 16)
    case .readsPastWorkspace: Self.touch(workspace + (workspaceBytes + 63) / 64 * 16)
    case .writesVectorPastOutput: for i in 0..<16 { output[count + i] = 0 }
    case .writesFarPastOutput: output[count + 1 << 20] = 0
    case .writesPacked: packed.elements[0] = 0
    case .addressChangesBits:
      if UInt(bitPattern: output) % 64 != 0 { each { _, _, _, _, i in output[i] = output[i].nextUp } }
    case .sharesScratch:
      // Runs at the same time share what should be each run's own.
      for i in 0..<count { scratch[i] = output[i] }
      usleep(2000)
      for i in 0..<count { output[i] = scratch[i] }
    case .readsWorkspace: output[0] += 0x1p-80 * workspace[0]
    case .readsWeightsLate: output[0] += 0 * callersWeights[0]
    case .repeatsFirstResult:
      firstResult.withLock { first in
        if let first {
          for i in 0..<count { output[i] = first[i] }
        } else {
          first = Array(UnsafeBufferPointer(start: output, count: count))
        }
      }
    case .lastBitChanges: if run % 2 == 0 { each { _, _, _, _, i in output[i] = output[i].nextUp } }
    case .threadsChangeBits: if threads > 1 { each { _, _, _, _, i in output[i] = output[i].nextUp } }
    default: break
    }
  }
}
