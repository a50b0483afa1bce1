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
  /// ``scratchCount(points:)`` floats.
  var scratch: UnsafeMutablePointer<Float>
  /// ``WinogradVariant/inputCoefficients``.
  var coefficients: UnsafePointer<Float>
}

extension WinogradInputBlock {
  /// Vectors that go through the first dimension before the first of them goes through the second, so that it needn't
  /// wait for its last sums.
  private static let group = 4
  /// Floats of scratch memory.
  static func scratchCount(points: Int) -> Int { 16 * group * points }

  @inline(__always)
  fileprivate func run<Transform: WinogradTransform, Coefficients: CoefficientSource>(
    _: Transform.Type, _: Coefficients.Type
  ) where Coefficients.Vector == Transform.Vector {
    typealias Vector = Transform.Vector
    let (size, lanes) = (Transform.size, Vector.width)
    let c = Coefficients(coefficients, count: Transform.inputCoefficients)
    var column = VectorColumn<Vector>(rows, count: size)
    for index in 0..<size where !columns.contains(index) {
      for row in 0..<Self.group &* size { Vector.zero.store(scratch + (row &* size &+ index) &* lanes) }
    }
    var target = target
    var left = vectors
    var first = columns.lowerBound &* pixelStride
    while left > 0 {
      let count = min(left, Self.group)
      var staged = scratch
      for _ in 0..<count {
        column.offset = first
        var place = staged + columns.lowerBound &* lanes
        let end = staged + columns.upperBound &* lanes
        while place < end {
          Transform.input(column, StridedVectors(place, stride: size &* lanes), c)
          column.offset &+= pixelStride
          place += lanes
        }
        staged += size &* size &* lanes
        first &+= lanes
      }
      staged = scratch
      for _ in 0..<count {
        var point = target
        let end = staged + size &* size &* lanes
        while staged < end {
          Transform.input(
            StridedVectors(staged, stride: lanes), StridedVectors<Vector>(point, stride: pointStride), c)
          staged += size &* lanes
          point += size &* pointStride
        }
        target += vectorStride
      }
      left &-= count
    }
  }
}

@inline(__always)
private func transformInput<Transform: WinogradTransform, Coefficients: CoefficientSource>(
  _ transform: Transform.Type, _ coefficients: Coefficients.Type, _ arguments: UnsafeRawPointer?
) where Coefficients.Vector == Transform.Vector {
  arguments.unsafelyUnwrapped.load(as: WinogradInputBlock.self).run(transform, coefficients)
}

#if arch(x86_64)
  @c(body_winograd_input_f2_avx512)
  private func inputF2AVX512(_ block: UnsafeRawPointer?) {
    transformInput(
      WinogradF2<Fused<SIMD16<Float>>>.self, CoefficientsInRegisters<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f4_avx512)
  private func inputF4AVX512(_ block: UnsafeRawPointer?) {
    transformInput(
      WinogradF4<Fused<SIMD16<Float>>>.self, CoefficientsInRegisters<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f6_avx512)
  private func inputF6AVX512(_ block: UnsafeRawPointer?) {
    transformInput(
      WinogradF6<Fused<SIMD16<Float>>>.self, CoefficientsInRegisters<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f2_avx2)
  private func inputF2AVX2(_ block: UnsafeRawPointer?) {
    transformInput(
      WinogradF2<Fused<SIMD8<Float>>>.self, CoefficientsInMemory<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_input_f4_avx2)
  private func inputF4AVX2(_ block: UnsafeRawPointer?) {
    transformInput(
      WinogradF4<Fused<SIMD8<Float>>>.self, CoefficientsInMemory<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_input_f6_avx2)
  private func inputF6AVX2(_ block: UnsafeRawPointer?) {
    transformInput(
      WinogradF6<Fused<SIMD8<Float>>>.self, CoefficientsInMemory<Fused<SIMD8<Float>>>.self, block)
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
      case (_, 2):
        transformInput(
          WinogradF2<Baseline<SIMD4<Float>>>.self, CoefficientsInMemory<Baseline<SIMD4<Float>>>.self, block)
      case (_, 4):
        transformInput(
          WinogradF4<Baseline<SIMD4<Float>>>.self, CoefficientsInMemory<Baseline<SIMD4<Float>>>.self, block)
      default:
        transformInput(
          WinogradF6<Baseline<SIMD4<Float>>>.self, CoefficientsInMemory<Baseline<SIMD4<Float>>>.self, block)
      }
    }
  }
}
