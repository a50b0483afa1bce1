import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Some output pixels of a depthwise convolution on NHWC: every tap is a product lane by lane over channels.
struct DepthwiseNHWCBlock {
  /// `[taps][pointerStride]`, of which each row's first `pixels` are used.
  var pointers: UnsafePointer<Broadcasts>
  var pointerStride: Int
  var pixels: Int
  var taps: Int
  var channels: Int
  /// `[taps][channels]`.
  var weights: UnsafePointer<Float>
  var bias: UnsafePointer<Float>?
  /// Strides as `target`, and may be the same memory.
  var residual: UnsafePointer<Float>?
  var target: UnsafeMutablePointer<Float>
  var targetStride: Int
  var low: Float
  var high: Float
}

/// Runs all channels that fill vectors of some pixels; returns the first channel that is left.
@inline(__always)
private func runChannels<Tile: RegisterTile>(
  _: Tile.Type, _ block: DepthwiseNHWCBlock, _ pixel: Int, from first: Int
) -> Int {
  typealias Row = Tile.Row
  var channel = first
  while channel + Row.width <= block.channels {
    var sums: Tile
    if let bias = block.bias { sums = Tile(repeating: .load(bias + channel)) } else { sums = Tile(repeating: .zero) }
    if let residual = block.residual {
      sums.add(residual + pixel * block.targetStride + channel, stride: block.targetStride)
    }
    var pointers = block.pointers + pixel
    var weights = block.weights + channel
    for _ in 0..<block.taps {
      sums.addLaneProducts(Tile.pointers(pointers), channel, .load(weights))
      pointers += block.pointerStride
      weights += block.channels
    }
    sums.clamp(block.low, block.high)
    sums.store(block.target + pixel * block.targetStride + channel, stride: block.targetStride)
    channel += Row.width
  }
  return channel
}

/// Runs the channels that don't fill a vector, one pixel and channel at a time.
@inline(never)
private func runLastChannels(_ block: DepthwiseNHWCBlock, _ pixel: Int, from first: Int) {
  for channel in first..<block.channels {
    let offset = pixel * block.targetStride + channel
    var sum = block.bias?[channel] ?? 0
    if let residual = block.residual { sum += residual[offset] }
    for tap in 0..<block.taps {
      sum += block.pointers[tap * block.pointerStride + pixel][channel] * block.weights[tap * block.channels + channel]
    }
    sum = sum < block.low ? block.low : sum
    block.target[offset] = sum > block.high ? block.high : sum
  }
}

/// Runs a block with a wide vector for most channels and a narrow one for the rest.
@inline(__always)
private func runNHWC<Wide: FloatVector, Narrow: FloatVector, Last: FloatVector>(
  _: Wide.Type, _: Narrow.Type, _: Last.Type, _ arguments: UnsafeRawPointer?
) {
  let block = arguments.unsafelyUnwrapped.load(as: DepthwiseNHWCBlock.self)
  let tiles = (block.pixels + 5) / 6
  var pixel = 0
  for tile in 0..<tiles {
    let height = (block.pixels - pixel) / (tiles - tile)
    var channel = 0
    switch height {
    case 6: channel = runChannels(Tile6<Wide>.self, block, pixel, from: 0)
    case 5: channel = runChannels(Tile5<Wide>.self, block, pixel, from: 0)
    case 4: channel = runChannels(Tile4<Wide>.self, block, pixel, from: 0)
    default: break
    }
    for single in pixel..<pixel + height {
      var next = runChannels(Tile1<Narrow>.self, block, single, from: channel)
      next = runChannels(Tile1<Last>.self, block, single, from: next)
      if next < block.channels { runLastChannels(block, single, from: next) }
    }
    pixel += height
  }
}

#if arch(x86_64)
  @c(body_depthwise_nhwc_avx512)
  private func nhwcAVX512(_ block: UnsafeRawPointer?) {
    runNHWC(Fused<SIMD64<Float>>.self, Fused<SIMD16<Float>>.self, Fused<SIMD4<Float>>.self, block)
  }
  @c(body_depthwise_nhwc_avx2)
  private func nhwcAVX2(_ block: UnsafeRawPointer?) {
    runNHWC(Fused<SIMD16<Float>>.self, Fused<SIMD8<Float>>.self, Fused<SIMD4<Float>>.self, block)
  }
#endif

extension DepthwiseNHWCBlock {
  /// Runs with the instructions of a level, which the machine must have.
  @inline(never)
  func run(_ isa: InstructionSet) {
    withUnsafePointer(to: self) { block in
      switch isa {
      #if arch(x86_64)
        case .avx512: run_depthwise_nhwc_avx512(block)
        case .avx2: run_depthwise_nhwc_avx2(block)
      #endif
      default:
        runNHWC(Baseline<SIMD8<Float>>.self, Baseline<SIMD4<Float>>.self, Baseline<SIMD4<Float>>.self, block)
      }
    }
  }
}
