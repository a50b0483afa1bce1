/// Whether a kernel can run an operation.
public enum Support: Hashable, Sendable {
  /// It can.
  case supported
  /// It can't, and why, as half a sentence: "the filter is 5×5; expected 3×3".
  case unsupported(reason: String)

  /// Whether the kernel can run the operation.
  public var isSupported: Bool { self == .supported }
}

/// Whether a kernel can run on this machine at all.
public enum Availability: Hashable, Sendable {
  /// It can.
  case available
  /// It can't, and why and what helps: "libopenblas.so.0 not found; apt-get install libopenblas-dev".
  case unavailable(reason: String)

  /// The reason, where there is one.
  public var reason: String? {
    if case .unavailable(let reason) = self { reason } else { nil }
  }
}

/// One edge of a kernel's blocking: along a dimension it works in blocks of a size, so that counts around multiples of that
/// size are where its bugs would be.
public struct BlockEdge: Hashable, Sendable {
  /// What is counted.
  public enum Dimension: String, Hashable, Sendable, CaseIterable {
    /// Input channels of a group.
    case inputChannels
    /// Output channels of a group.
    case outputChannels
    /// Output pixels along a row.
    case outputWidth
    /// Output rows.
    case outputHeight
    /// Output pixels of an image, rows and columns taken together.
    case outputPixels
  }
  /// What is counted.
  public let dimension: Dimension
  /// The block size; at least 1.
  public let size: Int

  /// Declares an edge.
  public init(_ dimension: Dimension, _ size: Int) {
    self.dimension = dimension
    self.size = size
  }
}

/// How far a kernel's result may lie from the exact one, beside the rounding of a direct summation.
///
/// For one output with `n` products whose exact sum has `Σ|x||w| = a`, over the taps and channels that the kernel's result
/// depends on, a kernel promises `|error| ≤ constant · 8·u·√n · a + n·2⁻¹⁵⁰` on zero-mean random data, `u = 2⁻²⁴`.
public struct ErrorBound: Hashable, Sendable {
  /// 1 for direct summation; for transformed algorithms the measured amplification.
  public let constant: Double
  /// Edge of the square of outputs that share their rounding errors: 1 for direct summation, `m` for Winograd F(m, r),
  /// whose every output is computed from the whole input tile. `a` is then the largest over the tile.
  public let tile: Int
  /// Whether small integers whose partial sums all fit into 24 bits give the exact result.
  public let isExactOnIntegers: Bool

  /// Declares a bound.
  public init(constant: Double, tile: Int, isExactOnIntegers: Bool) {
    self.constant = constant
    self.tile = tile
    self.isExactOnIntegers = isExactOnIntegers
  }

  /// The bound of any order of direct summation.
  public static let directSummation = ErrorBound(constant: 1, tile: 1, isExactOnIntegers: true)
}

/// One convolution implementation: what can be asked of it before any memory is touched.
public protocol ConvolutionKernel: Sendable {
  /// The kernel's name.
  var id: KernelID { get }
  /// Whether it can run on this machine.
  var availability: Availability { get }
  /// What is known of what it runs on, for the record: the core type of a BLAS library.
  var implementationDetail: String? { get }
  /// Whether it can run an operation, and why not. Doesn't look at ``availability``.
  func support(for operation: ConvolutionOperation) -> Support
  /// The sizes at which it cuts an operation into blocks: where tests look first.
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge]
  /// How exact it is.
  func errorBound(for operation: ConvolutionOperation) -> ErrorBound
  /// Packs the weights and sizes the workspace.
  ///
  /// Called only for available kernels, supported operations and checked parameters: ``ConvolutionPlan`` sees to that.
  func prepare(_ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int)
    throws(ConvolutionError) -> any PreparedKernel
}

extension ConvolutionKernel {
  public var availability: Availability { .available }
  public var implementationDetail: String? { nil }
  public func errorBound(for operation: ConvolutionOperation) -> ErrorBound { .directSummation }
}

/// The memory of one run; all sizes have been checked.
public struct RunArguments: @unchecked Sendable {
  /// The input tensor in the kernel's layout.
  public let input: UnsafeRawPointer
  /// The tensor that the epilogue adds; nil without one.
  public let residual: UnsafeRawPointer?
  /// The output tensor in the kernel's layout; overlaps no other memory of the run.
  public let output: UnsafeMutableRawPointer
  /// ``PreparedKernel/workspaceBytes`` bytes, aligned to 64, with any content.
  public let workspace: UnsafeMutableRawPointer

  /// Gathers the memory of one run.
  public init(
    input: UnsafeRawPointer, residual: UnsafeRawPointer?, output: UnsafeMutableRawPointer,
    workspace: UnsafeMutableRawPointer
  ) {
    self.input = input
    self.residual = residual
    self.output = output
    self.workspace = workspace
  }
}

/// A kernel with packed weights, ready to run one operation any number of times, also at the same time.
public protocol PreparedKernel: AnyObject, Sendable {
  /// Bytes of scratch memory that one run needs.
  var workspaceBytes: Int { get }
  /// Bytes that the packed weights take.
  var packedWeightsBytes: Int { get }
  /// Computes the whole output. Allocates nothing, keeps no state, and gives the same bits for every thread count.
  func run(_ arguments: RunArguments)
  /// The stages that ``run(_:stages:)`` tells apart, in their order; none for kernels that do everything at once.
  var stages: [KernelStage] { get }
  /// Computes the same output on the calling thread alone, and ends each stage of each block on a watch.
  func run(_ arguments: RunArguments, stages: StageTimes)
}

extension PreparedKernel {
  public var stages: [KernelStage] { [] }
  public func run(_ arguments: RunArguments, stages: StageTimes) { run(arguments) }
}
