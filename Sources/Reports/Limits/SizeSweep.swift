import ConvolutionModel
import Harness
import Measurement

/// How the share of the peak changes while one extent of a convolution grows: of every size what the library picks by its
/// heuristic.
public struct SizeSweep: Sendable, Encodable {
  /// What grows.
  public enum Axis: String, Sendable, Encodable, CaseIterable {
    /// Images in a batch.
    case batch
    /// Rows and columns of the input.
    case size
    /// Input channels, and output channels with them.
    case channels
  }

  /// One size.
  public struct Point: Sendable, Encodable {
    /// The extent that grows.
    public let extent: Int
    /// The picked kernel.
    public let kernel: String
    /// Its median nanoseconds.
    public let nanoseconds: Double
    /// Its effective share of the peak.
    public let share: Double
    /// Its bound's time by its own; nil where no ceilings are known.
    public let shareOfBound: Double?
    /// What binds and what limits the rest, in words; nil where no ceilings are known.
    public let limit: String?
  }

  /// What grows.
  public let axis: Axis
  /// What stays the same.
  public let shape: String
  /// The sizes, smallest first.
  public let points: [Point]

  /// The fewest sizes that make a sweep.
  public static let fewestPoints = 4
  /// The share of a sweep's median below which a size is a cliff.
  public static let cliff = 0.75

  /// The median share of the peak.
  public var median: Double { Statistics.median(points.map(\.share)) ?? 0 }
  /// The size with the least share.
  public var worst: Point { points.min { $0.share < $1.share } ?? points[0] }
  /// The least share by the median.
  public var ratio: Double { worst.share / median }
  /// The sizes that fall off.
  public var cliffs: [Point] { points.filter { $0.share < Self.cliff * median } }

  /// All sweeps that records hold, of warm caches and NHWC, on a number of threads.
  public static func all(of records: [BenchmarkRecord], ceilings: MachineCeilings?, threads: Int = 1) -> [SizeSweep] {
    let usable = records.filter {
      $0.threads == threads && $0.layout == "nhwc" && $0.cacheState == "warm" && !PeerComparison.isPeer($0.kernel)
        && ($0.fractionOfPeak ?? 0) > 0
    }
    let picked = HeuristicLoss.all(of: usable).compactMap { loss -> (BenchmarkRecord, ConvolutionOperation)? in
      (try? ProblemLine.parse(loss.heuristic.problem).operation()).map { (loss.heuristic, $0) }
    }
    return Axis.allCases.flatMap { axis -> [SizeSweep] in
      var order: [String] = []
      var points: [String: [Int: Point]] = [:]
      for (record, operation) in picked {
        guard let (shape, extent) = place(operation, on: axis), let share = record.fractionOfPeak,
          let time = record.shownNanoseconds
        else { continue }
        let limit = ceilings.flatMap { LayerLimit(record, ceilings: $0) }
        if points[shape] == nil { order.append(shape) }
        points[shape, default: [:]][extent] = Point(
          extent: extent, kernel: record.kernel, nanoseconds: time, share: share, shareOfBound: limit?.share,
          limit: limit.map { "bound by \($0.boundBy); \($0.restText)" })
      }
      return order.compactMap { shape in
        let points = points[shape]!.sorted { $0.key < $1.key }.map(\.value)
        return points.count < fewestPoints ? nil : SizeSweep(axis: axis, shape: shape, points: points)
      }
    }
  }

  /// What stays the same along an axis, and where the operation stands on it; nil for shapes that aren't swept.
  static func place(_ operation: ConvolutionOperation, on axis: Axis) -> (shape: String, extent: Int)? {
    let problem = operation.problem
    guard problem.inputHeight == problem.inputWidth, problem.filterHeight == problem.filterWidth,
      problem.strideHeight == problem.strideWidth, problem.groups == 1 || problem.isDepthwise,
      problem.dilationWidth == 1,
      problem.dilationHeight == 1
    else { return nil }
    var parts = [
      problem.isDepthwise ? "depthwise" : nil, "\(problem.filterHeight)×\(problem.filterWidth)",
      problem.strideWidth > 1 ? "stride \(problem.strideWidth)" : nil,
    ]
    if problem.inputHeight > problem.filterHeight && problem.padding == .zero && problem.filterHeight > 1 {
      parts.append("no padding")
    }
    if axis == .channels {
      // Channels grow together: only layers of as many outputs as inputs are a sweep.
      guard problem.inputChannels == problem.outputChannels, operation.pointwise == nil else { return nil }
    } else {
      parts.append("\(problem.inputChannels)→\(problem.outputChannels)")
    }
    if let pointwise = operation.pointwise { parts.append("and 1×1 to \(pointwise.outputChannels)") }
    if axis != .size { parts.append("\(problem.inputHeight)×\(problem.inputWidth)") }
    if axis != .batch && problem.batch > 1 { parts.append("batch \(problem.batch)") }
    let extent =
      switch axis {
      case .batch: problem.batch
      case .size: problem.inputHeight
      case .channels: problem.inputChannels
      }
    return (parts.compactMap(\.self).joined(separator: " "), extent)
  }
}
