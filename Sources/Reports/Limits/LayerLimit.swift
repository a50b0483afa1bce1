import ConvolutionModel
import Harness
import Measurement
import RegisterTiles

/// How near a layer's fastest kernel of ours came to its bound, and what the rest of its time goes to.
public struct LayerLimit: Sendable, Encodable {
  /// The network; nil for problems given by hand.
  public let network: String?
  /// The layer.
  public let layer: String
  /// The operation in benchdnn's notation.
  public let problem: String
  /// The kernel.
  public let kernel: String
  /// Threads of a run.
  public let threads: Int
  /// Median nanoseconds of a run.
  public let nanoseconds: Double
  /// The least that the kernel's algorithm takes.
  public let boundNanoseconds: Double
  /// What binds.
  public let boundBy: String
  /// All parts of the bound, the longest first.
  public let parts: [LayerBound.Part]
  /// Bound by time: 1 is the machine's limit.
  public let share: Double
  /// What limits the rest, the largest first, with what it can account for of the time.
  public let rest: [Loss]

  /// Something that a bound leaves out.
  public struct Loss: Sendable, Equatable, Encodable {
    /// What it is.
    public let name: String
    /// The most that it can account for, as a share of the measured time.
    public let share: Double
  }

  /// Losses in words: `unused lanes 12 %, L3 not hidden ≤ 9 %`.
  public var restText: String {
    rest.isEmpty
      ? "nothing above 2 %"
      : rest.map { "\($0.name) \(NumberText.fixed($0.share * 100, decimals: 0)) %" }.joined(separator: ", ")
  }

  /// Limits of the fastest verified kernel of ours on every layer with warm caches and a number of threads, in the records'
  /// order.
  public static func all(of records: [BenchmarkRecord], ceilings: MachineCeilings, threads: Int = 1) -> [LayerLimit] {
    struct Key: Hashable {
      let network: String?
      let layer: String
      let problem: String
      let epilogue: String
    }
    var order: [Key] = []
    var fastest: [Key: BenchmarkRecord] = [:]
    for record in records
    where record.threads == threads && record.cacheState == "warm" && !PeerComparison.isPeer(record.kernel) {
      guard let time = record.shownNanoseconds, time > 0 else { continue }
      let key = Key(network: record.network, layer: record.layer, problem: record.problem, epilogue: record.epilogue)
      if let known = fastest[key]?.shownNanoseconds {
        if time >= known { continue }
      } else {
        order.append(key)
      }
      fastest[key] = record
    }
    return order.compactMap { LayerLimit(fastest[$0]!, ceilings: ceilings) }
  }

  /// The limit of one record; nil where the record or the kernel can't be read, or nothing was timed.
  public init?(_ record: BenchmarkRecord, ceilings: MachineCeilings) {
    guard let time = record.shownNanoseconds, time > 0, let kernel = KernelID(record.kernel),
      let operation = try? ProblemLine.parse(record.problem).operation(),
      let peak = Statistics.median(record.probeGflops), let rates = MachineRates(peakGflops: peak, ceilings: ceilings),
      let bound = LayerBound(
        operation, kernel: kernel, packedWeightBytes: record.packedWeightsBytes, threads: record.threads, rates: rates)
    else { return nil }
    network = record.network
    layer = record.layer
    problem = record.problem
    self.kernel = record.kernel
    threads = record.threads
    nanoseconds = time
    boundNanoseconds = bound.nanoseconds
    boundBy = bound.name
    parts = bound.parts
    share = bound.nanoseconds / time
    let lanes = (kernel.isa ?? record.machine.isa).lanes
    rest = Self.losses(
      bound: bound, nanoseconds: time, vectorShare: Self.vectorShare(operation.problem, kernel, lanes: lanes),
      stages: record.stageNanoseconds ?? [:], callNanoseconds: record.callOverheadNanoseconds ?? 0,
      sumLength: kernel.family == "direct" || kernel.family == "im2col"
        ? operation.problem.inputChannelsPerGroup * operation.problem.taps : nil)
  }

  /// The share of the lanes that hold something: of output channels in NHWC, of pixels in NCHW.
  static func vectorShare(_ problem: ConvolutionProblem, _ kernel: KernelID, lanes: Int) -> Double {
    let isDepthwise = kernel.family == "depthwise" || kernel.family == "separable"
    let count =
      kernel.layout == .nchw
      ? (isDepthwise ? problem.outputWidth : problem.outputPixels)
      : isDepthwise ? problem.outputChannels : problem.outputChannelsPerGroup
    return Double(count) / Double((count + lanes - 1) / lanes * lanes)
  }

  /// Sums of so many products and fewer don't hide what their tile takes before and after them.
  private static let shortSum = 256

  /// What of the time beyond the bound each known cause can account for, none of more than there is; the largest three above
  /// 2 %.
  ///
  /// - Parameters:
  ///   - vectorShare: the share of the lanes in use.
  ///   - stages: nanoseconds of each stage of the kernel, by name.
  ///   - callNanoseconds: what a call of a plan that does nothing takes.
  ///   - sumLength: products of one sum of a tile, before and after which it's begun and stored; nil where tiles differ.
  static func losses(
    bound: LayerBound, nanoseconds: Double, vectorShare: Double, stages: [String: Double], callNanoseconds: Double,
    sumLength: Int?
  ) -> [Loss] {
    let beyond = nanoseconds - bound.nanoseconds
    var losses: [(name: String, nanoseconds: Double)] = []
    if vectorShare < 1 {
      losses.append(("unused lanes", bound.productNanoseconds * (1 / vectorShare - 1)))
    }
    for part in bound.parts.dropFirst() { losses.append(("\(part.name) not hidden ≤", part.nanoseconds)) }
    losses.append(("calling a plan", callNanoseconds))
    // Stages are timed apart, in runs of their own.
    let measured = stages.values.reduce(0, +)
    if measured > 0 {
      func time(_ names: [KernelStage]) -> Double {
        names.reduce(0) { $0 + (stages[$1.rawValue] ?? 0) } * nanoseconds / measured
      }
      losses.append(("transforms beyond their arithmetic", time([.transform, .inverse]) - bound.transformNanoseconds))
      losses.append(("laying out the input", time([.pack])))
      losses.append(("epilogue of its own", time([.epilogue])))
      if bound.transformNanoseconds > 0 {
        losses.append(("products below the peak", time([.multiply]) - bound.productNanoseconds))
      }
    }
    var found = losses.map { Loss(name: $0.name, share: min($0.nanoseconds, beyond) / nanoseconds) }
      .filter { $0.share > 0.02 }.sorted { $0.share > $1.share }.prefix(3)
    let left = beyond / nanoseconds - found.reduce(0) { $0 + $1.share }
    if left > 0.02, let sumLength, sumLength <= shortSum {
      found.append(Loss(name: "tiles' beginnings and ends, sums of \(sumLength)", share: left))
    } else if left > 0.02 {
      found.append(Loss(name: "not told apart", share: left))
    }
    return Array(found)
  }
}
