import ConvolutionModel
import MatrixMultiplication
import RegisterTiles
import Threading

/// Convolution as a matrix product: the input values of every output pixel are laid out as a matrix, which is multiplied with
/// the weights by any GEMM. A 1×1 filter that visits every pixel needs no such matrix.
struct Im2colKernel: ConvolutionKernel {
  let gemm: any GEMM
  let layout: TensorLayout
  /// The instruction set of the package's own GEMM; libraries choose theirs.
  let isa: InstructionSet?

  var id: KernelID { KernelID(family: "im2col", variant: gemm.name, layout: layout, isa: isa) }
  var availability: Availability { gemm.unavailableReason.map { .unavailable(reason: $0) } ?? .available }
  var implementationDetail: String? { gemm.coreType }

  func support(for operation: ConvolutionOperation) -> Support {
    guard operation.pointwise == nil else { return operation.supportWithoutPointwise }
    let shape = Im2colShape(operation.problem, layout: layout)
    return gemm.support(m: shape.m, n: shape.n, k: shape.k, leadingDimension: shape.largestLeadingDimension)
  }

  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] {
    let lanes = isa?.lanes ?? 16
    let widest = isa?.widestRow ?? 4
    let (rows, columns): (BlockEdge.Dimension, BlockEdge.Dimension) =
      layout == .nhwc ? (.outputPixels, .outputChannels) : (.outputChannels, .outputPixels)
    return [
      BlockEdge(columns, lanes), BlockEdge(columns, widest * lanes), BlockEdge(rows, 6), BlockEdge(rows, 12),
      BlockEdge(.outputPixels, Im2colShape.pixelsPerBlock(operation.problem)),
    ]
  }

  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    PreparedIm2col(
      operation, parameters: parameters, gemm: gemm, layout: layout, isa: isa ?? .best, threads: threads)
  }
}

/// The matrix product that a group of a problem becomes, a block of pixels at a time.
struct Im2colShape {
  /// Rows of the product: pixels in NHWC, output channels in NCHW.
  let m: Int
  /// Columns: output channels in NHWC, pixels in NCHW.
  let n: Int
  /// The length of the sums.
  let k: Int
  /// The largest of the leading dimensions.
  let largestLeadingDimension: Int

  /// Pixels whose matrix is laid out at once: about 2 MB of it, and whole images where they are small.
  static func pixelsPerBlock(_ problem: ConvolutionProblem) -> Int {
    let depth = problem.inputChannelsPerGroup * problem.taps
    return max(1, min(problem.outputPixels, max(192, (1 << 19) / depth)))
  }

  init(_ problem: ConvolutionProblem, layout: TensorLayout) {
    let pixels = Self.pixelsPerBlock(problem)
    k = problem.inputChannelsPerGroup * problem.taps
    m = layout == .nhwc ? pixels : problem.outputChannelsPerGroup
    n = layout == .nhwc ? problem.outputChannelsPerGroup : pixels
    largestLeadingDimension =
      layout == .nhwc
      ? max(k, problem.outputChannels, problem.inputChannels)
      : max(k, problem.outputPixels, problem.inputHeight * problem.inputWidth)
  }
}

final class PreparedIm2col: PreparedKernel {
  private let problem: ConvolutionProblem
  private let epilogue: Epilogue
  private let gemm: any GEMM
  private let layout: TensorLayout
  private let isa: InstructionSet
  private let threads: Int
  private let weights: AlignedBuffer<UInt8>
  private let weightBytesPerGroup: Int
  private let bias: AlignedBuffer<Float>?
  private let pixelsPerBlock: Int
  private let needsMatrix: Bool
  private let gemmWorkspaceBytes: Int

  init(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, gemm: any GEMM, layout: TensorLayout,
    isa: InstructionSet, threads: Int
  ) {
    let problem = operation.problem
    self.problem = problem
    self.gemm = gemm
    self.layout = layout
    self.isa = isa
    self.threads = threads
    epilogue = operation.epilogue
    needsMatrix =
      !(problem.taps == 1 && problem.strideHeight == 1 && problem.strideWidth == 1 && problem.padding == .zero)
    pixelsPerBlock = Im2colShape.pixelsPerBlock(problem)
    let shape = Im2colShape(problem, layout: layout)
    let side: GEMMSide = layout == .nhwc ? .right : .left
    gemmWorkspaceBytes =
      (gemm.workspaceBytes(m: shape.m, n: shape.n, k: shape.k, packed: side, threads: threads) + 63) & ~63
    let rows = layout == .nhwc ? shape.k : problem.outputChannelsPerGroup
    let columns = layout == .nhwc ? problem.outputChannelsPerGroup : shape.k
    weightBytesPerGroup = (gemm.packedBytes(side, rows: rows, columns: columns) + 63) & ~63
    bias = parameters.bias.map { parameters.packed.copy($0, count: problem.outputChannels) }
    let weightBytesPerGroup = weightBytesPerGroup
    weights = parameters.packed.buffer(weightBytesPerGroup * problem.groups) { weights in
      let reordered = PackedWeights.matrices(parameters.weights, problem, layout: layout)
      for group in 0..<problem.groups {
        gemm.pack(
          side, rows: rows, columns: columns, reordered.elements.baseAddress! + group * rows * columns,
          leadingDimension: columns, into: UnsafeMutableRawPointer(weights.baseAddress!) + group * weightBytesPerGroup)
      }
    }
  }

