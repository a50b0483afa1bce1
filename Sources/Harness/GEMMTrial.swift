import ConvolutionModel
import MatrixMultiplication
import Verification

/// The factors of one product, and what their product ought to be.
final class GEMMFactors {
  let shape: GEMMShape
  /// m×k, uniform in [−1, 1).
  let a: AlignedBuffer<Float>
  /// k×n, uniform in [−1, 1).
  let b: AlignedBuffer<Float>
  private let seed: UInt64

  init(_ shape: GEMMShape, seed: UInt64) {
    self.shape = shape
    self.seed = seed
    var generator = SplitMix64(seed: seed)
    a = Fill.reals(scale: 1).buffer(count: shape.m * shape.k, &generator)
    b = Fill.reals(scale: 1).buffer(count: shape.k * shape.n, &generator)
  }

  /// Compares the corners and random elements of a product with sums in double precision. The bound is that of any order
  /// of summation on zero-mean data: `8·u·√k·Σ|a||b| + k·2⁻¹⁵⁰`, u = 2⁻²⁴.
  func check(
    _ product: AlignedBuffer<Float>
  ) -> (maxScaledError: Double, row: Int, column: Int, checked: Int) {
    let (m, n, k) = (shape.m, shape.n, shape.k)
    var generator = SplitMix64(seed: seed &+ 1)
    var places = [(0, 0), (0, n - 1), (m - 1, 0), (m - 1, n - 1)]
    for _ in 0..<252 {
      places.append((Int.random(in: 0..<m, using: &generator), Int.random(in: 0..<n, using: &generator)))
    }
    var worst = (maxScaledError: 0.0, row: 0, column: 0, checked: places.count)
    for (row, column) in places {
      var sum = 0.0
      var magnitude = 0.0
      for i in 0..<k {
        let term = Double(a[row * k + i]) * Double(b[i * n + column])
        sum += term
        magnitude += abs(term)
      }
      let allowed = 8 * 0x1p-24 * Double(k).squareRoot() * magnitude + Double(k) * 0x1p-150
      let scaled = abs(Double(product[row * n + column]) - sum) / allowed
      // Written so that a NaN counts as the worst.
      if !(scaled <= worst.maxScaledError) {
        worst = (scaled.isNaN ? .infinity : scaled, row, column, places.count)
      }
    }
    return worst
  }
}

/// One implementation ready to multiply: the right factor packed, the workspace there, the result poisoned.
final class GEMMTrial {
  /// m×n; NaN before the first run, so that an element that is never written can't pass.
  let product: AlignedBuffer<Float>
  private let backend: any GEMM
  private let factors: GEMMFactors
  private let packed: AlignedBuffer<UInt8>
  private let workspace: AlignedBuffer<UInt8>
  private let threads: Int

  init(_ backend: any GEMM, factors: GEMMFactors, threads: Int) {
    self.backend = backend
    self.factors = factors
    self.threads = threads
    let shape = factors.shape
    packed = AlignedBuffer(uninitializedCount: backend.packedBytes(.right, rows: shape.k, columns: shape.n))
    backend.pack(
      .right, rows: shape.k, columns: shape.n, UnsafePointer(factors.b.elements.baseAddress!),
      leadingDimension: shape.n, into: UnsafeMutableRawPointer(packed.elements.baseAddress!))
    workspace = AlignedBuffer(
      uninitializedCount: backend.workspaceBytes(m: shape.m, n: shape.n, k: shape.k, packed: .right, threads: threads))
    product = AlignedBuffer(count: shape.m * shape.n, repeating: .nan)
  }

  /// Computes the product.
  func run() {
    let shape = factors.shape
    backend.multiply(
      GEMMArguments(
        m: shape.m, n: shape.n, k: shape.k, a: UnsafeRawPointer(factors.a.elements.baseAddress!),
        b: UnsafeRawPointer(packed.elements.baseAddress!), c: product.elements.baseAddress!, packed: .right,
        workspace: UnsafeMutableRawPointer(workspace.elements.baseAddress!), threads: threads))
  }
}
