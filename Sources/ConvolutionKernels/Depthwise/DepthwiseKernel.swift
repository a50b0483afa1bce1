import ConvolutionModel
import RegisterTiles
import Threading

/// Depthwise convolution: each channel has a filter of its own, and nothing is summed over channels.
struct DepthwiseKernel: ConvolutionKernel {
  let layout: TensorLayout
  let isa: InstructionSet

  var id: KernelID { KernelID(family: "depthwise", layout: layout, isa: isa) }
  var availability: Availability { isa.availability }

  func support(for operation: ConvolutionOperation) -> Support {
    guard operation.pointwise == nil else { return operation.supportWithoutPointwise }
    return operation.problem.depthwiseSupport
  }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] {
    if layout == .nhwc, let level = DepthwiseRows.level(operation, isa: isa) {
      return [
        BlockEdge(.inputChannels, level.lanes),
        BlockEdge(.inputChannels, DepthwiseRows.channelsAtOnce(operation.problem)),
        BlockEdge(.outputHeight, DepthwiseRows.tallest(operation.problem, level)),
        BlockEdge(.outputWidth, DepthwiseRows.columnsAtOnce(operation.problem, level)),
      ]
    }
    return switch layout {
    case .nhwc:
      [
        BlockEdge(.inputChannels, isa.lanes), BlockEdge(.inputChannels, isa.widestRow * isa.lanes),
        BlockEdge(.outputPixels, 6),
      ]
    case .nchw where DepthwisePlanes.runs(operation.problem, isa: isa):
      DepthwisePlanes.blocking(operation, isa: isa)
    case .nchw: [BlockEdge(.outputWidth, isa.lanes)]
    }
  }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    if layout == .nhwc, let level = DepthwiseRows.level(operation, isa: isa) {
      return PreparedDepthwiseRows(operation, parameters: parameters, isa: level, threads: threads)
    }
    return switch layout {
    case .nhwc: PreparedDepthwiseNHWC(operation, parameters: parameters, isa: isa, threads: threads)
    case .nchw where DepthwisePlanes.runs(operation.problem, isa: isa):
      PreparedDepthwisePlanes(operation, parameters: parameters, isa: isa, threads: threads)
    case .nchw: PreparedDepthwiseNCHW(operation, parameters: parameters, isa: isa, threads: threads)
    }
  }
}

extension ConvolutionProblem {
  /// Whether each output channel has one input channel of its own.
  var depthwiseSupport: Support {
    groups == inputChannels && groups == outputChannels
      ? .supported
      : .unsupported(
        reason: "\(inputChannels) input and \(outputChannels) output channels in \(groups) groups; "
          + "expected as many groups as channels of either")
  }
}

private final class PreparedDepthwiseRows: PreparedKernel {
  private let rows: DepthwiseRows
  private let threads: Int

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    rows = DepthwiseRows(
      operation.problem, activation: operation.epilogue.activation, parameters: parameters, isa: isa)
    self.threads = min(threads, operation.problem.batch * operation.problem.outputHeight)
  }

  let workspaceBytes = 0
  var packedWeightsBytes: Int { rows.packedBytes }

  func run(_ arguments: RunArguments) {
    let (input, residual, output) = arguments.floats
    let problem = rows.problem
    let height = problem.outputHeight
    let rowCount = problem.outputWidth * problem.outputChannels
    let total = problem.batch * height
    ThreadPool.shared.run(parts: threads) { part in
      var first = total * part / threads
      let end = total * (part + 1) / threads
      while first < end {
        let (image, row) = first.quotientAndRemainder(dividingBy: height)
        let count = min(height - row, end - first)
        rows.run(
          input + image * problem.inputImageCount, rows: row..<row + count,
          residual: residual.map { $0 + first * rowCount }, target: output + first * rowCount)
        first += count
      }
    }
  }
}

