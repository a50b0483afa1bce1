#if arch(x86_64)
  import ConvolutionModel
  import RegisterTiles

  /// What a depthwise convolution of 3×3 on NCHW needs to know to read its input where it lies, see ``PlanesInPlace``.
  struct InPlaceGeometry: Sendable {
    private let problem: ConvolutionProblem
    private let activation: Activation
    private let columns: AlignedBuffer<PlaneColumns>
    private let zeros: AlignedBuffer<Float>
    /// See ``SevenPlanes/masks``.
    private let sevenMasks: AlignedBuffer<UInt16>

    /// Whether a problem that has windows can be computed in place.
    static func runs(_ problem: ConvolutionProblem, isa: InstructionSet) -> Bool {
      problem.filterHeight == 3 && isa == .avx512
    }

    init(_ problem: ConvolutionProblem, activation: Activation) {
      self.problem = problem
      self.activation = activation
      columns = PlaneColumns.blocks(problem)
      zeros = AlignedBuffer(count: max(16, problem.inputWidth), repeating: 0)
      sevenMasks = AlignedBuffer(SevenPlanes.masks)
    }

    /// Where the blocks of a whole convolution end.
    static func blocking(_ problem: ConvolutionProblem) -> [BlockEdge] {
      let kind = rowKind(problem)
      return [
        BlockEdge(.outputWidth, kind == .paired ? pairColumns : PlaneColumns.most(problem)),
        BlockEdge(.outputHeight, kind == .narrow ? 7 : kind == .paired || problem.strideHeight == 2 ? 2 : 4),
      ]
    }

    /// The most columns of two output rows in a vector.
    private static let pairColumns = 7

    /// Computes some rows of some neighbouring planes of an image.
    ///
    /// - Parameters:
    ///   - weights: `[channels][10]`: each plane's weights and its bias.
    ///   - residual: lies as the target, where there is one.
    ///   - target: of the first plane's first row; planes are `targetPlane` floats apart, rows follow one another.
    func run(
      _ image: UnsafePointer<Float>, channels: Range<Int>, rows: Range<Int>, weights: UnsafePointer<Float>,
      residual: UnsafePointer<Float>?, target: UnsafeMutablePointer<Float>, targetPlane: Int
    ) {
      let (stride, padding) = (problem.strideHeight, problem.padding)
      let plane = problem.inputHeight * problem.inputWidth
      let source = image + channels.lowerBound * plane
      let weights = weights + channels.lowerBound * 10
      if isSeven && rows == 0..<7 {
        SevenPlanes(
          source: source, planes: channels.count, weights: weights, masks: sevenMasks.elements.baseAddress!,
          zeros: zeros.elements.baseAddress!, residual: residual, target: target, targetPlane: targetPlane,
          low: activation.lowerBound, high: activation.upperBound
        ).run()
        return
      }
      let firstRow = rows.lowerBound * stride - padding.top
      PlanesInPlace(
        source: source + (firstRow * problem.inputWidth - padding.left), sourceStride: problem.inputWidth,
        sourcePlane: plane, firstSourceRow: firstRow, sourceRows: problem.inputHeight,
        zeros: zeros.elements.baseAddress! - padding.left, columns: columns.elements.baseAddress!,
        columnBlocks: columns.count, rows: rows.count, planes: channels.count, weights: weights, residual: residual,
        target: target, targetStride: problem.outputWidth, targetPlane: targetPlane, low: activation.lowerBound,
        high: activation.upperBound
      ).run(stride: stride, Self.rowKind(problem))
    }

    private static func rowKind(_ problem: ConvolutionProblem) -> PlanesInPlace.RowKind {
      if problem.strideWidth == 2 { return problem.outputWidth <= pairColumns ? .paired : .wide }
      return problem.padding.left == 1 && max(problem.inputWidth, problem.outputWidth) < 16 ? .narrow : .wide
    }

    /// Whether planes are those of ``SevenPlanes``.
    private var isSeven: Bool {
      problem.strideHeight == 1 && problem.inputHeight == 7 && problem.inputWidth == 7 && problem.outputHeight == 7
        && problem.outputWidth == 7 && problem.padding.top == 1 && problem.padding.left == 1
    }
  }
#endif
