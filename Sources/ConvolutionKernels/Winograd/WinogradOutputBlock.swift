import CKernelISA
import ConvolutionModel
import RegisterTiles

/// The inverse transform of some tiles side by side: `Aᵀ m A`, with the epilogue.
struct WinogradOutputBlock {
  /// The first tile's first point's products; the points are `pointStride` floats apart, the tiles `tileStride`, their
  /// vectors side by side.
  var source: UnsafePointer<Float>
  var pointStride: Int
  var tileStride: Int
  /// Tiles to transform.
  var tiles: Int
  /// Vectors of a tile to transform.
  var vectors: Int
  /// One value a lane that the outputs start with.
  var bias: UnsafePointer<Float>
  /// What is added to the first output, the others as far apart as outputs are; nil without.
  var residual: UnsafePointer<Float>?
  /// The first tile's first output. Each tile starts `m` outputs after the one before.
  var target: UnsafeMutablePointer<Float>
  /// Floats from one row of outputs to the next, and from one output of a row to the next.
  var rowStride: Int
  var pixelStride: Int
  /// The rows and columns of a tile that are written: those inside the image. Several tiles are whole ones.
  var rows: Int
  var columns: Int
  /// Whether outputs are clamped to `low` and `high`.
  var clamps: Bool
  var low: Float
  var high: Float
  /// ``WinogradInputBlock/scratchCount`` floats.
  var scratch: UnsafeMutablePointer<Float>
  /// ``WinogradVariant/outputCoefficients``.
  var coefficients: UnsafePointer<Float>
}

/// Outputs that get the rest of their epilogue on the way to memory.
private struct FinishedOutputs<Vector: FloatVector>: OutputGrid {
  let start: UnsafeMutablePointer<Float>
  let rowStride: Int
  let pixelStride: Int
  let residual: UnsafePointer<Float>?
  let clamps: Bool
  let low: Float
  let high: Float

  struct Row: VectorTarget {
    let grid: FinishedOutputs
    let offset: Int
    @inline(__always) func store(_ vector: Vector, _ position: Int) {
      let place = offset &+ position &* grid.pixelStride
      var value = vector
      if let residual = grid.residual { value += .load(residual + place) }
      if grid.clamps { value.clamp(grid.low, grid.high) }
      value.store(grid.start + place)
    }
  }

  @inline(__always) func row(_ row: Int) -> Row { Row(grid: self, offset: row &* rowStride) }
}

extension WinogradOutputBlock {
  @inline(__always)
  fileprivate func run<Transform: WinogradTransform>(
    _: Transform.Type, rows between: UnsafeMutablePointer<Float>, coefficients memory: UnsafeMutablePointer<Float>
  ) {
    typealias Vector = Transform.Vector
    let (size, outputs, lanes) = (Transform.size, Transform.outputs, Vector.width)
    let c = Coefficients<Vector>(coefficients, count: Transform.outputCoefficients, in: memory)
    let isWhole = rows == outputs && columns == outputs
    let staged = scratch + WinogradInputBlock.vectorsBeforeTile &* lanes
    let (rowStride, pixelStride) = isWhole ? (rowStride, pixelStride) : (outputs &* lanes, lanes)
    for tile in 0..<tiles {
      for vector in 0..<vectors {
        let offset = tile &* outputs &* pixelStride &+ vector &* lanes
        let target = isWhole ? target + offset : staged
        let residual = isWhole ? residual.map { $0 + offset } : nil
        Transform.output(
          VectorGrid<Vector>(
            source + (tile &* tileStride &+ vector &* lanes), rowStride: size &* pointStride, columnStride: pointStride),
          c, through: VectorRows(between), start: Vector.load(bias + vector &* lanes),
          to: FinishedOutputs<Vector>(
            start: target, rowStride: rowStride, pixelStride: pixelStride, residual: residual,
            clamps: isWhole && clamps, low: low, high: high))
        if !isWhole { unstage(Transform.self, staged, offset: vector &* lanes) }
      }
    }
  }

  /// Writes what lies inside the image of one vector of a tile.
  @inline(__always)
  private func unstage<Transform: WinogradTransform>(
    _: Transform.Type, _ staged: UnsafeMutablePointer<Float>, offset: Int
  ) {
    typealias Vector = Transform.Vector
    let finished = FinishedOutputs<Vector>(
      start: target + offset, rowStride: rowStride, pixelStride: pixelStride, residual: residual.map { $0 + offset },
      clamps: clamps, low: low, high: high)
    for row in 0..<rows {
      for column in 0..<columns {
        finished.row(row).store(.load(staged + (row &* Transform.outputs &+ column) &* Vector.width), column)
      }
    }
  }
}

@inline(__always)
private func transformOutput<Transform: WinogradTransform, Memory: TransformMemory>(
  _ transform: Transform.Type, _: Memory.Type, _ arguments: UnsafeRawPointer?
) {
  let block = arguments.unsafelyUnwrapped.load(as: WinogradOutputBlock.self)
  Memory.with(block.scratch) { block.run(transform, rows: $0, coefficients: $1) }
}

#if arch(x86_64)
  @c(body_winograd_output_f2_avx512)
  private func outputF2AVX512(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF2<Fused<SIMD16<Float>>>.self, AllInRegisters<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_output_f4_avx512)
  private func outputF4AVX512(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF4<Fused<SIMD16<Float>>>.self, AllInRegisters<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_output_f6_avx512)
  private func outputF6AVX512(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF6<Fused<SIMD16<Float>>>.self, AllInMemory<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_output_f2_avx2)
  private func outputF2AVX2(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF2<Fused<SIMD8<Float>>>.self, AllInMemory<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_output_f4_avx2)
  private func outputF4AVX2(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF4<Fused<SIMD8<Float>>>.self, AllInMemory<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_output_f6_avx2)
  private func outputF6AVX2(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF6<Fused<SIMD8<Float>>>.self, AllInMemory<Fused<SIMD8<Float>>>.self, block)
  }
#endif

extension WinogradOutputBlock {
  /// Transforms with the instructions of a level, which the machine must have.
  ///
  /// - Parameter outputs: the `m` of F(m, 3), 2, 4 or 6.
  @inline(never)
  func run(_ isa: InstructionSet, outputs: Int) {
    withUnsafePointer(to: self) { block in
      switch (isa, outputs) {
      #if arch(x86_64)
        case (.avx512, 2): run_winograd_output_f2_avx512(block)
        case (.avx512, 4): run_winograd_output_f4_avx512(block)
        case (.avx512, _): run_winograd_output_f6_avx512(block)
        case (.avx2, 2): run_winograd_output_f2_avx2(block)
        case (.avx2, 4): run_winograd_output_f4_avx2(block)
        case (.avx2, _): run_winograd_output_f6_avx2(block)
      #endif
      case (_, 2): transformBaseline(WinogradF2.self, block)
      case (_, 4): transformBaseline(WinogradF4.self, block)
      default: transformBaseline(WinogradF6.self, block)
      }
    }
  }

  private func transformBaseline<Transform: WinogradTransform<Baseline<SIMD4<Float>>>>(
    _: Transform.Type, _ block: UnsafeRawPointer
  ) { transformOutput(Transform.self, AllInMemory<Transform.Vector>.self, block) }
}
