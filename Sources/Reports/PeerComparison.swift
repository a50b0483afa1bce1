import Foundation
import Harness
import Measurement
import Verification

/// Our kernels beside other libraries, layer by layer, made from the records of one run.
///
/// A peer is an external worker, or a kernel of ours whose arithmetic is a library's: im2col over OpenBLAS or BLIS. A record
/// that didn't pass takes part in nothing but the list of verdicts.
public struct PeerComparison: Sendable {
  /// One library's kernel on one layer.
  public struct Entry: Sendable, Encodable {
    /// The kernel's id.
    public let kernel: String
    /// What verification said.
    public let verdict: Verdict
    /// Why it didn't pass, or has no time.
    public let reason: String?
    /// Median nanoseconds of a run; nil unless it passed.
    public let nanoseconds: Double?
    /// Effective GFLOP/s by the median; nil unless it passed.
    public let gflops: Double?
    /// What converting from and to the layout that was asked for takes apart from the time, by the worker's own account.
    public let reorderNanoseconds: Double?
    /// The library's version and what it chose, where it says so.
    public let implementation: String?
  }

  /// How a layer ended.
  public enum Outcome: String, Sendable, Encodable {
    /// Ours is faster than every peer, beyond the noise.
    case faster
    /// A peer is faster, beyond the noise.
    case slower
    /// The interval doesn't clear the noise floor of the layer.
    case tie
    /// Both sides have a verified time, but too few rounds to tell the difference from noise.
    case undecided
    /// Nobody, or only one side, has a verified time.
    case incomparable
  }

  /// One layer.
  public struct Layer: Sendable {
    /// The records it's made from.
    public let group: ResultGroup
    /// Our fastest verified kernel; nil without any.
    public let ours: BenchmarkRecord?
    /// The fastest verified peer, the *virtual best* of this layer; nil without any.
    public let best: BenchmarkRecord?
    /// The best peer's time by ours, round by round: above 1 where we're faster. Nil unless both are there.
    public let estimate: RatioEstimate?
    /// All peers' records.
    public let peers: [BenchmarkRecord]

    /// Who won.
    public var outcome: Outcome {
      guard let estimate, let ours, let best else { return .incomparable }
      return switch best.standing(of: estimate, to: ours) {
      case .larger: .faster
      case .smaller: .slower
      case .tie: .tie
      case .undecided: .undecided
      }
    }

    /// How far the layer's fastest contender, which was entered twice, is from itself; nil where nobody knows.
    public var noiseFloor: Double? { [ours?.noiseFloor, best?.noiseFloor].compactMap(\.self).max() }

    /// The fastest verified record of one library, whatever the layout.
    public func record(of library: String) -> BenchmarkRecord? {
      PeerComparison.fastest(peers.filter { PeerComparison.library($0.kernel) == library })
    }
  }

  /// What the layers of a network come to against one peer, or against the best peer of each layer.
  public struct Mean: Sendable, Encodable {
    /// The network; nil for problems given by hand.
    public let network: String?
    /// The library; nil for the virtual best.
    public let peer: String?
    /// Distinct layers that both sides have a time of.
    public let layers: Int
    /// Distinct layers of the network in this comparison.
    public let allLayers: Int
    /// Geometric mean of the peer's time by ours, each layer as often as the network runs it.
    public let ratio: Double
    /// The peer's total time of these layers by ours.
    public let timeRatio: Double
  }

  /// The layers, in the order of the run.
  public let layers: [Layer]
  /// Names of the libraries, in the order in which they first appear.
  public let libraries: [String]

  /// Compares.
  public init(_ report: RunReport) {
    layers = report.groups.map(Self.layer)
    libraries = layers.flatMap(\.peers).map { Self.library($0.kernel) }
      .reduce(into: []) { names, name in if !names.contains(name) { names.append(name) } }
  }