  private var matrixBytes: Int {
    needsMatrix ? (4 * pixelsPerBlock * problem.inputChannelsPerGroup * problem.taps + 63) & ~63 : 0
  }
  private var runBytesPerThread: Int {
    guard needsMatrix && layout == .nchw else { return 0 }
    let runs = PixelPanel.runCount(width: pixelsPerBlock, problem)
    return (runs * MemoryLayout<PixelPanel.Run>.stride + 63) & ~63
  }
  var workspaceBytes: Int { gemmWorkspaceBytes + matrixBytes + threads * runBytesPerThread }
  var packedWeightsBytes: Int { weights.count + 4 * (bias?.count ?? 0) }

  func run(_ arguments: RunArguments) { run(arguments, threads: threads, stages: nil) }

  var stages: [KernelStage] {
    [.pack, .multiply, .epilogue].filter { stage in
      switch stage {
      case .pack: needsMatrix
      case .epilogue: accumulates || epilogue.activation != .identity
      default: true
      }
    }
  }

  func run(_ arguments: RunArguments, stages: StageTimes) {
    stages.restart()
    run(arguments, threads: 1, stages: stages)
  }

  /// - Parameters:
  ///   - threads: as many as the workspace was sized for, or fewer.
  ///   - stages: asked once a stage of a block: nothing beside the work of one.
  private func run(_ arguments: RunArguments, threads: Int, stages: StageTimes?) {
    let blocks = (problem.outputPixels + pixelsPerBlock - 1) / pixelsPerBlock
    for image in 0..<problem.batch {
      for block in 0..<blocks {
        let first = block * pixelsPerBlock
        let pixels = first..<min(first + pixelsPerBlock, problem.outputPixels)
        if accumulates {
          startOutput(arguments, image: image, pixels: pixels, threads: threads)
          stages?.end(.epilogue)
        }
        for group in 0..<problem.groups {
          multiply(arguments, image: image, group: group, pixels: pixels, threads: threads, stages: stages)
        }
        if epilogue.activation != .identity {
          activate(arguments, image: image, pixels: pixels, threads: threads)
          stages?.end(.epilogue)
        }
      }
    }
  }

  /// Whether the product is added to what ``startOutput(_:image:pixels:threads:)`` wrote.
  private var accumulates: Bool { epilogue.hasBias || epilogue.hasResidual }

  /// Runs of the output that a block of pixels consists of, as (offset, count, first channel): all of NHWC's channels of the
  /// pixels one after another, or one run of pixels for each channel of NCHW.
  private func forEachRun(image: Int, pixels: Range<Int>, threads: Int, _ body: (Int, Int, Int) -> Void) {
    ThreadPool.shared.run(parts: threads) { part in
      switch layout {
      case .nhwc:
        for pixel in pixels.lowerBound + pixels.count * part / threads..<pixels.lowerBound + pixels.count * (part + 1)
          / threads
        {
          body((image * problem.outputPixels + pixel) * problem.outputChannels, problem.outputChannels, 0)
        }
      case .nchw:
        for channel in problem.outputChannels * part / threads..<problem.outputChannels * (part + 1) / threads {
          body(
            (image * problem.outputChannels + channel) * problem.outputPixels + pixels.lowerBound, pixels.count,
            channel)
        }
      }
    }
  }

  /// Writes bias and residual, where there are some.
  private func startOutput(_ arguments: RunArguments, image: Int, pixels: Range<Int>, threads: Int) {
    let output = arguments.output.assumingMemoryBound(to: Float.self)
    let residual = arguments.residual?.assumingMemoryBound(to: Float.self)
    let bias = self.bias?.elements.baseAddress
    let layout = self.layout
    forEachRun(image: image, pixels: pixels, threads: threads) { offset, count, channel in
      let target = output + offset
      switch (bias, residual) {
      case (let bias?, let residual?):
        let source = residual + offset
        if layout == .nhwc {
          for index in 0..<count { target[index] = source[index] + bias[index] }
        } else {
          let value = bias[channel]
          for index in 0..<count { target[index] = source[index] + value }
        }
      case (let bias?, nil):
        if layout == .nhwc {
          target.update(from: bias, count: count)
        } else {
          target.update(repeating: bias[channel], count: count)
        }
      case (nil, let residual?): target.update(from: residual + offset, count: count)
      case (nil, nil): break
      }
    }
  }

