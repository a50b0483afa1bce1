import ConvolutionModel

/// Some output columns of a plane that one vector holds, and which lanes of the vectors they read lie inside a row.
struct PlaneColumns {
  /// The first one.
  var first: Int
  var count: Int
  /// With stride 1 for each column of the filter, with stride 2 for the first 16 input columns and the next ones.
  var masks: (UInt16, UInt16, UInt16)

  /// The most columns of a vector: with stride 2, two vectors of input hold what fifteen outputs read.
  static func most(_ problem: ConvolutionProblem) -> Int { problem.strideWidth == 1 ? 16 : 15 }

  /// The columns of a plane with a filter of three.
  static func blocks(_ problem: ConvolutionProblem) -> AlignedBuffer<PlaneColumns> {
    let stride = problem.strideWidth
    let most = most(problem)
    let count = (problem.outputWidth + most - 1) / most
    // With stride 1 from one cache line to the next; otherwise evenly.
    let width = stride == 1 ? 16 : (problem.outputWidth + count - 1) / count
    return AlignedBuffer(
      (0..<count).map { block in
        let first = block * width
        func inside(_ step: Int) -> UInt16 {
          mask(from: first * stride - problem.padding.left + step, width: problem.inputWidth)
        }
        return PlaneColumns(
          first: first, count: min(width, problem.outputWidth - first),
          masks: stride == 1 ? (inside(0), inside(1), inside(2)) : (inside(0), inside(16), 0))
      })
  }

  /// The lanes of a vector from a column on that lie inside a row.
  private static func mask(from column: Int, width: Int) -> UInt16 {
    var mask: UInt16 = 0
    for lane in 0..<16 where column + lane >= 0 && column + lane < width { mask |= 1 << UInt16(lane) }
    return mask
  }
}
