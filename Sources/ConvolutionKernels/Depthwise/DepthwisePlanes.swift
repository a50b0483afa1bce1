import ConvolutionModel
import RegisterTiles

/// A depthwise convolution on NCHW with a square filter of 3 or 5 and stride 1 or 2: vectors over the columns of a plane.
struct DepthwisePlanes: Sendable {
  let problem: ConvolutionProblem
  let activation: Activation
  let isa: InstructionSet
  /// `[channels][taps + 1]`: the weights and the bias.
  private let weights: AlignedBuffer<Float>
  /// Lanes of a narrow row that hold its columns: all bits of them, first for even columns, then for odd ones.
  private let masks: AlignedBuffer<Float>
  private let geometry: StagedPlanes
  #if arch(x86_64)
    /// Where input rows needn't be staged.
    private let inPlace: InPlaceGeometry?
  #endif

  /// Whether a problem is one of those: otherwise it's the taps' turn, one by one.
  static func runs(_ problem: ConvolutionProblem, isa: InstructionSet) -> Bool {
    problem.filterHeight == problem.filterWidth && (problem.filterHeight == 3 || problem.filterHeight == 5)
      && problem.strideHeight == problem.strideWidth && problem.strideHeight <= 2 && problem.dilationHeight == 1
      && problem.dilationWidth == 1 && isa != .baseline
  }

  /// - Parameter rows: the most output rows that are asked for at once.
  init(
    _ problem: ConvolutionProblem, epilogue: Epilogue, parameters: ConvolutionParameters, isa: InstructionSet,
    rows: Int
  ) {
    self.problem = problem
    activation = epilogue.activation
    self.isa = isa
    geometry = Self.geometry(problem, epilogue, isa: isa, rows: rows)
    let (taps, channels, stride) = (problem.taps, problem.outputChannels, problem.strideWidth)
    weights = parameters.packed.buffer(channels * (taps + 1)) { weights in
      for channel in 0..<channels {
        for tap in 0..<taps { weights[channel * (taps + 1) + tap] = parameters.weights[channel * taps + tap] }
        weights[channel * (taps + 1) + taps] = parameters.bias?[channel] ?? 0
      }
    }
    #if arch(x86_64)
      inPlace =
        InPlaceGeometry.runs(problem, isa: isa)
        ? InPlaceGeometry(problem, activation: epilogue.activation) : nil
    #endif
    masks = AlignedBuffer(count: 32, repeating: 0)
    for lane in 0..<16 {
      if lane * stride < problem.inputWidth { masks[lane] = Float(bitPattern: .max) }
      if lane * stride + 1 < problem.inputWidth { masks[16 + lane] = Float(bitPattern: .max) }
    }
  }

  /// Where the blocks of a whole convolution end.
  static func blocking(_ operation: ConvolutionOperation, isa: InstructionSet) -> [BlockEdge] {
    #if arch(x86_64)
      if InPlaceGeometry.runs(operation.problem, isa: isa) { return InPlaceGeometry.blocking(operation.problem) }
    #endif
    let geometry = geometry(operation.problem, operation.epilogue, isa: isa, rows: operation.problem.outputHeight)
    return [
      BlockEdge(.outputWidth, isa.lanes), BlockEdge(.outputHeight, tallest(operation.problem, geometry, isa)),
      BlockEdge(.outputHeight, geometry.rowsPerStrip), BlockEdge(.inputChannels, geometry.planesPerGroup),
    ]
  }

  /// Rows of the tallest register tile: as many as leave all vectors in registers.
  private static func tallest(_ problem: ConvolutionProblem, _ geometry: StagedPlanes, _ isa: InstructionSet) -> Int {
    switch (isa, problem.filterHeight, problem.strideHeight, geometry.rowKind) {
    case (.avx512, 5, 1, .narrow): 7
    case (.avx512, 5, 1, .wide), (_, 5, 2, .wide), (_, 5, 2, .narrow): 2
    default: 4
    }
  }

  private static func geometry(
    _ problem: ConvolutionProblem, _ epilogue: Epilogue, isa: InstructionSet, rows: Int
  ) -> StagedPlanes {
    StagedPlanes(problem, rows: rows, lanes: isa.lanes, allowsPairs: !epilogue.hasResidual)
  }

  var packedBytes: Int { 4 * (weights.count + masks.count) }
  /// Bytes of scratch memory.
  var scratchBytes: Int {
    #if arch(x86_64)
      if inPlace != nil { return 0 }
    #endif
    return (4 * geometry.scratchCount + 63) & ~63
  }

  /// Sets up scratch memory: the padding between columns is the same for all planes.
  func prepare(_ scratch: UnsafeMutablePointer<Float>) {
    #if arch(x86_64)
      if inPlace != nil { return }
    #endif
    scratch.update(repeating: 0, count: geometry.planesPerGroup * geometry.stagedCount)
  }