  private func activate(_ arguments: RunArguments, image: Int, pixels: Range<Int>, threads: Int) {
    let output = arguments.output.assumingMemoryBound(to: Float.self)
    let activation = epilogue.activation
    forEachRun(image: image, pixels: pixels, threads: threads) { offset, count, _ in
      let target = output + offset
      var index = 0
      while index + 16 <= count {
        var values = Plain<SIMD16<Float>>.load(target + index)
        values.clamp(activation.lowerBound, activation.upperBound)
        values.store(target + index)
        index += 16
      }
      while index < count {
        target[index] = activation.apply(target[index])
        index += 1
      }
    }
  }

  private func multiply(
    _ arguments: RunArguments, image: Int, group: Int, pixels: Range<Int>, threads: Int, stages: StageTimes?
  ) {
    let depth = problem.inputChannelsPerGroup * problem.taps
    let channels = problem.outputChannelsPerGroup
    let input = arguments.input.assumingMemoryBound(to: Float.self) + image * problem.inputImageCount
    let output = arguments.output.assumingMemoryBound(to: Float.self) + image * problem.outputImageCount
    let matrix = (arguments.workspace + gemmWorkspaceBytes).assumingMemoryBound(to: Float.self)
    let packed = UnsafeRawPointer(weights.elements.baseAddress!) + group * weightBytesPerGroup
    let firstChannel = group * problem.inputChannelsPerGroup
    switch layout {
    case .nhwc:
      if needsMatrix {
        layOutRows(input + firstChannel, pixels: pixels, into: matrix, threads: threads)
        stages?.end(.pack)
      }
      gemm.multiply(
        GEMMArguments(
          m: pixels.count, n: channels, k: depth,
          a: needsMatrix ? UnsafePointer(matrix) : input + pixels.lowerBound * problem.inputChannels + firstChannel,
          lda: needsMatrix ? depth : problem.inputChannels, b: packed,
          c: output + pixels.lowerBound * problem.outputChannels + group * channels, ldc: problem.outputChannels,
          accumulate: accumulates, packed: .right, workspace: arguments.workspace, threads: threads))
    case .nchw:
      let plane = input + firstChannel * problem.inputHeight * problem.inputWidth
      if needsMatrix {
        ThreadPool.shared.run(parts: threads) { part in
          let first = depth * part / threads
          let runs = (arguments.workspace + gemmWorkspaceBytes + matrixBytes + part * runBytesPerThread)
            .assumingMemoryBound(to: PixelPanel.Run.self)
          PixelPanel(problem: problem).pack(
            plane, pixels: pixels, rows: first..<depth * (part + 1) / threads, width: pixels.count,
            into: matrix + first * pixels.count, runs: runs, isa: isa)
        }
        stages?.end(.pack)
      }
      gemm.multiply(
        GEMMArguments(
          m: channels, n: pixels.count, k: depth, a: packed,
          b: needsMatrix ? UnsafePointer(matrix) : plane + pixels.lowerBound,
          ldb: needsMatrix ? pixels.count : problem.outputPixels,
          c: output + group * channels * problem.outputPixels + pixels.lowerBound, ldc: problem.outputPixels,
          accumulate: accumulates, packed: .left, workspace: arguments.workspace, threads: threads))
    }
    stages?.end(.multiply)
  }

  /// Lays out one row a pixel, `[tap][channel]`, zeros for taps on padding.
  private func layOutRows(
    _ image: UnsafePointer<Float>, pixels: Range<Int>, into matrix: UnsafeMutablePointer<Float>, threads: Int
  ) {
    let channels = problem.inputChannelsPerGroup
    ThreadPool.shared.run(parts: threads) { part in
      let share =
        pixels.lowerBound + pixels.count * part / threads..<pixels.lowerBound + pixels.count * (part + 1) / threads
      var target = matrix + (share.lowerBound - pixels.lowerBound) * channels * problem.taps
      for pixel in share {
        let y = pixel / problem.outputWidth
        let x = pixel % problem.outputWidth
        var row = y * problem.strideHeight - problem.padding.top
        for _ in 0..<problem.filterHeight {
          var column = x * problem.strideWidth - problem.padding.left
          for _ in 0..<problem.filterWidth {
            if row >= 0 && row < problem.inputHeight && column >= 0 && column < problem.inputWidth {
              target.update(
                from: image + (row * problem.inputWidth + column) * problem.inputChannels, count: channels)
            } else {
              target.update(repeating: 0, count: channels)
            }
            target += channels
            column += problem.dilationWidth
          }
          row += problem.dilationHeight
        }
      }
    }
  }
}
