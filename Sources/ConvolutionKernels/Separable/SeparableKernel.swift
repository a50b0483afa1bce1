import ConvolutionModel
import RegisterTiles
import Threading

/// A depthwise convolution and the pointwise one after it in one call: the depthwise result of a block of pixels goes straight
/// into the pointwise product and never to memory.
struct SeparableKernel: ConvolutionKernel {
  let layout: TensorLayout
  let isa: InstructionSet

  var id: KernelID { KernelID(family: "separable", layout: layout, isa: isa) }
  var availability: Availability { isa.availability }

  func support(for operation: ConvolutionOperation) -> Support {
    if operation.pointwise == nil {
      return .unsupported(reason: "no pointwise convolution follows; expected a depthwise and a pointwise one")
    }
    return operation.problem.depthwiseSupport
  }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] {
    let row = isa.widestRow * isa.lanes
    switch layout {
    case .nhwc:
      return [
        BlockEdge(.inputChannels, isa.lanes), BlockEdge(.inputChannels, row), BlockEdge(.outputChannels, isa.lanes),
        BlockEdge(.outputChannels, row), BlockEdge(.outputPixels, 6),
      ]
    case .nchw:
      return [
        BlockEdge(.outputWidth, isa.lanes), BlockEdge(.outputPixels, row), BlockEdge(.outputChannels, 6),
        BlockEdge(.outputChannels, 12),
      ]
    }
  }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    switch layout {
    case .nhwc: PreparedSeparableNHWC(operation, parameters: parameters, isa: isa, threads: threads)
    case .nchw: PreparedSeparableNCHW(operation, parameters: parameters, isa: isa, threads: threads)
    }
  }
}

private final class PreparedSeparableNHWC: PreparedKernel {
  /// The first half: by rows where its filter has a window, pixel by pixel otherwise.
  private enum Depthwise {
    case rows(DepthwiseRows)
    case pixels(DepthwiseNHWCStage)
  }

