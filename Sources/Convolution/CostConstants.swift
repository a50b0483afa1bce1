import ConvolutionModel

/// What the cost model knows of a kernel: the one table that is fitted again when kernels change.
///
/// All are in multiply-adds at the peak of the kernel's instruction set, so that they hold for cores of any speed.
/// `bench tune --check RECORDS` says what choices by these numbers lose to the best kernel of each layer in a record. They
/// are estimates, corrected by hand: on the records of `results/` their choices take 1.0 % longer than the fastest kernels in
/// the geometric mean; at worst, on NCHW, 38 %, on NHWC 20 %.
struct CostConstants: Sendable {
  /// The share of the peak at which the kernel multiplies whole tiles.
  var share: Double
  /// For each value that is brought into the products' order: copied for im2col, transformed to a point of Winograd's,
  /// and for direct kernels each pixel and tap that a block of output channels is pointed to.
  var perInput: Double
  /// For each value that is brought into the output's order: stored, or transformed back from a point.
  var perOutput: Double

  /// Constants of a kernel; nil for families that the model doesn't know.
  static func of(_ id: KernelID) -> CostConstants? {
    switch (id.family, id.variant, id.layout) {
    case ("direct", _, .nhwc): CostConstants(share: 0.97, perInput: 6, perOutput: 4)
    case ("direct", _, .nchw): CostConstants(share: 0.86, perInput: 8, perOutput: 4)
    case ("im2col", "own", .nhwc): CostConstants(share: 0.93, perInput: 12, perOutput: 6)
    case ("im2col", "own", .nchw): CostConstants(share: 0.85, perInput: 12, perOutput: 6)
    // A library's speed isn't known without measuring; it has to be worth a choice of its own.
    case ("im2col", _, _): CostConstants(share: 0.75, perInput: 12, perOutput: 6)
    // Of two variants that take about as long, the one that errs less: F(6,3) has to be worth it.
    case ("winograd", "f6x3", .nhwc): CostConstants(share: 0.81, perInput: 14, perOutput: 14)
    case ("winograd", "f6x3", .nchw): CostConstants(share: 0.81, perInput: 57, perOutput: 57)
    case ("winograd", _, .nhwc): CostConstants(share: 0.89, perInput: 13, perOutput: 13)
    case ("winograd", _, .nchw): CostConstants(share: 0.89, perInput: 52, perOutput: 52)
    case ("depthwise", _, .nhwc): CostConstants(share: 0.7, perInput: 4, perOutput: 6)
    case ("depthwise", _, .nchw): CostConstants(share: 0.3, perInput: 16, perOutput: 12)
    case ("separable", _, .nhwc): CostConstants(share: 0.93, perInput: 4, perOutput: 6)
    case ("separable", _, .nchw): CostConstants(share: 0.7, perInput: 16, perOutput: 12)
    // One multiply-add a lane's width, and no tile.
    case ("naive", _, _): CostConstants(share: 0.004, perInput: 0, perOutput: 0)
    default: nil
    }
  }

  /// For each byte of weights that is read from the third level, and from memory. At 16 lanes: a core with narrower ones
  /// multiplies less in the same time.
  static let perByteFromThirdLevel = 3.25
  static let perByteFromMemory = 8.0
  /// The share of the lesser of multiplying and reading weights that doesn't go on behind the greater.
  static let hiddenPart = 0.4
  /// Output pixels, and tiles of Winograd, for which a weight is read once.
  static let pixelsPerPass = 256.0
  static let tilesPerPass = 56.0
  /// Output channels of a tile on NCHW.
  static let channelsPerTile = 6
  /// Bytes of caches where the system doesn't tell.
  static let assumedSecondLevelBytes = 1 << 20
  static let assumedThirdLevelBytes = 32 << 20
}
