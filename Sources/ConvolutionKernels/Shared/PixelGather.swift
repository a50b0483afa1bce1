import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Turns a rectangle of the planes of an NCHW image to pixels of channels, in a cache's worth of memory.
struct PixelGather {
  /// The rectangle's first pixel in the first plane.
  var source: UnsafePointer<Float>
  /// Floats from one plane to the next.
  var planeStride: Int
  var planes: Int
  /// Floats from one row of a plane to the next.
  var rowStride: Int
  var rows: Int
  var columns: Int
  /// The rectangle's pixels one after the other, `pixelStride` floats apart, of each the first `planes` written.
  var target: UnsafeMutablePointer<Float>
  var pixelStride: Int

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
        case .avx512: run_pack_pixels_avx512(block)
        case .avx2: run_pack_pixels_avx2(block)
      #endif
      default: gather(SIMD4<Float>.self, block)
      }
    }
  }

  /// Turns some planes, as many as lanes.
  @inline(__always)
  fileprivate func run<Lanes: TransposedLanes>(_: Lanes.Type, plane: Int) {
    var source = source + plane &* planeStride
    var target = target + plane
    for _ in 0..<rows {
      var column = 0
      // The last four overlap those before where the count is no multiple.
      while column < columns && columns >= 4 {
        let first = min(column, columns &- 4)
        let (a, b, c, d) = Lanes.columns(source + first, stride: planeStride)
        let place = target + first &* pixelStride
        a.store(place)
        b.store(place + pixelStride)
        c.store(place + 2 &* pixelStride)
        d.store(place + 3 &* pixelStride)
        column &+= 4
      }
      while column < columns {
        for lane in 0..<Lanes.scalarCount {
          target[column &* pixelStride &+ lane] = source[lane &* planeStride &+ column]
        }
        column &+= 1
      }
      source += rowStride
      target += columns &* pixelStride
    }
  }

  /// Turns one plane.
  @inline(__always)
  fileprivate func run(plane: Int) {
    var source = source + plane &* planeStride
    var place = target + plane
    for _ in 0..<rows {
      for column in 0..<columns {
        place.pointee = source[column]
        place += pixelStride
      }
      source += rowStride
    }
  }
}

@inline(__always)
private func gather<Lanes: TransposedLanes>(_: Lanes.Type, _ arguments: UnsafeRawPointer?) {
  let block = arguments.unsafelyUnwrapped.load(as: PixelGather.self)
  var plane = 0
  while plane &+ Lanes.scalarCount <= block.planes {
    block.run(Lanes.self, plane: plane)
    plane &+= Lanes.scalarCount
  }
  while plane &+ 4 <= block.planes {
    block.run(SIMD4<Float>.self, plane: plane)
    plane &+= 4
  }
  while plane < block.planes {
    block.run(plane: plane)
    plane &+= 1
  }
}

#if arch(x86_64)
  @c(body_pack_pixels_avx512)
  private func gatherAVX512(_ block: UnsafeRawPointer?) { gather(SIMD16<Float>.self, block) }
  @c(body_pack_pixels_avx2)
  private func gatherAVX2(_ block: UnsafeRawPointer?) { gather(SIMD8<Float>.self, block) }
#endif
