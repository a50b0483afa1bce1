import ConvolutionKernels
import ConvolutionModel
import Synchronization

/// A bug to plant into a right kernel.
enum Bug: String, CaseIterable, Sendable {
  case none
  // In the sums.
  case droppedTap, droppedLastChannel, flippedFilter, shiftedFilter, wrongGroup, coarseWeights, zeros
  // At the edges.
  case rightColumnRepeated, bottomRowUnwritten, lastChannelUnwritten, secondImageIsFirst, oneNaN
  // In the epilogue.
  case biasTwice, biasMissing, activationBeforeResidual, activationMissing, clampMissing, residualOfNextPixel
  // In the use of memory.
  case writesPastOutput, writesBeforeOutput, writesPastWorkspace, writesInput, writesResidual, writesWeights
  case readsPastInput, readsWorkspace, readsWeightsLate
  // From run to run.
  case runsOnce, repeatsFirstResult, lastBitChanges, threadsChangeBits
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

  func errorBound(for operation: ConvolutionOperation) -> ErrorBound { bound }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    if bug == .refusesToPlan { throw .invalidThreadCount(threads) }
    return try PreparedMutant(self, operation, parameters, threads)
  }
}

private final class PreparedMutant: PreparedKernel {
  let workspaceBytes = 100
  let packedWeightsBytes = 0
  private let bug: Bug
  private let layout: TensorLayout
  private let operation: ConvolutionOperation
  private let threads: Int
  private let sound: any PreparedKernel
  nonisolated(unsafe) private let callersWeights: UnsafePointer<Float>
  private let runs = Atomic(0)
  private let firstResult = Mutex<[Float]?>(nil)

  init(
    _ mutant: Mutant, _ operation: ConvolutionOperation, _ parameters: ConvolutionParameters, _ threads: Int
  ) throws(ConvolutionError) {
    bug = mutant.bug
    layout = mutant.layout
    self.operation = operation
    self.threads = threads
    callersWeights = parameters.weights.baseAddress!
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
    case .activationBeforeResidual: epilogue.hasResidual = false
    case .activationMissing: epilogue.activation = .identity
    case .clampMissing: if epilogue.activation == .relu6 { epilogue.activation = .relu }
    case .writesWeights: UnsafeMutablePointer(mutating: parameters.weights.baseAddress!)[0] += 1
    default: break
    }
    let naive = try KernelRegistry.kernel(named: "naive-\(layout.rawValue)")
    let storedWeights = AlignedBuffer<Float>(weights)
    let storedBias = AlignedBuffer<Float>(bias)
    sound = try naive.prepare(
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
    let soundResidual = bug == .activationBeforeResidual ? nil : arguments.residual
    sound.run(
      RunArguments(
        input: arguments.input, residual: soundResidual, output: arguments.output, workspace: arguments.workspace))
    mutate(output, before, run, arguments, input, workspace)
  }

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
    case .activationBeforeResidual: if let residual { for i in 0..<count { output[i] += residual[i] } }
    case .residualOfNextPixel:
      if let residual { for i in 0..<count - 1 { output[i] += residual[i + 1] - residual[i] } }
    case .writesPastOutput: output[count] = 1
    case .writesBeforeOutput: output[-1] = 1
    case .writesPastWorkspace: workspace[workspaceBytes / 4] = 1
    case .writesResidual: residual?[0] = 3
    case .readsPastInput: output[count - 1] += 0 * input[operation.inputShape.count]
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
