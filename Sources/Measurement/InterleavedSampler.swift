/// Times contenders against each other on a machine whose speed wavers.
///
/// In every round each contender is sampled once, in a random order, so that whatever slows the machine down hits all of
/// them; and right before and after each sample a probe measures the core's peak. A sample whose two probes disagree saw the
/// speed change and is dropped. What remains can be expressed as a share of the peak at its own moment.
public struct InterleavedSampler {
  /// How to sample.
  public let options: SamplerOptions
  private let clock: () -> UInt64
  private let probe: () -> Double

  /// Makes a sampler.
  ///
  /// - Parameters:
  ///   - clock: nanoseconds, never going back.
  ///   - probe: the core's peak now, in GFLOP/s.
  public init(
    options: SamplerOptions, clock: @escaping () -> UInt64 = MonotonicClock.nanoseconds,
    probe: @escaping () -> Double = { FMAProbe.best.measureGflops() }
  ) {
    self.options = options
    self.clock = clock
    self.probe = probe
  }

  /// Warms up each contender, then samples them in rounds until each has had its time.
  ///
  /// - Parameters:
  ///   - contenders: what to time; each call does the same work.
  ///   - isCancelled: asked between samples; `true` ends the sampling.
  /// - Returns: what was measured, one entry a contender; after a cancellation, what there was until then.
  /// - Throws: what a contender throws.
  public func sample(
    _ contenders: [() throws -> Void], isCancelled: () -> Bool = { false }
  ) throws -> [ContenderSamples] {
    var tallies: [Tally] = []
    for contender in contenders {
      if isCancelled() { break }
      tallies.append(Tally(callNanoseconds: try warmUp(contender), options: options))
    }
    if tallies.count < contenders.count { return contenders.map { _ in ContenderSamples(callsPerSample: 0) } }

    var generator = SeededGenerator(seed: options.seed)
    var lastProbe: Double?
    while true {
      let active = tallies.indices.filter { !tallies[$0].isDone(options) }.shuffled(using: &generator)
      if active.isEmpty { break }
      for contender in active {
        if isCancelled() { return tallies.map { $0.samples(tolerance: options.probeTolerance) } }
        try take(contenders[contender], &tallies[contender], &lastProbe)
      }
    }
    return tallies.map { $0.samples(tolerance: options.probeTolerance) }
  }

  /// Calls a contender until it had three calls or a tenth of its time.
  ///
  /// - Returns: nanoseconds of the fastest call.
  private func warmUp(_ contender: () throws -> Void) throws -> Double {
    var fastest = Double.infinity
    var spent = 0.0
    for _ in 0..<3 {
      let start = clock()
      try contender()
      let elapsed = Double(clock() - start)
      fastest = min(fastest, elapsed)
      spent += elapsed
      if spent >= 1e8 * options.secondsPerContender { break }
    }
    return max(fastest, 1)
  }

  private func take(
    _ contender: () throws -> Void, _ tally: inout Tally, _ lastProbe: inout Double?
  ) throws {
    if tally.callNanoseconds < options.warmCallBelowNanoseconds {
      let start = clock()
      try contender()
      tally.spentNanoseconds += Double(clock() - start)
      lastProbe = nil
    }
    let before = lastProbe ?? probe()
    let start = clock()
    for _ in 0..<tally.callsPerSample { try contender() }
    let elapsed = Double(clock() - start)
    let after = probe()
    lastProbe = after
    tally.spentNanoseconds += elapsed
    tally.taken.append(
      Tally.Sample(nanoseconds: elapsed / Double(tally.callsPerSample), before: before, after: after))
  }
}

/// The state of one contender while it's sampled.
private struct Tally {
  struct Sample {
    var nanoseconds: Double
    var before: Double
    var after: Double
    /// How far the probes differ, as a share of the higher one.
    var disagreement: Double { abs(after - before) / max(after, before) }
  }

  let callNanoseconds: Double
  let callsPerSample: Int
  let minimumSamples: Int
  var spentNanoseconds = 0.0
  var taken: [Sample] = []

  init(callNanoseconds: Double, options: SamplerOptions) {
    self.callNanoseconds = callNanoseconds
    callsPerSample = max(1, Int((options.shortestSampleNanoseconds / callNanoseconds).rounded(.up)))
    let affordable = 4e9 * options.secondsPerContender / callNanoseconds
    minimumSamples = max(1, affordable < Double(options.minimumSamples) ? Int(affordable) : options.minimumSamples)
  }

  func isDone(_ options: SamplerOptions) -> Bool {
    if taken.count < minimumSamples { return false }
    return taken.count >= options.maximumSamples || spentNanoseconds >= 1e9 * options.secondsPerContender
  }

  /// The samples whose probes agree; where those are too few, the ones that disagree least make up the number.
  func samples(tolerance: Double) -> ContenderSamples {
    var kept = taken.indices.filter { taken[$0].disagreement <= tolerance }
    if kept.count < minimumSamples {
      let ranked = taken.indices.sorted { taken[$0].disagreement < taken[$1].disagreement }
      kept = ranked.prefix(minimumSamples).sorted()
    }
    return ContenderSamples(
      samplesNanoseconds: kept.map { taken[$0].nanoseconds },
      probeGflops: kept.map { (taken[$0].before + taken[$0].after) / 2 }, callsPerSample: callsPerSample,
      dropped: taken.count - kept.count)
  }
}
