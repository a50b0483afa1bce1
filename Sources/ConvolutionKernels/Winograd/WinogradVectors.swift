import RegisterTiles

/// Where a one-dimensional transform reads its vectors.
protocol VectorSource<Vector> {
  associatedtype Vector: FloatVector
  /// Reads the vector of a position.
  subscript(position: Int) -> Vector { get }
}

/// Where a one-dimensional transform writes its vectors.
protocol VectorTarget<Vector> {
  associatedtype Vector: FloatVector
  /// Writes the vector of a position.
  func store(_ vector: Vector, _ position: Int)
}

/// Vectors a constant distance apart.
struct StridedVectors<Vector: FloatVector>: VectorSource, VectorTarget {
  let start: UnsafeMutablePointer<Float>
  let stride: Int
  @inline(__always) init(_ start: UnsafeMutablePointer<Float>, stride: Int) {
    self.start = start
    self.stride = stride
  }
  @inline(__always) subscript(position: Int) -> Vector { .load(start + position &* stride) }
  @inline(__always) func store(_ vector: Vector, _ position: Int) { vector.store(start + position &* stride) }
}

/// The vectors of a tile, by rows and columns.
struct VectorGrid<Vector: FloatVector> {
  var start: UnsafePointer<Float>
  let rowStride: Int
  let columnStride: Int

  @inline(__always) init(_ start: UnsafePointer<Float>, rowStride: Int, columnStride: Int) {
    self.start = start
    self.rowStride = rowStride
    self.columnStride = columnStride
  }

  /// One column, by rows.
  @inline(__always) func column(_ column: Int) -> StridedVectors<Vector> {
    StridedVectors(UnsafeMutablePointer(mutating: start + column &* columnStride), stride: rowStride)
  }
}

/// Three rows of up to eight vectors, between the two dimensions of a transform.
struct VectorRows<Vector: FloatVector> {
  let start: UnsafeMutablePointer<Float>
  /// Floats that they take.
  @inline(__always) static var count: Int { 3 &* 8 &* Vector.width }
  @inline(__always) init(_ start: UnsafeMutablePointer<Float>) { self.start = start }
  @inline(__always) func row(_ row: Int) -> StridedVectors<Vector> {
    StridedVectors(start + row &* 8 &* Vector.width, stride: Vector.width)
  }
}

/// Coefficients, each in all lanes.
struct Coefficients<Vector: FloatVector> {
  private let vectors: StridedVectors<Vector>

  /// Spreads some values over the lanes of as many vectors, which are used instead from now on.
  @inline(__always) init(_ values: UnsafePointer<Float>, count: Int, in memory: UnsafeMutablePointer<Float>) {
    vectors = StridedVectors(memory, stride: Vector.width)
    for position in 0..<count { vectors.store(Vector(repeating: values[position]), position) }
  }

  @inline(__always) subscript(position: Int) -> Vector { vectors[position] }
}

/// Where a transform has its intermediate vectors.
///
/// A local value's memory becomes registers, once everything is inlined and all places in it are constants: no pass through
/// memory is left. Where there are too few registers, scratch memory costs less than what the compiler would make of that.
protocol TransformMemory<Vector> {
  associatedtype Vector: FloatVector
  /// Calls with memory for the rows between the dimensions, and for the coefficients.
  ///
  /// - Parameter scratch: ``WinogradInputBlock/scratchCount`` floats, from which both may be taken.
  static func with(
    _ scratch: UnsafeMutablePointer<Float>,
    _ body: (_ rows: UnsafeMutablePointer<Float>, _ coefficients: UnsafeMutablePointer<Float>) -> Void)
}

/// Rows and coefficients in scratch memory.
enum AllInMemory<Vector: FloatVector>: TransformMemory {
  @inline(__always) static func with(
    _ scratch: UnsafeMutablePointer<Float>, _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) { body(scratch, scratch + VectorRows<Vector>.count) }
}

/// Rows in registers.
enum RowsInRegisters<Vector: FloatVector>: TransformMemory {
  @inline(__always) static func with(
    _ scratch: UnsafeMutablePointer<Float>, _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    var rows = (EightVectors<Vector>(), EightVectors<Vector>(), EightVectors<Vector>())
    withUnsafeMutableBytes(of: &rows) {
      body($0.baseAddress!.assumingMemoryBound(to: Float.self), scratch + VectorRows<Vector>.count)
    }
  }
}

/// Rows and up to eight coefficients in registers.
enum AllInRegisters<Vector: FloatVector>: TransformMemory {
  @inline(__always) static func with(
    _ scratch: UnsafeMutablePointer<Float>, _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) {
    var coefficients = EightVectors<Vector>()
    withUnsafeMutableBytes(of: &coefficients) { coefficients in
      let coefficients = coefficients.baseAddress!.assumingMemoryBound(to: Float.self)
      RowsInRegisters<Vector>.with(scratch) { rows, _ in body(rows, coefficients) }
    }
  }
}

/// Memory for eight vectors.
private struct EightVectors<Vector: FloatVector> {
  private var v0, v1, v2, v3, v4, v5, v6, v7: Vector
  @inline(__always) init() {
    (v0, v1, v2, v3) = (.zero, .zero, .zero, .zero)
    (v4, v5, v6, v7) = (.zero, .zero, .zero, .zero)
  }
}
