import ConvolutionModel

/// A factor of a matrix product `A·B`.
public enum GEMMSide: String, Hashable, Sendable, CaseIterable {
  /// `A`, m×k.
  case left
  /// `B`, k×n.
  case right
}

/// Single-precision matrix products `C[m×n] = A[m×k]·B[k×n]` (`+ C` to accumulate): row-major, with leading dimensions.
///
/// A factor that stays the same over many products can be packed once, into whatever form the implementation reads
/// fastest. Products run concurrently; how many threads one of them uses is said with each.
public protocol GEMM: Sendable {
  /// The implementation's name: `own`, `openblas`, `blis`.
  var name: String { get }
  /// Why the implementation can't run here and what helps; nil when it can.
  var unavailableReason: String? { get }
  /// The core type that a library really runs its kernels for, in its own spelling (`SkylakeX`, `skx`); nil where there
  /// is no such thing.
  var coreType: String? { get }
  /// The instruction set that products run on, whose peak they are held against; nil where that isn't known.
  var instructionSet: InstructionSet? { get }
  /// Whether products of these sizes can be run. ``multiply(_:)`` must not be called with others.
  ///
  /// - Parameter leadingDimension: the largest of the three.
  func support(m: Int, n: Int, k: Int, leadingDimension: Int) -> Support
  /// Bytes that a packed factor takes.
  func packedBytes(_ side: GEMMSide, rows: Int, columns: Int) -> Int
  /// Packs a factor.
  ///
  /// - Parameters:
  ///   - side: which factor of the product it'll be.
  ///   - rows: `m` on the left, `k` on the right.
  ///   - columns: `k` on the left, `n` on the right.
  ///   - source: the matrix, row-major.
  ///   - leadingDimension: elements from one row of the source to the next.
  ///   - destination: ``packedBytes(_:rows:columns:)`` bytes, aligned to 64.
  func pack(
    _ side: GEMMSide, rows: Int, columns: Int, _ source: UnsafePointer<Float>, leadingDimension: Int,
    into destination: UnsafeMutableRawPointer)
  /// Bytes of scratch memory that one product needs.
  ///
  /// - Parameter packed: the factor that is packed ahead of time, if one is.
  func workspaceBytes(m: Int, n: Int, k: Int, packed: GEMMSide?, threads: Int) -> Int
  /// Computes one product.
  func multiply(_ arguments: GEMMArguments)
}

extension GEMM {
  public var unavailableReason: String? { nil }
  public var coreType: String? { nil }
  public var instructionSet: InstructionSet? { nil }
  public func support(m: Int, n: Int, k: Int, leadingDimension: Int) -> Support { .supported }
}

/// One product: the sizes, the matrices and how to compute it.
///
/// `c` overlaps neither factor. All memory is the caller's and outlives the product.
public struct GEMMArguments: @unchecked Sendable {
  /// Rows of `A` and `C`.
  public var m: Int
  /// Columns of `B` and `C`.
  public var n: Int
  /// Columns of `A` and rows of `B`: the length of the sums.
  public var k: Int
  /// The left factor, row-major, or packed memory of it.
  public var a: UnsafeRawPointer
  /// Elements from one row of `A` to the next, at least `k`; not looked at when `A` is packed.
  public var lda: Int
  /// The right factor, row-major, or packed memory of it.
  public var b: UnsafeRawPointer
  /// Elements from one row of `B` to the next, at least `n`; not looked at when `B` is packed.
  public var ldb: Int
  /// The product, row-major.
  public var c: UnsafeMutablePointer<Float>
  /// Elements from one row of `C` to the next, at least `n`.
  public var ldc: Int
  /// Whether the product is added to `C` instead of replacing it. Without it `C` is never read.
  public var accumulate: Bool
  /// The factor whose pointer is memory filled by ``GEMM/pack(_:rows:columns:_:leadingDimension:into:)``.
  public var packed: GEMMSide?
  /// ``GEMM/workspaceBytes(m:n:k:packed:threads:)`` bytes, aligned to 64; nil where that is 0.
  public var workspace: UnsafeMutableRawPointer?
  /// How many threads the product may use, at least 1.
  public var threads: Int

  /// Gathers a product. Leading dimensions that aren't given are those of dense matrices.
  public init(
    m: Int, n: Int, k: Int, a: UnsafeRawPointer, lda: Int? = nil, b: UnsafeRawPointer, ldb: Int? = nil,
    c: UnsafeMutablePointer<Float>, ldc: Int? = nil, accumulate: Bool = false, packed: GEMMSide? = nil,
    workspace: UnsafeMutableRawPointer? = nil, threads: Int = 1
  ) {
    self.m = m
    self.n = n
    self.k = k
    self.a = a
    self.lda = lda ?? k
    self.b = b
    self.ldb = ldb ?? n
    self.c = c
    self.ldc = ldc ?? n
    self.accumulate = accumulate
    self.packed = packed
    self.workspace = workspace
    self.threads = threads
  }
}