  /// Whether a kernel's arithmetic is another library's.
  public static func isPeer(_ kernel: String) -> Bool {
    isWorker(kernel) || kernel.hasPrefix("im2col-openblas-") || kernel.hasPrefix("im2col-blis-")
  }

  /// Whether a kernel runs in a process of its own.
  static func isWorker(_ kernel: String) -> Bool { kernel.hasPrefix("external-") }

  /// A peer's name with its layout: the id without what all external kernels begin with.
  public static func name(_ kernel: String) -> String {
    isWorker(kernel) ? String(kernel.dropFirst("external-".count)) : kernel
  }

  /// A peer's name without its layout.
  public static func library(_ kernel: String) -> String {
    let name = name(kernel)
    for layout in ["-nchw", "-nhwc"] where name.hasSuffix(layout) { return String(name.dropLast(layout.count)) }
    return name
  }

  /// The fastest of those with a verified time.
  private static func fastest(_ records: [BenchmarkRecord]) -> BenchmarkRecord? {
    records.filter { $0.shownNanoseconds != nil }.min { $0.shownNanoseconds! < $1.shownNanoseconds! }
  }

  private static func layer(_ group: ResultGroup) -> Layer {
    let peers = group.records.filter { isPeer($0.kernel) }
    let ours = fastest(group.records.filter { !isPeer($0.kernel) })
    let best = fastest(peers)
    return Layer(
      group: group, ours: ours, best: best, estimate: best.flatMap { peer in ours.flatMap { estimate(peer, to: $0) } },
      peers: peers)
  }

  /// A peer's time by ours, round by round; by all samples where they share no round, since probes disagreed in each.
  private static func estimate(_ peer: BenchmarkRecord, to ours: BenchmarkRecord) -> RatioEstimate? {
    peer.ratio(to: ours) ?? RatioEstimate(samples: peer.samplesNanoseconds, to: ours.samplesNanoseconds)
  }

  /// Where libraries were timed as workers, those layers only: a mean over others, beside which nothing but a library's
  /// matrix product stands, would say nothing of them.
  var layersBesideWorkers: [Layer] {
    let beside = layers.filter { $0.peers.contains { Self.isWorker($0.kernel) } }
    return beside.isEmpty ? layers : beside
  }

  /// The means of each network: first against the virtual best, then against each library.
  public var means: [Mean] {
    let layers = layersBesideWorkers
    let networks = layers.map(\.group.workload.network)
      .reduce(into: [String?]()) { names, name in if !names.contains(name) { names.append(name) } }
    return networks.flatMap { network in
      let own = layers.filter { $0.group.workload.network == network }
      let virtual = Self.mean(network, nil, own) { layer in
        layer.estimate.map { ($0.ratio, layer.best!.shownNanoseconds!) }
      }
      let each = libraries.map { library in
        Self.mean(network, library, own) { layer in
          guard let ours = layer.ours, let peer = layer.record(of: library),
            let estimate = Self.estimate(peer, to: ours)
          else { return nil }
          return (estimate.ratio, peer.shownNanoseconds!)
        }
      }
      return ([virtual] + each).compactMap { $0 }
    }
  }

  private static func mean(
    _ network: String?, _ peer: String?, _ layers: [Layer], _ entry: (Layer) -> (ratio: Double, nanoseconds: Double)?
  ) -> Mean? {
    var weight = 0.0
    var logarithms = 0.0
    var theirs = 0.0
    var ours = 0.0
    var count = 0
    for layer in layers {
      guard let time = layer.ours?.shownNanoseconds, let (ratio, nanoseconds) = entry(layer) else { continue }
      let times = Double(layer.group.workload.count)
      weight += times
      logarithms += times * log(ratio)
      theirs += times * nanoseconds
      ours += times * time
      count += 1
    }
    guard count > 0 else { return nil }
    return Mean(
      network: network, peer: peer, layers: count, allLayers: layers.count, ratio: exp(logarithms / weight),
      timeRatio: theirs / ours)
  }
}
