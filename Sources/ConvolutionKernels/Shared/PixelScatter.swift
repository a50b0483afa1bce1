import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Turns pixels of channels to a rectangle of the planes of an NCHW image, with the end of the epilogue.
struct PixelScatter {
  /// The rectangle's pixels one after the other, `pixelStride` floats apart: at least `planes`, rounded up to four.
  var source: UnsafePointer<Float>
  var pixelStride: Int
  /// The rectangle's first pixel in the first plane.
  var target: UnsafeMutablePointer<Float>
  /// Floats from one plane to the next.
  var planeStride: Int
  var planes: Int
  /// Floats from one row of a plane to the next.
  var rowStride: Int
  var rows: Int
  var columns: Int
  /// Added to the pixels, with the target's strides; may be the same memory.
  var residual: UnsafePointer<Float>?
  /// The bounds that sums with a residual are clamped to; without one, they have been.
  var low: Float
  var high: Float

  /// Runs with the instructions of a level, which the machine must have.
  @inline(never)
  func run(_ isa: InstructionSet) {
    var block = self
    if columns == rowStride {
      // Rows without gaps are one.
      block.columns *= rows
      block.rows = 1
    }
    withUnsafePointer(to: block) { block in
      switch isa {
      #if arch(x86_64)
        case .avx512: run_pack_planes_avx512(block)
        case .avx2: run_pack_planes_avx2(block)
      #endif
      default: scatter(SIMD4<Float>.self, block)
      }
    }
  }

  /// Asks for the rectangle in some planes, to be written soon: it has short pieces of many planes, which no prefetcher of
  /// the processor's own foresees.
  func prefetch(planes: Range<Int>) {
    let isOneRow = columns == rowStride
    let last = (isOneRow ? rows * columns : columns) - 1
    for plane in planes {
      for row in 0..<(isOneRow ? 1 : rows) {
        let start = target + (plane &* planeStride &+ row &* rowStride)
        var column = 0
        while column < last {
          kernel_prefetch_to_write(start + column)
          column &+= 16
        }
        kernel_prefetch_to_write(start + last)
      }
    }
  }

  /// Turns as many pixels as there are lanes, all planes.
  @inline(__always)
  fileprivate func run<Lanes: TransposedLanes>(_: Lanes.Type, _ source: UnsafePointer<Float>, _ offset: Int) {
    var plane = 0
    var source = source
    var offset = offset
    while plane < planes {
      let (a, b, c, d) = Lanes.columns(source, stride: pixelStride)
      store(a, offset)
      if plane &+ 1 < planes { store(b, offset &+ planeStride) }
      if plane &+ 2 < planes { store(c, offset &+ 2 &* planeStride) }
      if plane &+ 3 < planes { store(d, offset &+ 3 &* planeStride) }
      source += 4
      offset &+= 4 &* planeStride
      plane &+= 4
    }
  }

  @inline(__always)
  private func store<Lanes: KernelLanes>(_ lanes: Lanes, _ offset: Int) {
    var lanes = lanes
    if let residual {
      lanes.add(.load(residual + offset))
      lanes.clamp(low, high)
    }
    lanes.store(target + offset)
  }

  /// Turns one pixel, all planes.
  @inline(__always)
  fileprivate func run(_ source: UnsafePointer<Float>, _ offset: Int) {
    var offset = offset
    for plane in 0..<planes {
      var value = source[plane]
      if let residual {
        value += residual[offset]
        value = value < low ? low : value
        value = value > high ? high : value
      }
      target[offset] = value
      offset &+= planeStride
    }
  }
}

@inline(__always)
private func scatter<Lanes: TransposedLanes>(_: Lanes.Type, _ arguments: UnsafeRawPointer?) {
  let block = arguments.unsafelyUnwrapped.load(as: PixelScatter.self)
  // The last lanes overlap those before where the count is no multiple, but a residual may be the target itself.
  let overlaps = block.residual == nil && block.columns >= Lanes.scalarCount
  var source = block.source
  for row in 0..<block.rows {
    let start = row &* block.rowStride
    var column = 0
    while column &+ Lanes.scalarCount <= block.columns || overlaps && column < block.columns {
      let first = min(column, block.columns &- Lanes.scalarCount)
      block.run(Lanes.self, source + first &* block.pixelStride, start &+ first)
      column &+= Lanes.scalarCount
    }
    while column &+ 4 <= block.columns {
      block.run(SIMD4<Float>.self, source + column &* block.pixelStride, start &+ column)
      column &+= 4
    }
    while column < block.columns {
      block.run(source + column &* block.pixelStride, start &+ column)
      column &+= 1
    }
    source += block.columns &* block.pixelStride
  }
}

#if arch(x86_64)
  @c(body_pack_planes_avx512)
  private func scatterAVX512(_ block: UnsafeRawPointer?) { scatter(SIMD16<Float>.self, block) }
  @c(body_pack_planes_avx2)
  private func scatterAVX2(_ block: UnsafeRawPointer?) { scatter(SIMD8<Float>.self, block) }
#endif
