import CKernelISA
import RegisterTiles

/// Input rows of some planes, to be copied to where taps read them, see ``StagedPlanes``.
struct PlaneStaging {
  /// The first plane's first row.
  var source: UnsafePointer<Float>
  /// Where the input's memory ends.
  var sourceEnd: UnsafePointer<Float>
  var sourceStride: Int
  var sourcePlane: Int
  /// Columns of a row.
  var columns: Int
  /// Rows of a plane.
  var rows: Int
  var planes: Int
  /// Of the first row.
  var target: UnsafeMutablePointer<Float>
  /// From a row to the one after the next, and from the first row to the second.
  var targetStride: Int
  var secondRow: Int
  var targetPlane: Int
  /// From a row's even columns to its odd ones, with stride 2.
  var phaseColumns: Int
  /// The lanes of a row narrower than a vector: all bits, of even columns and, 16 floats on, of odd ones.
  var masks: UnsafePointer<Float>
}

/// Copies rows, with stride 2 even columns to one place and odd ones to another.
@inline(__always)
private func stage<Stride: PlaneStride, Row: LanesVector>(
  _: Stride.Type, _: Row.Type, _ arguments: UnsafeRawPointer?
) where Row.Lanes: StagedLanes {
  let rows = arguments.unsafelyUnwrapped.load(as: PlaneStaging.self)
  var plane = 0
  while plane < rows.planes {
    let source = rows.source + plane &* rows.sourcePlane
    let target = rows.target + plane &* rows.targetPlane
    if rows.columns >= Stride.count &* Row.width {
      stageWide(Stride.self, Row.self, rows, source, target)
    } else {
      stageNarrow(Stride.self, Row.self, rows, source, target)
    }
    plane &+= 1
  }
}

/// Rows of at least a vector: the last one ends with the row.
@inline(__always)
private func stageWide<Stride: PlaneStride, Row: LanesVector>(
  _: Stride.Type, _: Row.Type, _ rows: PlaneStaging, _ source: UnsafePointer<Float>,
  _ target: UnsafeMutablePointer<Float>
) where Row.Lanes: StagedLanes {
  let count = rows.columns / Stride.count
  let last = count &- Row.width
  var (source, target, next) = (source, target, target + rows.secondRow)
  var row = 0
  while row < rows.rows {
    var column = 0
    while column < count {
      let first = min(column, last)
      if Stride.count == 1 {
        Row.load(source + first).store(target + first)
      } else {
        let pair = Row.Lanes.split(source + 2 &* first)
        Row(lanes: pair.even).store(target + first)
        Row(lanes: pair.odd).store(target + (rows.phaseColumns &+ first))
      }
      column &+= Row.width
    }
    if Stride.count == 2 && rows.columns & 1 == 1 { target[count] = source[2 &* count] }
    source += rows.sourceStride
    (target, next) = (next, target + rows.targetStride)
    row &+= 1
  }
}

/// Rows of less than a vector: what is read beyond a row becomes zeros, and nothing is read beyond the input.
@inline(__always)
private func stageNarrow<Stride: PlaneStride, Row: LanesVector>(
  _: Stride.Type, _: Row.Type, _ rows: PlaneStaging, _ source: UnsafePointer<Float>,
  _ target: UnsafeMutablePointer<Float>
) where Row.Lanes: StagedLanes {
  let even = Row.load(rows.masks).lanes
  let odd = Row.load(rows.masks + 16).lanes
  var (source, target, next) = (source, target, target + rows.secondRow)
  var row = 0
  while row < rows.rows && source + Stride.count &* Row.width <= rows.sourceEnd {
    if Stride.count == 1 {
      var lanes = Row.load(source).lanes
      lanes.keep(even)
      Row(lanes: lanes).store(target)
    } else {
      var pair = Row.Lanes.split(source)
      pair.even.keep(even)
      pair.odd.keep(odd)
      Row(lanes: pair.even).store(target)
      Row(lanes: pair.odd).store(target + rows.phaseColumns)
    }
    source += rows.sourceStride
    (target, next) = (next, target + rows.targetStride)
    row &+= 1
  }
  while row < rows.rows {
    var column = 0
    while column < rows.columns {
      let phase = Stride.count == 2 && column & 1 == 1 ? rows.phaseColumns : 0
      target[phase &+ column / Stride.count] = source[column]
      column &+= 1
    }
    source += rows.sourceStride
    (target, next) = (next, target + rows.targetStride)
    row &+= 1
  }
}

#if arch(x86_64)
  @c(body_depthwise_stage_s1_avx512)
  private func stage1AVX512(_ rows: UnsafeRawPointer?) { stage(PlaneStride1.self, Fused<SIMD16<Float>>.self, rows) }
  @c(body_depthwise_stage_s2_avx512)
  private func stage2AVX512(_ rows: UnsafeRawPointer?) { stage(PlaneStride2.self, Fused<SIMD16<Float>>.self, rows) }
  @c(body_depthwise_stage_s1_avx2)
  private func stage1AVX2(_ rows: UnsafeRawPointer?) { stage(PlaneStride1.self, Fused<SIMD8<Float>>.self, rows) }
  @c(body_depthwise_stage_s2_avx2)
  private func stage2AVX2(_ rows: UnsafeRawPointer?) { stage(PlaneStride2.self, Fused<SIMD8<Float>>.self, rows) }

  extension PlaneStaging {
    /// Runs with vectors of 16 or 8 lanes.
    @inline(never)
    func run(stride: Int, lanes: Int) {
      withUnsafePointer(to: self) { rows in
        switch (stride, lanes) {
        case (1, 16): run_depthwise_stage_s1_avx512(rows)
        case (1, _): run_depthwise_stage_s1_avx2(rows)
        case (_, 16): run_depthwise_stage_s2_avx512(rows)
        case (_, _): run_depthwise_stage_s2_avx2(rows)
        }
      }
    }
  }
#endif
