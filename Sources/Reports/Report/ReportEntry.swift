import ConvolutionModel
import Harness
import Measurement

/// A record with what a report derives from it.
struct ReportEntry: Sendable {
  /// A layer under the same conditions: what kernels are compared on.
  struct Group: Hashable, Sendable {
    let network: String?
    let layer: String
    let problem: String
    let epilogue: String
    let threads: Int
    let cacheState: String

    init(_ record: BenchmarkRecord) {
      network = record.network
      layer = record.layer
      problem = record.problem
      epilogue = record.epilogue
      threads = record.threads
      cacheState = record.cacheState
    }
  }

  let record: BenchmarkRecord
  /// The problem; nil where the record's text can't be read.
  let operation: ConvolutionOperation?
  /// The median time, only where the result was verified.
  let nanoseconds: Double?
  /// The 95 % interval of the median; nil with fewer than three samples.
  let interval: ClosedRange<Double>?

  init(_ record: BenchmarkRecord, resamples: Int) {
    self.record = record
    operation = try? ProblemLine.parse(record.problem).operation()
    nanoseconds = record.shownNanoseconds.flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    interval =
      nanoseconds == nil || record.samplesNanoseconds.count < 3
      ? nil : Statistics.medianInterval(record.samplesNanoseconds, resamples: resamples)
  }

  var group: Group { Group(record) }

  /// Effective GFLOP/s; nil without a time.
  var gflops: Double? { nanoseconds == nil ? nil : record.gflops.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } }

  /// The interval of ``gflops``.
  var gflopsInterval: ClosedRange<Double>? {
    guard let gflops, let nanoseconds, let interval, interval.lowerBound > 0 else { return nil }
    let work = gflops * nanoseconds
    return work / interval.upperBound...work / interval.lowerBound
  }

  /// The share of the peak; nil without a time.
  var share: Double? { nanoseconds == nil ? nil : record.fractionOfPeak.flatMap { $0.isFinite ? $0 : nil } }

  /// The largest error found; nil where there is none to show.
  var error: Double? {
    guard nanoseconds != nil, let error = record.error?.maxAbsolute, error.isFinite, error >= 0 else { return nil }
    return error
  }

  /// Floating-point operations a byte of input, weights and output, each moved once. Of a separable convolution the
  /// tensor between its halves needn't be moved.
  var intensity: Double? {
    guard let operation else { return nil }
    let problem = operation.problem
    let weights = problem.weightCount + (operation.pointwiseProblem?.weightCount ?? 0)
    let bytes = 4 * (operation.inputShape.count + weights + operation.outputShape.count)
    return bytes > 0 ? 2 * Double(operation.multiplyAdds) / Double(bytes) : nil
  }

  /// The algorithm, or what a kernel of another program is called.
  var family: String {
    isPeer ? Self.peers : String(record.kernel.prefix { $0 != "-" })
  }

  /// Whether another program runs the kernel.
  var isPeer: Bool { PeerComparison.isWorker(record.kernel) }

  /// Whether what runs is in the main somebody else's: a peer, or a BLAS library that does the product.
  var isForeign: Bool { isPeer || record.isa == "external" }

  static let peers = "peers"

  /// A colour for each family, the same in every picture.
  var colour: Int { Self.colour(family) }

  static func colour(_ family: String) -> Int {
    switch family {
    case "direct": 0
    case "winograd": 1
    case "depthwise": 2
    case "separable": 3
    case "im2col": 4
    case peers: 6
    case "naive": 7
    default: 5
    }
  }

  /// What is said of a point among those of other layers.
  var tooltip: String {
    ([record.kernel, [record.network, record.layer].compactMap { $0 }.joined(separator: " ")] + measured)
      .joined(separator: ", ")
  }

  /// What is said of a point in a picture of its layer.
  var layerTooltip: String { ([record.kernel] + measured).joined(separator: ", ") }

  private var measured: [String] {
    [
      nanoseconds.map { NumberText.milliseconds($0) + " ms" },
      gflops.map { NumberText.fixed($0, decimals: 1) + " GFLOP/s" },
      share.map { NumberText.percent($0) + " of peak" }, record.implementation,
    ].compactMap { $0 }
  }
}
