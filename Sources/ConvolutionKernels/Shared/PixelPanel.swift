import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Packs the input values that some output pixels of one NCHW image need, tap by tap: columns of the im2col matrix.
struct PixelPanel {
  let problem: ConvolutionProblem

  /// A run of output pixels of one row whose tap lies inside the image.
  struct Run {
    /// Where the first one reads, counted from the plane's start.
    var source: Int
    /// Where it goes in the panel's row.
    var target: Int
    var count: Int
  }

  /// Runs that a row of a panel may fall into: one for each output row that its pixels touch.
  static func runCount(width: Int, _ problem: ConvolutionProblem) -> Int {
    (width + problem.outputWidth - 2) / problem.outputWidth + 1
  }

  /// Fills `[rows][width]`: for each reduction row, `tap · channels + channel`, the input values of `pixels`; zeros for taps on
  /// padding and beyond the last pixel.
  ///
  /// - Parameters:
  ///   - image: the first channel of the group.
  ///   - rows: reduction rows.
  ///   - width: floats of a row, at least as many as pixels.
  ///   - runs: room for ``runCount(width:_:)`` runs.
  func pack(
    _ image: UnsafePointer<Float>, pixels: Range<Int>, rows: Range<Int>, width: Int,
    into target: UnsafeMutablePointer<Float>, runs: UnsafeMutablePointer<Run>, isa: InstructionSet
  ) {
    let channels = problem.inputChannelsPerGroup
    let planeSize = problem.inputHeight * problem.inputWidth
    var row = rows.lowerBound
    while row < rows.upperBound {
      let tap = row / channels
      let end = min(rows.upperBound, (tap + 1) * channels)
      let (count, covered) = setRuns(runs, tap: tap, pixels: pixels)
      PanelBlock(
        plane: image + (row - tap * channels) * planeSize, planeStride: planeSize, planes: end - row, runs: runs,
        runCount: count, step: problem.strideWidth, target: target + (row - rows.lowerBound) * width, width: width,
        clears: covered < width
      ).run(isa)
      row = end
    }
  }

  /// Cuts the pixels of one tap into runs; returns how many, and how many pixels they hold.
  private func setRuns(_ runs: UnsafeMutablePointer<Run>, tap: Int, pixels: Range<Int>) -> (Int, Int) {
    let rowOffset = tap / problem.filterWidth * problem.dilationHeight - problem.padding.top
    let columnOffset = tap % problem.filterWidth * problem.dilationWidth - problem.padding.left
    let stride = problem.strideWidth
    // Output columns whose input column lies inside.
    let firstInside = columnOffset >= 0 ? 0 : (-columnOffset + stride - 1) / stride
    let endInside =
      problem.inputWidth <= columnOffset ? 0 : (problem.inputWidth - columnOffset - 1) / stride + 1
    var count = 0
    var covered = 0
    var pixel = pixels.lowerBound
    while pixel < pixels.upperBound {
      let y = pixel / problem.outputWidth
      let rowStart = y * problem.outputWidth
      let x = pixel - rowStart
      let end = min(problem.outputWidth, pixels.upperBound - rowStart)
      let row = y * problem.strideHeight + rowOffset
      let first = max(x, firstInside)
      let last = min(end, endInside)
      if row >= 0 && row < problem.inputHeight && first < last {
        (runs + count).initialize(
          to: Run(
            source: row * problem.inputWidth + first * stride + columnOffset,
            target: rowStart + first - pixels.lowerBound, count: last - first))
        count += 1
        covered += last - first
      }
      pixel = rowStart + end
    }
    return (count, covered)
  }
}

/// The same runs of some planes, a row of the panel each.
private struct PanelBlock {
  var plane: UnsafePointer<Float>
  var planeStride: Int
  var planes: Int
  var runs: UnsafePointer<PixelPanel.Run>
  var runCount: Int
  /// Floats from one pixel's input to the next one's.
  var step: Int
  var target: UnsafeMutablePointer<Float>
  /// Floats of a row of the panel.
  var width: Int
  /// The runs leave gaps, which are zeros.
  var clears: Bool

  @inline(never)
  func run(_ isa: InstructionSet) {
    withUnsafePointer(to: self) { block in
      switch isa {
      #if arch(x86_64)
        case .avx512: run_pack_panel_avx512(block)
        case .avx2: run_pack_panel_avx2(block)
      #endif
      default: pack(Baseline<SIMD4<Float>>.self, block)
      }
    }
  }
}

@inline(__always)
private func pack<Vector: LanesVector>(_: Vector.Type, _ arguments: UnsafeRawPointer?)
where Vector.Lanes: TransposedLanes {
  let block = arguments.unsafelyUnwrapped.load(as: PanelBlock.self)
  var plane = block.plane
  var target = block.target
  for _ in 0..<block.planes {
    if block.clears { clear(Vector.self, target, block.width) }
    for index in 0..<block.runCount {
      let run = block.runs[index]
      if block.step == 1 {
        copy(Vector.self, plane + run.source, target + run.target, run.count)
      } else {
        var source = plane + run.source
        var position = run.target
        let end = position &+ run.count
        // The last pixel is left to the other loop: what lies behind it may not be there.
        while block.step == 2 && position &+ Vector.width < end {
          Vector.Lanes.even(source).store(target + position)
          source += 2 &* Vector.width
          position &+= Vector.width
        }
        while position < end {
          target[position] = source.pointee
          source += block.step
          position &+= 1
        }
      }
    }
    plane += block.planeStride
    target += block.width
  }
}

/// Writes zeros; the last vector overlaps the one before where the count is no multiple.
@inline(__always)
private func clear<Vector: FloatVector>(_: Vector.Type, _ target: UnsafeMutablePointer<Float>, _ count: Int) {
  if count < Vector.width {
    for index in 0..<count { target[index] = 0 }
    return
  }
  var index = 0
  while index < count {
    Vector.zero.store(target + min(index, count - Vector.width))
    index += Vector.width
  }
}

/// Copies without a call, since runs are short; the last vector overlaps the one before where the count is no multiple.
@inline(__always)
private func copy<Vector: FloatVector>(
  _: Vector.Type, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int
) {
  if count >= Vector.width {
    var index = 0
    while index < count {
      let position = min(index, count - Vector.width)
      Vector.load(source + position).store(target + position)
      index += Vector.width
    }
  } else if count >= 4 {
    var index = 0
    while index < count {
      let position = min(index, count - 4)
      Plain<SIMD4<Float>>.load(source + position).store(target + position)
      index += 4
    }
  } else {
    for index in 0..<count { target[index] = source[index] }
  }
}

#if arch(x86_64)
  @c(body_pack_panel_avx512)
  private func packAVX512(_ block: UnsafeRawPointer?) { pack(Fused<SIMD16<Float>>.self, block) }
  @c(body_pack_panel_avx2)
  private func packAVX2(_ block: UnsafeRawPointer?) { pack(Fused<SIMD8<Float>>.self, block) }
#endif
