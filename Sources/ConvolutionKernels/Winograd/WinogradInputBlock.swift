import CKernelISA
import ConvolutionModel
import RegisterTiles

/// The forward transform of one tile: `Bᵀ d B` for some vectors of channels (NHWC) or tiles (NCHW).
struct WinogradInputBlock {
  /// One pointer a row of the tile, to where its first pixel is or would be.
  var rows: UnsafePointer<Broadcasts>
  /// Floats from one pixel of a row to the next.
  var pixelStride: Int
  /// The columns that are read; those beside are zeros.
  var columns: Range<Int>
  /// Vectors to transform.
  var vectors: Int
  /// The first vector of the first point; the points are `pointStride` floats apart, a point's vectors `vectorStride`.
  var target: UnsafeMutablePointer<Float>
  var pointStride: Int
  var vectorStride: Int
  /// One vector a point.
  var scratch: UnsafeMutablePointer<Float>
  /// ``WinogradVariant/inputCoefficients``.
  var coefficients: UnsafePointer<Float>
}

@inline(__always)
private func transformInput<Transform: WinogradTransform>(_: Transform.Type, _ arguments: UnsafeRawPointer?) {
  typealias Vector = Transform.Vector
  let block = arguments.unsafelyUnwrapped.load(as: WinogradInputBlock.self)
  let (size, lanes) = (Transform.size, Vector.width)
  var column = 0
  while column < size {
    if !(block.columns.lowerBound <= column && column < block.columns.upperBound) {
      for row in 0..<size { Vector.zero.store(block.scratch + (row * size + column) * lanes) }
    }
    column += 1
  }
  var target = block.target
  var offset = 0
  for _ in 0..<block.vectors {
    column = block.columns.lowerBound
    while column < block.columns.upperBound {
      Transform.input(
        VectorColumn(rows: block.rows, offset: column * block.pixelStride + offset),
        StridedVectors(block.scratch + column * lanes, stride: size * lanes), block.coefficients)
      column += 1
    }
    for row in 0..<size {
      Transform.input(
        StridedVectors(block.scratch + row * size * lanes, stride: lanes),
        StridedVectors(target + row * size * block.pointStride, stride: block.pointStride), block.coefficients)
    }
    target += block.vectorStride
    offset += lanes
  }
}

#if arch(x86_64)
  @c(body_winograd_input_f2_avx512)
  private func inputF2AVX512(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF2<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f4_avx512)
  private func inputF4AVX512(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF4<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f6_avx512)
  private func inputF6AVX512(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF6<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f2_avx2)
  private func inputF2AVX2(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF2<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_input_f4_avx2)
  private func inputF4AVX2(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF4<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_input_f6_avx2)
  private func inputF6AVX2(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF6<Fused<SIMD8<Float>>>.self, block)
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
      case (_, 2): transformInput(WinogradF2<Baseline<SIMD4<Float>>>.self, block)
      case (_, 4): transformInput(WinogradF4<Baseline<SIMD4<Float>>>.self, block)
      default: transformInput(WinogradF6<Baseline<SIMD4<Float>>>.self, block)
      }
    }
  }
}
