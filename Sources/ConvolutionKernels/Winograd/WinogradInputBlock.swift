import CKernelISA
import ConvolutionModel
import RegisterTiles

/// The forward transform of some tiles side by side: `Bᵀ d B` for some vectors of channels (NHWC) or one of tiles (NCHW).
struct WinogradInputBlock {
  /// Where the first tile's first pixel is, or would be. Each tile starts `m` pixels after the one before.
  var source: UnsafePointer<Float>
  /// Floats from one row of pixels to the next, and from one pixel of a row to the next.
  var rowStride: Int
  var pixelStride: Int
  /// The part of a tile that is read: what lies around is zeros. Several tiles are whole ones.
  var rows: Range<Int>
  var columns: Range<Int>
  /// Tiles to transform.
  var tiles: Int
  /// Vectors to transform, side by side.
  var vectors: Int
  /// The first vector of the first point; the points are `pointStride` floats apart, a point's vectors `vectorStride`, its
  /// tiles a vector.
  var target: UnsafeMutablePointer<Float>
  var pointStride: Int
  var vectorStride: Int
  /// ``scratchCount`` floats.
  var scratch: UnsafeMutablePointer<Float>
  /// ``WinogradVariant/inputCoefficients``.
  var coefficients: UnsafePointer<Float>
}

extension WinogradInputBlock {
  /// Vectors of scratch memory before those of a tile: of rows and coefficients.
  static let vectorsBeforeTile = 24 + 16
  /// Floats of scratch memory, with a vector of zeros at the end.
  static let scratchCount = 16 * (vectorsBeforeTile + 64 + 1)

  @inline(__always)
  fileprivate func run<Transform: WinogradTransform>(
    _: Transform.Type, rows between: UnsafeMutablePointer<Float>, coefficients memory: UnsafeMutablePointer<Float>
  ) {
    typealias Vector = Transform.Vector
    let (size, lanes) = (Transform.size, Vector.width)
    let c = Coefficients<Vector>(coefficients, count: Transform.inputCoefficients, in: memory)
    let isWhole = rows.count == size && columns.count == size
    let staged = scratch + Self.vectorsBeforeTile &* lanes
    for vector in 0..<vectors {
      let place = source + vector &* lanes
      if !isWhole { stage(Transform.self, place, staged) }
      Transform.input(
        isWhole
          ? VectorGrid(place, rowStride: rowStride, columnStride: pixelStride)
          : VectorGrid(staged, rowStride: size &* lanes, columnStride: lanes),
        tiles: tiles, c, through: VectorRows(between), to: target + vector &* vectorStride, pointStride: pointStride)
    }
  }

  /// Copies one vector of a tile, with zeros around what is read of it.
  @inline(__always)
  private func stage<Transform: WinogradTransform>(
    _: Transform.Type, _ place: UnsafePointer<Float>, _ staged: UnsafeMutablePointer<Float>
  ) {
    typealias Vector = Transform.Vector
    // Zeros are read too: the compiler would call the library to write them.
    let zeros = staged + Transform.size &* Transform.size &* Vector.width
    Vector.zero.store(zeros)
    var target = staged
    for row in 0..<Transform.size {
      let isInside = rows.contains(row)
      for column in 0..<Transform.size {
        let pixel = place + (row &* rowStride &+ column &* pixelStride)
        Vector.load(isInside && columns.contains(column) ? pixel : UnsafePointer(zeros)).store(target)
        target += Vector.width
      }
    }
  }
}

@inline(__always)
private func transformInput<Transform: WinogradTransform, Memory: TransformMemory>(
  _ transform: Transform.Type, _: Memory.Type, _ arguments: UnsafeRawPointer?
) {
  let block = arguments.unsafelyUnwrapped.load(as: WinogradInputBlock.self)
  Memory.with(block.scratch) { block.run(transform, rows: $0, coefficients: $1) }
}

#if arch(x86_64)
  @c(body_winograd_input_f2_avx512)
  private func inputF2AVX512(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF2<Fused<SIMD16<Float>>>.self, AllInRegisters<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f4_avx512)
  private func inputF4AVX512(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF4<Fused<SIMD16<Float>>>.self, AllInRegisters<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f6_avx512)
  private func inputF6AVX512(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF6<Fused<SIMD16<Float>>>.self, RowsInRegisters<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f2_avx2)
  private func inputF2AVX2(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF2<Fused<SIMD8<Float>>>.self, AllInMemory<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_input_f4_avx2)
  private func inputF4AVX2(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF4<Fused<SIMD8<Float>>>.self, AllInMemory<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_input_f6_avx2)
  private func inputF6AVX2(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF6<Fused<SIMD8<Float>>>.self, AllInMemory<Fused<SIMD8<Float>>>.self, block)
  }
#endif

extension WinogradInputBlock {
  /// Transforms with the instructions of a level, which the machine must have.
  ///
  /// - Parameter outputs: the `m` of F(m, 3), 2, 4 or 6.
  @inline(never)
  func run(_ isa: InstructionSet, outputs: Int) {
    withUnsafePointer(to: self) { block in
      switch (isa, outputs) {
      #if arch(x86_64)
        case (.avx512, 2): run_winograd_input_f2_avx512(block)
        case (.avx512, 4): run_winograd_input_f4_avx512(block)
        case (.avx512, _): run_winograd_input_f6_avx512(block)
        case (.avx2, 2): run_winograd_input_f2_avx2(block)
        case (.avx2, 4): run_winograd_input_f4_avx2(block)
        case (.avx2, _): run_winograd_input_f6_avx2(block)
      #endif
      case (_, 2): transformBaseline(WinogradF2.self, block)
      case (_, 4): transformBaseline(WinogradF4.self, block)
      default: transformBaseline(WinogradF6.self, block)
      }
    }
  }

  private func transformBaseline<Transform: WinogradTransform<Baseline<SIMD4<Float>>>>(
    _: Transform.Type, _ block: UnsafeRawPointer
  ) { transformInput(Transform.self, AllInMemory<Transform.Vector>.self, block) }
}
