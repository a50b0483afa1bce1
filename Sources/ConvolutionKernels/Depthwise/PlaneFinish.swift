import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Outputs of some planes that were computed aside, to be copied to their place.
struct PlaneFinish {
  var source: UnsafePointer<Float>
  var sourcePlane: Int
  /// With two rows in a vector from one to the other.
  var pitch: Int
  /// Lies as the target and may be the same memory.
  var residual: UnsafePointer<Float>?
  var target: UnsafeMutablePointer<Float>
  var targetPlane: Int
  var columns: Int
  var rows: Int
  var planes: Int
  /// Rows at the end that are copied float by float; the others may run over into the next ones, which come later.
  var carefulRows: Int
  var low: Float
  var high: Float
}

/// Copies rows that follow one another, and adds the residual.
@inline(__always)
private func finish<Row: FloatVector>(_: Row.Type, _ arguments: UnsafeRawPointer?) {
  let finish = arguments.unsafelyUnwrapped.load(as: PlaneFinish.self)
  let count = finish.rows &* finish.columns
  var plane = 0
  while plane < finish.planes {
    let source = finish.source + plane &* finish.sourcePlane
    let target = finish.target + plane &* finish.targetPlane
    let residual = finish.residual.map { $0 + plane &* finish.targetPlane }
    var index = 0
    while index &+ Row.width <= count {
      var row = Row.load(source + index)
      if let residual { row += .load(residual + index) }
      row.clamp(finish.low, finish.high)
      row.store(target + index)
      index &+= Row.width
    }
    while index < count {
      var value = source[index]
      if let residual { value += residual[index] }
      value = value < finish.low ? finish.low : value
      target[index] = value > finish.high ? finish.high : value
      index &+= 1
    }
    plane &+= 1
  }
}

/// Copies rows that were computed two in a vector.
@inline(__always)
private func finishPairs<Half: FloatVector>(_: Half.Type, _ arguments: UnsafeRawPointer?) {
  let finish = arguments.unsafelyUnwrapped.load(as: PlaneFinish.self)
  var plane = 0
  while plane < finish.planes {
    var source = finish.source + plane &* finish.sourcePlane
    var target = finish.target + plane &* finish.targetPlane
    let careful = plane &+ 1 == finish.planes ? finish.carefulRows : 0
    var row = 0
    while row &+ 2 &+ careful <= finish.rows {
      Half.load(source).store(target)
      Half.load(source + finish.pitch).store(target + finish.columns)
      source += 2 &* Half.width
      target += 2 &* finish.columns
      row &+= 2
    }
    while row < finish.rows {
      let isOdd = row & 1 == 1
      for column in 0..<finish.columns { target[column] = source[isOdd ? finish.pitch &+ column : column] }
      if isOdd { source += 2 &* Half.width }
      target += finish.columns
      row &+= 1
    }
    plane &+= 1
  }
}

#if arch(x86_64)
  @c(body_depthwise_finish_avx512)
  private func finishAVX512(_ finish: UnsafeRawPointer?) {
    ConvolutionKernels.finish(Fused<SIMD16<Float>>.self, finish)
  }
  @c(body_depthwise_finish_avx2)
  private func finishAVX2(_ finish: UnsafeRawPointer?) {
    ConvolutionKernels.finish(Fused<SIMD8<Float>>.self, finish)
  }
  @c(body_depthwise_finish_pairs_avx512)
  private func finishPairsAVX512(_ finish: UnsafeRawPointer?) { finishPairs(Fused<SIMD8<Float>>.self, finish) }

  extension PlaneFinish {
    /// Runs on rows that follow one another.
    @inline(never)
    func run(_ isa: InstructionSet) {
      withUnsafePointer(to: self) { isa == .avx512 ? run_depthwise_finish_avx512($0) : run_depthwise_finish_avx2($0) }
    }

    /// Runs on rows that were computed two in a vector of 16 lanes.
    @inline(never)
    func runPairs() { withUnsafePointer(to: self) { run_depthwise_finish_pairs_avx512($0) } }
  }
#endif
