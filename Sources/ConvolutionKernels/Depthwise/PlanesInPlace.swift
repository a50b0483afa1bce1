#if arch(x86_64)
  import RegisterTiles

  /// Some output rows of some planes of a depthwise convolution on NCHW with a filter of 3×3, from input rows as they lie:
  /// what vectors reach beyond a row is left out by masks, which cost AVX-512 nothing.
  struct PlanesInPlace {
    /// Where the first output reads first: above and left of the first plane by the padding.
    var source: UnsafePointer<Float>
    var sourceStride: Int
    var sourcePlane: Int
    /// The input row of that place, and how many a plane has.
    var firstSourceRow: Int
    var sourceRows: Int
    /// Left of as many zeros as an input row has, by the padding: what takes the place of rows on padding.
    var zeros: UnsafePointer<Float>
    var columns: UnsafePointer<PlaneColumns>
    var columnBlocks: Int
    var rows: Int
    var planes: Int
    /// `[planes][10]`: a plane's weights and its bias.
    var weights: UnsafePointer<Float>
    /// Lies as the target and may be the same memory.
    var residual: UnsafePointer<Float>?
    var target: UnsafeMutablePointer<Float>
    var targetStride: Int
    var targetPlane: Int
    var low: Float
    var high: Float
  }

  /// Runs planes one after the other: tiles from top to bottom, and with another shape, row by row, what doesn't fill one or
  /// has more rows on padding than a tile allows.
  @inline(__always)
  func runInPlace<Tall: InPlaceShape, Single: InPlaceShape>(
    _: Tall.Type, _: Single.Type, _ arguments: UnsafeRawPointer?
  ) {
    let block = arguments.unsafelyUnwrapped.load(as: PlanesInPlace.self)
    var plane = 0
    while plane < block.planes {
      let window = InPlaceWindow(block, plane: plane)
      var row = 0
      while row < block.rows {
        if row &+ Tall.outputRows <= block.rows && Tall.fits(block, row: row) {
          window.run(Tall.self, block, row: row)
          row &+= Tall.outputRows
        } else {
          window.run(Single.self, block, row: row)
          row &+= 1
        }
      }
      plane &+= 1
    }
  }

  /// The filter of one plane, and where the plane is.
  private struct InPlaceWindow {
    private let weights: HeldScalars<InPlaceRow>
    private let bias: InPlaceRow
    private let source: UnsafePointer<Float>
    private let offset: Int

    @inline(__always)
    init(_ block: PlanesInPlace, plane: Int) {
      let weights = block.weights + plane &* 10
      self.weights = HeldScalars(weights)
      bias = InPlaceRow(repeating: weights[9])
      source = block.source + plane &* block.sourcePlane
      offset = plane &* block.targetPlane
    }

    /// Computes all columns of a tile's rows.
    @inline(__always)
    func run<Shape: InPlaceShape>(_: Shape.Type, _ block: PlanesInPlace, row: Int) {
      let rows = InPlaceRows<Shape>(block, source, row: row)
      let start = offset &+ row &* block.targetStride
      var index = 0
      while index < block.columnBlocks {
        let columns = block.columns[index]
        let place = start &+ columns.first
        var sums = Shape.Tile(repeating: bias)
        if let residual = block.residual { Shape.add(residual + place, block.targetStride, columns.count, to: &sums) }
        // Row by row: what is read serves all outputs at once and leaves its registers.
        add(&sums, rows, 0, columns)
        add(&sums, rows, 1, columns)
        add(&sums, rows, 2, columns)
        add(&sums, rows, 3, columns)
        add(&sums, rows, 4, columns)
        add(&sums, rows, 5, columns)
        add(&sums, rows, 6, columns)
        add(&sums, rows, 7, columns)
        add(&sums, rows, 8, columns)
        sums.clamp(block.low, block.high)
        Shape.store(sums, block.target + place, block.targetStride, columns.count)
        index &+= 1
      }
    }

    /// Adds the products of one input row, if the tile has that many.
    @inline(__always)
    private func add<Shape: InPlaceShape>(
      _ sums: inout Shape.Tile, _ rows: InPlaceRows<Shape>, _ index: Int, _ columns: PlaneColumns
    ) {
      if index >= (Shape.Tile.height &- 1) &* Shape.Stride.count &+ 3 { return }
      let read = Shape.read(rows, index, columns)
      let step = Shape.Stride.count
      sums.addLaneProducts(read.before, InPlaceWeights<OneBefore>(weights: weights), from: index, step: step)
      sums.addLaneProducts(read.middle, InPlaceWeights<AtPlace>(weights: weights), from: index, step: step)
      sums.addLaneProducts(read.after, InPlaceWeights<OneAfter>(weights: weights), from: index, step: step)
    }
  }

  /// A column of the filter.
  private struct InPlaceWeights<Column: LaneOffset>: ColumnWeights {
    let weights: HeldScalars<InPlaceRow>
    @inline(__always) subscript(row: Int) -> InPlaceRow { weights[3 &* row &+ (1 &+ Column.lanes)] }
  }
#endif