  private let depthwise: Depthwise
  private let isa: InstructionSet
  private let pointwise: ConvolutionProblem
  private let problem: ConvolutionProblem
  private let activation: Activation
  private let blocks: ColumnBlocks
  private let chunks: [ReductionChunk]
  private let weights: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>?
  private let threads: Int
  /// Parts that the pixels are cut into, none across two images by rows.
  private let parts: Int
  /// The most pixels of a part.
  private let pixelsPerPart: Int

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    let problem = operation.problem
    let pointwise = operation.pointwiseProblem!
    let blocks = ColumnBlocks(columns: pointwise.outputChannels, isa: isa)
    self.problem = problem
    self.isa = isa
    self.pointwise = pointwise
    self.blocks = blocks
    activation = operation.finalEpilogue.activation
    chunks = ReductionChunk.chunks(taps: 1, channels: pointwise.inputChannels, limit: 512)
    weights = PackedWeights.pack(parameters.pointwiseWeights!, pointwise, blocks, as: parameters.packed)
    bias = parameters.pointwiseBias.map { PackedWeights.packBias($0, pointwise, blocks, as: parameters.packed) }
    // Few pixels between the halves, which stay in the second-level cache; more where all weights are read for each part,
    // and whole images that fit: for them it's no less than one half after the other.
    let image = 4 * pointwise.inputChannels * pointwise.outputPixels
    let bytes = weights.count > 64 << 10 || image <= 512 << 10 ? 512 << 10 : 128 << 10
    let fitting = bytes / (4 * pointwise.inputChannels)
    let total = pointwise.batch * pointwise.outputPixels
    if let level = DepthwiseRows.level(operation, isa: isa) {
      depthwise = .rows(
        DepthwiseRows(
          problem, activation: operation.epilogue.activation, parameters: parameters, isa: level))
      let fittingRows = fitting / problem.outputWidth
      let tallest = DepthwiseRows.tallest(problem, level)
      let rows = max(
        1, min(fittingRows > tallest ? fittingRows / tallest * tallest : fittingRows, problem.outputHeight))
      // As many parts for each thread.
      let share = (threads + problem.batch - 1) / problem.batch
      let partsPerImage = ((problem.outputHeight + rows - 1) / rows + share - 1) / share * share
      let parts = min(partsPerImage, problem.outputHeight)
      self.parts = problem.batch * parts
      pixelsPerPart = (problem.outputHeight + parts - 1) / parts * problem.outputWidth
    } else {
      let stage = DepthwiseNHWCStage(
        problem, activation: operation.epilogue.activation, parameters: parameters, isa: isa)
      depthwise = .pixels(stage)
      let most = min(stage.pixelsPerBlock, max(12, fitting / 12 * 12))
      let threadsWithPixels = min(threads, max(1, total / 6))
      let parts = ((total + most - 1) / most + threadsWithPixels - 1) / threadsWithPixels * threadsWithPixels
      self.parts = min(parts, total)
      pixelsPerPart = (total + self.parts - 1) / self.parts
    }
    self.threads = min(threads, self.parts)
  }

  private var betweenBytes: Int { (4 * pixelsPerPart * pointwise.inputChannels + 63) & ~63 }
  private var rowBytes: Int { (MemoryLayout<Broadcasts>.stride * pixelsPerPart + 63) & ~63 }
  private var pointerBytes: Int {
    if case .pixels(let stage) = depthwise { stage.pointerBytes } else { 0 }
  }
  private var bytesPerThread: Int { 4 * TileBlock.scratchCount + betweenBytes + rowBytes + pointerBytes }
  var workspaceBytes: Int { threads * bytesPerThread }
  var packedWeightsBytes: Int {
    let own = 4 * (weights.count + (bias?.count ?? 0))
    return switch depthwise {
    case .rows(let rows): own + rows.packedBytes
    case .pixels(let stage): own + stage.packedBytes
    }
  }

  func run(_ arguments: RunArguments) {
    ThreadPool.shared.run(parts: threads) { thread in
      let workspace = arguments.workspace + thread * bytesPerThread
      for part in parts * thread / threads..<parts * (thread + 1) / threads {
        run(arguments, part: part, workspace, stages: nil)
      }
    }
  }

  let stages: [KernelStage] = [.depthwise, .multiply]

  func run(_ arguments: RunArguments, stages: StageTimes) {
    stages.restart()
    for part in 0..<parts { run(arguments, part: part, arguments.workspace, stages: stages) }
  }

  /// - Parameter stages: asked once a stage of a part: nothing beside the work of one.
  private func run(
    _ arguments: RunArguments, part: Int, _ workspace: UnsafeMutableRawPointer, stages: StageTimes?
  ) {
    let scratch = workspace.assumingMemoryBound(to: Float.self)
    let between = scratch + TileBlock.scratchCount
    let input = arguments.input.assumingMemoryBound(to: Float.self)
    let pixels: Range<Int>
    switch depthwise {
    case .rows(let rows):
      let perImage = parts / problem.batch
      let (image, index) = part.quotientAndRemainder(dividingBy: perImage)
      let first = problem.outputHeight * index / perImage
      let end = problem.outputHeight * (index + 1) / perImage
      rows.run(input + image * problem.inputImageCount, rows: first..<end, residual: nil, target: between)
      let row = image * problem.outputHeight
      pixels = (row + first) * problem.outputWidth..<(row + end) * problem.outputWidth
    case .pixels(let stage):
      let total = pointwise.batch * pointwise.outputPixels
      pixels = total * part / parts..<total * (part + 1) / parts
      stage.run(
        input, firstPixel: pixels.lowerBound, count: pixels.count, residual: nil, target: between,
        pointers: (workspace + 4 * TileBlock.scratchCount + betweenBytes + rowBytes)
          .assumingMemoryBound(to: Broadcasts.self))
    }
    stages?.end(.depthwise)
    multiply(
      arguments, pixels, between,
      (workspace + 4 * TileBlock.scratchCount + betweenBytes).assumingMemoryBound(to: Broadcasts.self), scratch)
    stages?.end(.multiply)
  }

  /// The second half of some pixels.
  private func multiply(
    _ arguments: RunArguments, _ pixels: Range<Int>, _ between: UnsafeMutablePointer<Float>,
    _ rows: UnsafeMutablePointer<Broadcasts>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let channels = pointwise.inputChannels
    for index in 0..<pixels.count { (rows + index).initialize(to: UnsafePointer(between) + index * channels) }
    let outputs = pointwise.outputChannels
    let output = arguments.output.assumingMemoryBound(to: Float.self) + pixels.lowerBound * outputs
    let residual = arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + pixels.lowerBound * outputs }
    for block in blocks {
      let width = block.vectors * isa.lanes
      for (index, chunk) in chunks.enumerated() {
        let isFirst = index == 0
        TileBlock(
          pointers: rows, pointerStride: 0, pixels: pixels.count, taps: 1, firstChannel: chunk.firstChannel,
          channels: chunk.channels,
          weights: weights.elements.baseAddress! + block.first * channels + chunk.firstChannel * width,
          weightsStride: width, nextWeights: chunk.channels * width, fetchesPixels: blocks.count == 1,
          vectors: block.vectors, columns: block.columns, target: output + block.first,
          targetStride: outputs, accumulates: !isFirst,
          columnBias: isFirst ? bias.map { UnsafePointer($0.elements.baseAddress!) + block.first } : nil,
          residual: isFirst ? residual.map { $0 + block.first } : nil,
          finishes: index == chunks.count - 1 && activation != .identity, low: activation.lowerBound,
          high: activation.upperBound, scratch: scratch
        ).run(isa)
      }
    }
  }
}

