import ConvolutionModel
import RegisterTiles

/// How the input rows of a depthwise convolution on NCHW are staged: copied to where every tap reads consecutive floats.
///
/// Rows are sorted by their remainder of the stride, and so are the columns of each; rows of a kind are `pitch` floats apart,
/// and the floats between the columns of one row and those of the next are zeros, which serve as padding of both.
struct StagedPlanes: Sendable {
  /// How rows fill vectors.
  enum RowKind: Sendable {
    /// By one vector or more.
    case wide
    /// By less than one, with zeros in the lanes that a filter reads beyond a row: those before it are the same as those
    /// behind it.
    case narrow
    /// Two rows by one vector, of the same kind.
    case paired
  }

  let inputWidth: Int
  let inputHeight: Int
  let outputWidth: Int
  /// Padding above.
  let top: Int
  let rowKind: RowKind
  /// Floats from a row to the next one of its kind.
  let pitch: Int
  /// Floats from a row of an even number to the odd one after it.
  let phaseRows: Int
  /// Where the first output reads that column of the filter for which vectors are cache lines: with stride 1 the middle
  /// one, with stride 2 one of the even and one of the odd columns.
  let firstTap: Int
  let secondTap: Int
  /// Where the first row's even and odd input columns are staged; with stride 1 all columns at the first.
  let evenPlace: Int
  let oddPlace: Int
  /// Floats of a plane.
  let stagedCount: Int
  /// Floats of a plane's outputs before they are copied.
  let finishedCount: Int
  /// The most output rows that are staged at once.
  let rowsPerStrip: Int
  /// Planes that are staged at once.
  let planesPerGroup: Int
  /// Whether padding rows are staged: otherwise they are always the same and zeros from the start.
  let clearsPadding: Bool

  /// Floats to be staged at once: half a first-level cache.
  private static let budget = 6 << 10

  /// - Parameters:
  ///   - rows: the most output rows that are asked for at once.
  ///   - allowsPairs: whether two output rows may share a vector.
  init(_ problem: ConvolutionProblem, rows: Int, lanes: Int, allowsPairs: Bool) {
    let (filter, stride) = (problem.filterHeight, problem.strideHeight)
    // For each column of the filter the first column of its kind that it reads.
    let reads = (0..<filter).map { Self.floor($0 - problem.padding.left, stride) }
    let before = max(0, -reads[0])
    let after = max(0, reads[filter - 1])
    let most = (problem.inputWidth + stride - 1) / stride
    let needed = max(most + before, problem.outputWidth + after)
    let pairPitch = Self.pairPitch(filter: filter, stride: stride)
    let isCentred = problem.padding.left == filter / 2
    let isPaired =
      allowsPairs && isCentred && lanes == 16 && needed <= pairPitch && problem.outputWidth + pairPitch <= lanes
      && problem.outputPixels >= lanes / 2
    let pitch = isPaired ? pairPitch : (needed + lanes - 1) / lanes * lanes
    let rowsPerVector = isPaired ? 2 : 1
    // Vectors are read from the one before a row's first to the one after its last.
    let margin = 16 + ((max(before, after) + 15) & ~15)
    func stagedRows(_ rows: Int) -> Int {
      ((rows + rowsPerVector - 1) / rowsPerVector * rowsPerVector - 1) * stride + filter
    }
    func kindCount(_ rows: Int) -> Int { (stagedRows(rows) + stride - 1) / stride * pitch }
    func stagedCount(_ rows: Int) -> Int {
      (margin + stride * stride * kindCount(rows) + ((after + 15) & ~15) + 4 * 16 + 15) & ~15
    }
    var strip = rows
    if stagedCount(rows) > Self.budget {
      // Whole register tiles: planes that don't fit at once have tiles of four rows, or of two.
      strip = min(rows, 4)
      while strip + 4 < rows && stagedCount(strip + 4) <= Self.budget { strip += 4 }
    }
    inputWidth = problem.inputWidth
    inputHeight = problem.inputHeight
    outputWidth = problem.outputWidth
    top = problem.padding.top
    rowKind = isPaired ? .paired : isCentred && pitch == 16 && lanes == 16 ? .narrow : .wide
    self.pitch = pitch
    phaseRows = kindCount(strip)
    // Taps of even columns read from the first place on, those of odd ones, with stride 2, from the second.
    let places = (margin, margin + stride * kindCount(strip))
    firstTap = places.0
    secondTap = places.1
    let firstData = places.0 - reads[stride == 1 ? filter / 2 : 2]
    let secondData = stride == 1 ? firstData : places.1 - reads[filter / 4 * 2 + 1]
    let isSwapped = stride == 2 && problem.padding.left & 1 == 1
    evenPlace = isSwapped ? secondData : firstData
    oddPlace = isSwapped ? firstData : secondData
    self.stagedCount = stagedCount(strip)
    finishedCount = (isPaired ? (strip + 1) / 2 * 16 : strip * problem.outputWidth) + 16
    rowsPerStrip = strip
    planesPerGroup = strip < rows ? 1 : max(1, min(16, Self.budget / self.stagedCount))
    clearsPadding = rows < problem.outputHeight || strip < rows
  }

  /// Output rows in a vector.
  var rowsPerVector: Int { rowKind == .paired ? 2 : 1 }
  /// Floats of an input plane.
  @inline(__always) var inputPlane: Int { inputHeight &* inputWidth }
  /// Floats of scratch memory.
  var scratchCount: Int { planesPerGroup * (stagedCount + finishedCount) }

  /// Where an input row is staged, from the first one's place.
  @inline(__always)
  func place(_ row: Int, stride: Int) -> Int {
    stride == 1 ? row &* pitch : row % 2 &* phaseRows &+ row / 2 &* pitch
  }

  /// Floats between two rows that share a vector: a row of seven and its padding.
  private static func pairPitch(filter: Int, stride: Int) -> Int { filter == 5 && stride == 1 ? 9 : 8 }

  private static func floor(_ value: Int, _ divisor: Int) -> Int {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