private final class PreparedDepthwiseNHWC: PreparedKernel {
  private let stage: DepthwiseNHWCStage
  private let threads: Int

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    stage = DepthwiseNHWCStage(
      operation.problem, activation: operation.epilogue.activation, parameters: parameters, isa: isa)
    self.threads = min(threads, operation.problem.batch * operation.problem.outputPixels)
  }

  var workspaceBytes: Int { threads * stage.pointerBytes }
  var packedWeightsBytes: Int { stage.packedBytes }

  func run(_ arguments: RunArguments) {
    let (input, residual, output) = arguments.floats
    let channels = stage.problem.outputChannels
    let pixels = stage.problem.batch * stage.problem.outputPixels
    ThreadPool.shared.run(parts: threads) { part in
      let pointers = (arguments.workspace + part * stage.pointerBytes).assumingMemoryBound(to: Broadcasts.self)
      let end = pixels * (part + 1) / threads
      var first = pixels * part / threads
      while first < end {
        let count = min(stage.pixelsPerBlock, end - first)
        stage.run(
          input, firstPixel: first, count: count, residual: residual.map { $0 + first * channels },
          target: output + first * channels, pointers: pointers)
        first += count
      }
    }
  }
}

private final class PreparedDepthwiseNCHW: PreparedKernel {
  private let stage: DepthwiseNCHWStage
  private let threads: Int

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    stage = DepthwiseNCHWStage(
      operation.problem, activation: operation.epilogue.activation, parameters: parameters, isa: isa)
    self.threads = min(threads, operation.problem.batch * operation.problem.outputChannels)
  }

  private var bytesPerThread: Int { stage.scratchBytes(rows: stage.problem.outputHeight) }
  var workspaceBytes: Int { threads * bytesPerThread }
  var packedWeightsBytes: Int { stage.packedBytes }

  func run(_ arguments: RunArguments) {
    let (input, residual, output) = arguments.floats
    let problem = stage.problem
    let planes = problem.batch * problem.outputChannels
    ThreadPool.shared.run(parts: threads) { part in
      let scratch = (arguments.workspace + part * bytesPerThread).assumingMemoryBound(to: Float.self)
      stage.prepare(scratch, rows: 0..<problem.outputHeight)
      for plane in planes * part / threads..<planes * (part + 1) / threads {
        stage.run(
          input + plane * problem.inputHeight * problem.inputWidth, channel: plane % problem.outputChannels,
          rows: 0..<problem.outputHeight, residual: residual.map { $0 + plane * problem.outputPixels },
          target: output + plane * problem.outputPixels, targetStride: problem.outputWidth, scratch: scratch)
      }
    }
  }
}

private final class PreparedDepthwisePlanes: PreparedKernel {
  private let planes: DepthwisePlanes
  private let threads: Int

  init(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, isa: InstructionSet, threads: Int) {
    planes = DepthwisePlanes(
      operation.problem, epilogue: operation.epilogue, parameters: parameters, isa: isa,
      rows: operation.problem.outputHeight)
    self.threads = min(threads, operation.problem.batch * operation.problem.outputChannels)
  }

  var workspaceBytes: Int { threads * planes.scratchBytes }
  var packedWeightsBytes: Int { planes.packedBytes }

  func run(_ arguments: RunArguments) {
    let (input, residual, output) = arguments.floats
    let problem = planes.problem
    let channels = problem.outputChannels
    let total = problem.batch * channels
    ThreadPool.shared.run(parts: threads) { part in
      let scratch = (arguments.workspace + part * planes.scratchBytes).assumingMemoryBound(to: Float.self)
      planes.prepare(scratch)
      var first = total * part / threads
      let end = total * (part + 1) / threads
      while first < end {
        let (image, channel) = first.quotientAndRemainder(dividingBy: channels)
        let count = min(channels - channel, end - first)
        planes.run(
          input + image * problem.inputImageCount, channels: channel..<channel + count,
          rows: 0..<problem.outputHeight, residual: residual.map { $0 + first * problem.outputPixels },
          target: output + first * problem.outputPixels, targetPlane: problem.outputPixels, scratch: scratch)
        first += count
      }
    }
  }
}
