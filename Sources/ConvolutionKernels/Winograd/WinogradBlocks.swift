import CKernelISA
import ConvolutionModel
import RegisterTiles

/// The forward transform of one tile: `Bᵀ d B` for some vectors of channels (NHWC) or tiles (NCHW).
struct WinogradInputBlock {
  /// One pointer a point of the tile, row by row.
  var pointers: UnsafePointer<Broadcasts>
  /// Lanes to transform, a multiple of the vector's.
  var count: Int
  /// The first point's result; the points are `targetStride` floats apart.
  var target: UnsafeMutablePointer<Float>
  var targetStride: Int
  /// One vector a point.
  var scratch: UnsafeMutablePointer<Float>
}

/// The inverse transform of one tile: `Aᵀ m A`, with the epilogue.
struct WinogradOutputBlock {
  /// The first point's products; the points are `sourceStride` floats apart.
  var source: UnsafePointer<Float>
  var sourceStride: Int
  /// Lanes to transform, a multiple of the vector's.
  var count: Int
  /// One value a lane is added; nil without.
  var bias: UnsafePointer<Float>?
  /// One pointer an output of the tile, row by row: what is added to it; nil without.
  var residuals: UnsafePointer<Broadcasts>?
  /// One pointer an output of the tile; those outside the image point at memory that nobody reads.
  var targets: UnsafePointer<UnsafeMutablePointer<Float>>
  var low: Float
  var high: Float
  /// One vector a point.
  var scratch: UnsafeMutablePointer<Float>
}

@inline(__always)
private func transformInput<Transform: WinogradTransform>(_: Transform.Type, _ arguments: UnsafeRawPointer?) {
  typealias Points = Transform.Points
  let block = arguments.unsafelyUnwrapped.load(as: WinogradInputBlock.self)
  let lanes = Points.Vector.width
  var offset = 0
  while offset < block.count {
    for column in 0..<Points.count {
      Transform.input(Points.load(block.pointers + column, stride: Points.count, offset: offset))
        .store(block.scratch + column * lanes, stride: Points.count * lanes)
    }
    for row in 0..<Points.count {
      Transform.input(Points.load(block.scratch + row * Points.count * lanes, stride: lanes))
        .store(block.target + row * Points.count * block.targetStride + offset, stride: block.targetStride)
    }
    offset += lanes
  }
}

@inline(__always)
private func transformOutput<Transform: WinogradTransform>(_: Transform.Type, _ arguments: UnsafeRawPointer?) {
  typealias Points = Transform.Points
  typealias Outputs = Transform.Outputs
  typealias Vector = Points.Vector
  let block = arguments.unsafelyUnwrapped.load(as: WinogradOutputBlock.self)
  let lanes = Vector.width
  var offset = 0
  while offset < block.count {
    for column in 0..<Points.count {
      Transform.output(
        Points.load(block.source + column * block.sourceStride + offset, stride: Points.count * block.sourceStride)
      ).store(block.scratch + column * lanes, stride: Points.count * lanes)
    }
    for row in 0..<Outputs.count {
      // The row's products are in registers before its outputs overwrite their place.
      Transform.output(Points.load(block.scratch + row * Points.count * lanes, stride: lanes))
        .store(block.scratch + row * Points.count * lanes, stride: lanes)
      for column in 0..<Outputs.count {
        var value = Vector.load(block.scratch + (row * Points.count + column) * lanes)
        if let bias = block.bias { value += .load(bias + offset) }
        if let residuals = block.residuals { value += .load(residuals[row * Outputs.count + column] + offset) }
        value.clamp(block.low, block.high)
        value.store(block.targets[row * Outputs.count + column] + offset)
      }
    }
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
  @c(body_winograd_output_f2_avx512)
  private func outputF2AVX512(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF2<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_output_f4_avx512)
  private func outputF4AVX512(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF4<Fused<SIMD16<Float>>>.self, block)
  }
  @c(body_winograd_input_f2_avx2)
  private func inputF2AVX2(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF2<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_input_f4_avx2)
  private func inputF4AVX2(_ block: UnsafeRawPointer?) {
    transformInput(WinogradF4<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_output_f2_avx2)
  private func outputF2AVX2(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF2<Fused<SIMD8<Float>>>.self, block)
  }
  @c(body_winograd_output_f4_avx2)
  private func outputF4AVX2(_ block: UnsafeRawPointer?) {
    transformOutput(WinogradF4<Fused<SIMD8<Float>>>.self, block)
  }
#endif

extension WinogradInputBlock {
  /// Transforms with the instructions of a level, which the machine must have.
  ///
  /// - Parameter outputs: the `m` of F(m, 3), 2 or 4.
  @inline(never)
  func run(_ isa: InstructionSet, outputs: Int) {
    withUnsafePointer(to: self) { block in
      switch (isa, outputs) {
      #if arch(x86_64)
        case (.avx512, 2): run_winograd_input_f2_avx512(block)
        case (.avx512, _): run_winograd_input_f4_avx512(block)
        case (.avx2, 2): run_winograd_input_f2_avx2(block)
        case (.avx2, _): run_winograd_input_f4_avx2(block)
      #endif
      case (_, 2): transformInput(WinogradF2<Baseline<SIMD4<Float>>>.self, block)
      default: transformInput(WinogradF4<Baseline<SIMD4<Float>>>.self, block)
      }
    }
  }
}

extension WinogradOutputBlock {
  /// Transforms with the instructions of a level, which the machine must have.
  ///
  /// - Parameter outputs: the `m` of F(m, 3), 2 or 4.
  @inline(never)
  func run(_ isa: InstructionSet, outputs: Int) {
    withUnsafePointer(to: self) { block in
      switch (isa, outputs) {
      #if arch(x86_64)
        case (.avx512, 2): run_winograd_output_f2_avx512(block)
        case (.avx512, _): run_winograd_output_f4_avx512(block)
        case (.avx2, 2): run_winograd_output_f2_avx2(block)
        case (.avx2, _): run_winograd_output_f4_avx2(block)
      #endif
      case (_, 2): transformOutput(WinogradF2<Baseline<SIMD4<Float>>>.self, block)
      default: transformOutput(WinogradF4<Baseline<SIMD4<Float>>>.self, block)
      }
    }
  }
}