private final class PreparedSeparableNCHW: PreparedKernel {
  /// The first half: from staged planes where its filter is one of theirs, tap by tap otherwise.
  private enum Depthwise {
    case planes(DepthwisePlanes)
    case taps(DepthwiseNCHWStage)
  }

  private let depthwise: Depthwise
  private let problem: ConvolutionProblem
  private let isa: InstructionSet
  private let pointwise: ConvolutionProblem
  private let activation: Activation
  private let weights: AlignedBuffer<Float>
  private let weightRows: AlignedBuffer<Broadcasts>
  private let bias: AlignedBuffer<Float>?
  private let threads: Int

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    let pointwise = operation.pointwiseProblem!
    problem = operation.problem
    self.isa = isa
    rowsPerBlock = Self.rowsPerBlock(pointwise)
    if DepthwisePlanes.runs(problem, isa: isa) {
      depthwise = .planes(
        DepthwisePlanes(
          problem, epilogue: operation.epilogue, parameters: parameters, isa: isa, rows: rowsPerBlock))
    } else {
      depthwise = .taps(
        DepthwiseNCHWStage(
          problem, activation: operation.epilogue.activation, parameters: parameters, isa: isa))
    }
    self.pointwise = pointwise
    activation = operation.finalEpilogue.activation
    let weights = parameters.packed.copy(parameters.pointwiseWeights!, count: pointwise.weightCount)
    self.weights = weights
    weightRows = AlignedBuffer(
      (0..<pointwise.outputChannels).map {
        UnsafePointer(weights.elements.baseAddress!) + $0 * pointwise.inputChannels
      })
    bias = parameters.pointwiseBias.map { parameters.packed.copy($0, count: pointwise.outputChannels) }
    self.threads = min(threads, pointwise.batch * pointwise.outputHeight)
  }

  /// Output rows between the halves at once: few enough to stay in the second-level cache.
  private let rowsPerBlock: Int
  private static func rowsPerBlock(_ pointwise: ConvolutionProblem) -> Int {
    max(1, min(pointwise.outputHeight, (256 << 10) / (4 * pointwise.inputChannels * pointwise.outputWidth)))
  }
  /// Pixels of a channel between the halves, padded to full rows of register tiles.
  private var betweenStride: Int {
    let width = isa.widestRow * isa.lanes
    return (rowsPerBlock * pointwise.outputWidth + width - 1) / width * width
  }
  private var betweenBytes: Int { 4 * pointwise.inputChannels * betweenStride }
  private var depthwiseBytes: Int {
    switch depthwise {
    case .planes(let planes): planes.scratchBytes
    case .taps(let stage): stage.scratchBytes(rows: rowsPerBlock)
    }
  }
  private var bytesPerThread: Int { (4 * TileBlock.scratchCount + betweenBytes + depthwiseBytes + 63) & ~63 }
  var workspaceBytes: Int { threads * bytesPerThread }
  var packedWeightsBytes: Int {
    let own = 4 * (weights.count + (bias?.count ?? 0)) + 8 * weightRows.count
    return switch depthwise {
    case .planes(let planes): own + planes.packedBytes
    case .taps(let stage): own + stage.packedBytes
    }
  }

  func run(_ arguments: RunArguments) {
    let rows = pointwise.outputHeight
    let blocks = (rows + rowsPerBlock - 1) / rowsPerBlock * pointwise.batch
    let blocksPerImage = blocks / pointwise.batch
    ThreadPool.shared.run(parts: threads) { part in
      let workspace = arguments.workspace + part * bytesPerThread
      for block in blocks * part / threads..<blocks * (part + 1) / threads {
        let first = block % blocksPerImage * rowsPerBlock
        run(
          arguments, image: block / blocksPerImage, rows: first..<min(rows, first + rowsPerBlock), workspace,
          stages: nil)
      }
    }
  }

  let stages: [KernelStage] = [.depthwise, .multiply]

  func run(_ arguments: RunArguments, stages: StageTimes) {
    stages.restart()
    for image in 0..<pointwise.batch {
      for first in stride(from: 0, to: pointwise.outputHeight, by: rowsPerBlock) {
        run(
          arguments, image: image, rows: first..<min(pointwise.outputHeight, first + rowsPerBlock),
          arguments.workspace, stages: stages)
      }
    }
  }

  /// - Parameter stages: asked once a stage of a block: nothing beside the work of one.
  private func run(
    _ arguments: RunArguments, image: Int, rows: Range<Int>, _ workspace: UnsafeMutableRawPointer, stages: StageTimes?
  ) {
    let scratch = workspace.assumingMemoryBound(to: Float.self)
    let between = scratch + TileBlock.scratchCount
    let depthwiseScratch = (workspace + 4 * TileBlock.scratchCount + betweenBytes).assumingMemoryBound(to: Float.self)
    let input = arguments.input.assumingMemoryBound(to: Float.self) + image * problem.inputImageCount
    let pixels = rows.count * pointwise.outputWidth
    switch depthwise {
    case .planes(let planes):
      planes.prepare(depthwiseScratch)
      planes.run(
        input, channels: 0..<pointwise.inputChannels, rows: rows, residual: nil, target: between,
        targetPlane: betweenStride, scratch: depthwiseScratch)
    case .taps(let stage):
      stage.prepare(depthwiseScratch, rows: rows)
      for channel in 0..<pointwise.inputChannels {
        stage.run(
          input + channel * problem.inputHeight * problem.inputWidth, channel: channel, rows: rows, residual: nil,
          target: between + channel * betweenStride, targetStride: pointwise.outputWidth, scratch: depthwiseScratch)
      }
    }
    // Lanes beyond the last pixel are multiplied too, if never stored.
    for channel in 0..<pointwise.inputChannels where pixels < betweenStride {
      (between + (channel * betweenStride + pixels)).update(repeating: 0, count: betweenStride - pixels)
    }
    stages?.end(.depthwise)
    let first = image * pointwise.outputImageCount + rows.lowerBound * pointwise.outputWidth
    let output = arguments.output.assumingMemoryBound(to: Float.self) + first
    let residual = arguments.residual.map { $0.assumingMemoryBound(to: Float.self) + first }
    for block in ColumnBlocks(columns: pixels, isa: isa) {
      TileBlock(
        pointers: weightRows.elements.baseAddress!, pointerStride: 0, pixels: pointwise.outputChannels, taps: 1,
        firstChannel: 0, channels: pointwise.inputChannels, weights: between + block.first,
        weightsStride: betweenStride, vectors: block.vectors, columns: block.columns, target: output + block.first,
        targetStride: pointwise.outputPixels, accumulates: false,
        rowBias: bias.map { UnsafePointer($0.elements.baseAddress!) }, residual: residual.map { $0 + block.first },
        finishes: true, low: activation.lowerBound, high: activation.upperBound, scratch: scratch
      ).run(isa)
    }
    stages?.end(.multiply)
  }
}