  /// Computes some rows of some neighbouring planes of an image.
  ///
  /// - Parameters:
  ///   - image: the input image.
  ///   - residual: of the first plane's first row, where there is one; planes as the target's.
  ///   - target: of the first plane's first row; planes are `targetPlane` floats apart, rows follow one another.
  ///   - scratch: ``scratchBytes``, set up by ``prepare(_:)``.
  func run(
    _ image: UnsafePointer<Float>, channels: Range<Int>, rows: Range<Int>, residual: UnsafePointer<Float>?,
    target: UnsafeMutablePointer<Float>, targetPlane: Int, scratch: UnsafeMutablePointer<Float>
  ) {
    #if arch(x86_64)
      if let inPlace {
        inPlace.run(
          image, channels: channels, rows: rows, weights: weights.elements.baseAddress!, residual: residual,
          target: target, targetPlane: targetPlane)
        return
      }
    #endif
    var first = channels.lowerBound
    while first < channels.upperBound {
      let group = first..<min(first + geometry.planesPerGroup, channels.upperBound)
      var row = rows.lowerBound
      while row < rows.upperBound {
        let strip = row..<min(row + geometry.rowsPerStrip, rows.upperBound)
        stage(image, group, strip, scratch)
        let offset =
          (group.lowerBound - channels.lowerBound) * targetPlane + (row - rows.lowerBound) * problem.outputWidth
        compute(
          group, strip, residual.map { $0 + offset }, target + offset, targetPlane,
          planesAfter: channels.upperBound - group.upperBound, scratch)
        row = strip.upperBound
      }
      first = group.upperBound
    }
  }

  /// Copies the input rows that some output rows of some planes read.
  private func stage(
    _ image: UnsafePointer<Float>, _ channels: Range<Int>, _ rows: Range<Int>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let stride = problem.strideHeight
    let top = rows.lowerBound * stride - problem.padding.top
    let count = (rows.count - 1) * stride + problem.filterHeight
    let inside = max(0, min(count, -top))..<max(0, min(count, problem.inputHeight - top))
    if geometry.clearsPadding {
      for row in 0..<count where !inside.contains(row) {
        let place = scratch + geometry.place(row, stride: stride)
        (place + geometry.evenPlace).update(repeating: 0, count: geometry.pitch)
        (place + geometry.oddPlace).update(repeating: 0, count: geometry.pitch)
      }
    }
    guard !inside.isEmpty else { return }
    let first = geometry.place(inside.lowerBound, stride: stride)
    let staging = PlaneStaging(
      source: image + channels.lowerBound * geometry.inputPlane + (top + inside.lowerBound) * problem.inputWidth,
      sourceEnd: image + problem.inputChannels * geometry.inputPlane, sourceStride: problem.inputWidth,
      sourcePlane: geometry.inputPlane, columns: problem.inputWidth, rows: inside.count, planes: channels.count,
      target: scratch + geometry.evenPlace + first, targetStride: geometry.place(2, stride: stride),
      secondRow: geometry.place(inside.lowerBound + 1, stride: stride) - first, targetPlane: geometry.stagedCount,
      phaseColumns: geometry.oddPlace - geometry.evenPlace, masks: masks.elements.baseAddress!)
    #if arch(x86_64)
      staging.run(stride: stride, lanes: isa.lanes / geometry.rowsPerVector)
    #endif
  }

  /// Computes some rows of some planes that have been staged.
  private func compute(
    _ channels: Range<Int>, _ rows: Range<Int>, _ residual: UnsafePointer<Float>?,
    _ target: UnsafeMutablePointer<Float>, _ targetPlane: Int, planesAfter: Int, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let finished = scratch + geometry.planesPerGroup * geometry.stagedCount
    let isPaired = geometry.rowKind == .paired
    // Planes of which no vector runs over the last plane's end.
    let missing = (isa.lanes - problem.outputWidth % isa.lanes) % isa.lanes
    let inner = missing == 0 ? channels.count : channels.count + planesAfter - (missing + targetPlane - 1) / targetPlane
    let direct = isPaired || residual != nil ? 0 : max(0, min(inner, channels.count))
    var block = PlaneBlock(
      first: scratch + geometry.firstTap, second: scratch + geometry.secondTap, pitch: geometry.pitch,
      phaseRows: geometry.phaseRows, stagedPlane: geometry.stagedCount, columns: problem.outputWidth,
      rows: (rows.count + geometry.rowsPerVector - 1) / geometry.rowsPerVector, planes: direct,
      weights: weights.elements.baseAddress! + channels.lowerBound * (problem.taps + 1), target: target,
      targetStride: problem.outputWidth, targetPlane: targetPlane, low: activation.lowerBound,
      high: activation.upperBound)
    if direct > 0 { run(block) }
    guard direct < channels.count else { return }
    block.first += direct * geometry.stagedCount
    block.second += direct * geometry.stagedCount
    block.weights += direct * (problem.taps + 1)
    block.planes = channels.count - direct
    (block.target, block.targetPlane) = (finished, geometry.finishedCount)
    if residual != nil { (block.low, block.high) = (-.infinity, .infinity) }
    run(block)
    let offset = direct * targetPlane
    let finish = PlaneFinish(
      source: finished, sourcePlane: geometry.finishedCount, pitch: geometry.pitch,
      residual: residual.map { $0 + offset }, target: target + offset, targetPlane: targetPlane,
      columns: problem.outputWidth, rows: rows.count, planes: block.planes,
      carefulRows: (7 + problem.outputWidth) / problem.outputWidth, low: activation.lowerBound,
      high: activation.upperBound)
    #if arch(x86_64)
      if isPaired { finish.runPairs() } else { finish.run(isa) }
    #endif
  }

  private func run(_ block: PlaneBlock) {
    #if arch(x86_64)
      if isa == .avx512 {
        block.runAVX512(
          filter: problem.filterHeight, stride: problem.strideHeight, rowKind: geometry.rowKind)
      } else {
        block.runAVX2(filter: problem.filterHeight, stride: problem.strideHeight)
      }
    #endif
  }
}
