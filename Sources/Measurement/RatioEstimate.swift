/// How many times as long one contender takes as another, by the rounds that both were sampled in.
///
/// The ratio is taken within each round and then the median over the rounds: what slows the machine down for a while slows
/// both, and cancels.
public struct RatioEstimate: Hashable, Sendable, Codable {
  /// The median of the rounds' ratios.
  public let median: Double
  /// Where the true median lies in 95 % of cases, by bootstrap.
  public let interval: ClosedRange<Double>
  /// Rounds that count.
  public let rounds: Int

  /// Fewer rounds than this decide nothing: an interval of one or two has no width.
  public static let fewestRounds = 5

  /// Compares samples by their rounds; nil where no round has both, or a time isn't positive.
  public init?(of samples: ContenderSamples, to other: ContenderSamples, seed: UInt64 = 1) {
    let pairs = zip(other.rounds, other.samplesNanoseconds)
    let others = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    let ratios: [Double] = zip(samples.rounds, samples.samplesNanoseconds).compactMap { round, nanoseconds in
      others[round].flatMap { $0 > 0 && nanoseconds > 0 ? nanoseconds / $0 : nil }
    }
    guard let median = Statistics.median(ratios), let interval = Statistics.medianInterval(ratios, seed: seed) else {
      return nil
    }
    self.median = median
    self.interval = interval
    rounds = ratios.count
  }

  /// How far from 1 the interval of something compared with itself reaches: differences within that are noise. 0.01 is one
  /// hundredth. Nil where there were too few rounds to say.
  public var noiseFloor: Double? {
    rounds < Self.fewestRounds ? nil : max(interval.upperBound, 1 / interval.lowerBound, 1) - 1
  }

  /// Whether the interval doesn't clear the noise on either side. Too few rounds leave every difference undecided.
  public func isTie(noiseFloor: Double) -> Bool {
    if rounds < Self.fewestRounds { return true }
    let limit = 1 + max(0, noiseFloor)
    return interval.lowerBound <= limit && interval.upperBound >= 1 / limit
  }
}
