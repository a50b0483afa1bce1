import CKernelISA
import ConvolutionModel
import RegisterTiles

/// The inverse transform of one tile: `Aᵀ m A`, with the epilogue.
struct WinogradOutputBlock {
  /// The first point's products; the points are `pointStride` floats apart, their vectors side by side.
  var source: UnsafePointer<Float>
  var pointStride: Int
  /// Vectors to transform, as many as the scratch memory holds.
  var vectors: Int
  /// One value a lane is added.
  var bias: UnsafePointer<Float>
  /// One pointer a row of outputs: what is added to them; nil without.
  var residuals: UnsafePointer<Broadcasts>?
  /// One pointer a row of outputs.
  var targets: UnsafePointer<UnsafeMutablePointer<Float>>
  /// Floats from one output of a row to the next.
  var pixelStride: Int
  /// The rows and columns that are written: those inside the image.
  var rows: Int
  var columns: Int
  /// Whether outputs are clamped to `low` and `high`.
  var clamps: Bool
  var low: Float
  var high: Float
  /// `vectors` vectors a point: all go through one dimension before the first goes through the other.
  var scratch: UnsafeMutablePointer<Float>
  /// ``WinogradVariant/outputCoefficients``.
  var coefficients: UnsafePointer<Float>
}

/// A row of outputs that gets its epilogue on the way to memory.
private struct FinishedOutputs<Vector: FloatVector>: VectorTarget {
  let start: UnsafeMutablePointer<Float>
  let stride: Int
  let bias: Vector
  let clamps: Bool
  let low: Float
  let high: Float

  @inline(__always) func store(_ vector: Vector, _ position: Int) {
    var value = vector + bias
    if clamps { value.clamp(low, high) }
    value.store(start + position * stride)
  }
}

@inline(__always)
private func transformOutput<Transform: WinogradTransform>(_: Transform.Type, _ arguments: UnsafeRawPointer?) {
  typealias Vector = Transform.Vector
  let block = arguments.unsafelyUnwrapped.load(as: WinogradOutputBlock.self)
  let (size, lanes) = (Transform.size, Vector.width)
  let c = CoefficientsInMemory<Vector>(block.coefficients, count: 0)
  let isWhole = block.columns == Transform.outputs && block.residuals == nil
  var offset = 0
  let end = block.vectors &* lanes
  var staged = block.scratch
  while offset < end {
    var source = block.source + offset
    for column in 0..<size {
      Transform.output(
        StridedVectors<Vector>(source, stride: size &* block.pointStride),
        StridedVectors(staged + column &* lanes, stride: size &* lanes), c)
      source += block.pointStride
      // The outputs' lines, which are written after all vectors have come this far.
      if column < block.columns {
        for row in 0..<block.rows {
          kernel_prefetch_to_write(block.targets[row] + (column &* block.pixelStride &+ offset))
        }
      }
    }
    staged += size &* size &* lanes
    offset &+= lanes
  }
  offset = 0
  staged = block.scratch
  while offset < end {
    var values = staged
    for row in 0..<block.rows {
      let products = StridedVectors<Vector>(values, stride: lanes)
      let finished = FinishedOutputs(
        start: block.targets[row] + offset, stride: block.pixelStride, bias: Vector.load(block.bias + offset),
        clamps: block.clamps, low: block.low, high: block.high)
      if isWhole {
        Transform.output(products, finished, c)
      } else {
        // The row's products are in registers before its outputs overwrite their place.
        Transform.output(products, products, c)
        for column in 0..<block.columns {
          var value = products[column]
          if let residuals = block.residuals { value += .load(residuals[row] + column &* block.pixelStride + offset) }
          finished.store(value, column)
        }
      }
      values += size &* lanes
    }
    staged += size &* size &* lanes
    offset &+= lanes
  }
}

#if arch(x86_64)
  @c(body_winograd_output_f2_avx512)
  private func outputF2AVX512(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF2<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_output_f4_avx512)
  private func outputF4AVX512(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF4<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_output_f6_avx512)
  private func outputF6AVX512(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF6<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_output_f2_avx2)
  private func outputF2AVX2(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF2<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_output_f4_avx2)
  private func outputF4AVX2(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF4<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_output_f6_avx2)
  private func outputF6AVX2(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF6<Fused<SIMD8<Float>>>.self, block)
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
      case (_, 2): transformOutput(WinogradF2<Baseline<SIMD4<Float>>>.self, block)
      case (_, 4): transformOutput(WinogradF4<Baseline<SIMD4<Float>>>.self, block)
      default: transformOutput(WinogradF6<Baseline<SIMD4<Float>>>.self, block)
      }
    }
  }
}
