import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Some output rows of one plane of a depthwise convolution on NCHW. The input has been padded and its columns sorted by their
/// remainder of the stride, so that each tap reads consecutive floats.
struct DepthwiseNCHWBlock {
  /// The padded plane.
  var plane: UnsafePointer<Float>
  /// Floats from the inputs of one output row to those of the next.
  var rowStep: Int
  /// For each tap where it reads for the first output.
  var offsets: UnsafePointer<Int>
  var taps: Int
  /// One weight a tap.
  var weights: UnsafePointer<Float>
  var bias: Float
  var rows: Int
  var columns: Int
  /// Strides as `target`, and may be the same memory.
  var residual: UnsafePointer<Float>?
  var target: UnsafeMutablePointer<Float>
  var targetStride: Int
  var low: Float
  var high: Float
  /// Room for a vector.
  var scratch: UnsafeMutablePointer<Float>
}

@inline(__always)
private func runTaps<Vector: FloatVector>(_: Vector.Type, _ arguments: UnsafeRawPointer?) {
  let block = arguments.unsafelyUnwrapped.load(as: DepthwiseNCHWBlock.self)
  for row in 0..<block.rows {
    var column = 0
    while column < block.columns {
      var sum = Vector(repeating: block.bias)
      let offset = row * block.targetStride + column
      let isFull = column + Vector.width <= block.columns
      if let residual = block.residual {
        if isFull {
          sum += .load(residual + offset)
        } else {
          for lane in 0..<block.columns - column { block.scratch[lane] = residual[offset + lane] }
          sum += .load(block.scratch)
        }
      }
      let source = block.plane + row * block.rowStep + column
      for tap in 0..<block.taps {
        sum.addProduct(Vector(repeating: block.weights[tap]), .load(source + block.offsets[tap]))
      }
      sum.clamp(block.low, block.high)
      if isFull {
        sum.store(block.target + offset)
      } else {
        sum.store(block.scratch)
        for lane in 0..<block.columns - column { block.target[offset + lane] = block.scratch[lane] }
      }
      column += Vector.width
    }
  }
}

#if arch(x86_64)
  @c(body_depthwise_nchw_avx512)
  private func tapsAVX512(_ block: UnsafeRawPointer?) { runTaps(Fused<SIMD16<Float>>.self, block) }
  @c(body_depthwise_nchw_avx2)
  private func tapsAVX2(_ block: UnsafeRawPointer?) { runTaps(Fused<SIMD8<Float>>.self, block) }
#endif

extension DepthwiseNCHWBlock {
  /// Runs with the instructions of a level, which the machine must have.
  @inline(never)
  func run(_ isa: InstructionSet) {
    withUnsafePointer(to: self) { block in
      switch isa {
      #if arch(x86_64)
        case .avx512: run_depthwise_nchw_avx512(block)
        case .avx2: run_depthwise_nchw_avx2(block)
      #endif
      default: runTaps(Baseline<SIMD4<Float>>.self, block)
      }
    }
  }
}
