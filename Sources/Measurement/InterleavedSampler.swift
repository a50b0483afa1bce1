import ConvolutionModel

/// Times contenders against each other on a machine whose speed wavers.
///
/// In every round each contender is sampled once, in a random order, so that whatever slows the machine down hits all of
/// them; and right before and after each sample a probe measures the core's peak. A sample whose two probes disagree saw the
/// speed change and is dropped. What remains can be expressed as a share of the peak at its own moment.
public struct InterleavedSampler {
  /// How to sample.
  public let options: SamplerOptions
  private let clock: () -> UInt64
  private let probe: (InstructionSet) -> Double

  /// Makes a sampler.
  ///
  /// - Parameters:
  ///   - clock: nanoseconds, never going back.
  ///   - probe: the core's peak on an instruction set now, in GFLOP/s.
  public init(
    options: SamplerOptions, clock: @escaping () -> UInt64 = MonotonicClock.nanoseconds,
    probe: @escaping (InstructionSet) -> Double = { FMAProbe.of($0).measureGflops() }
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
    _ contenders: [Contender], isCancelled: () -> Bool = { false }
  ) throws -> [ContenderSamples] {
    var tallies: [Tally] = []
    for contender in contenders {
      if isCancelled() { break }
      tallies.append(
        Tally(
          callNanoseconds: try warmUp(contender.call), isCold: contender.beforeSample != nil, options: options))
    }
    if tallies.count < contenders.count { return contenders.map { _ in ContenderSamples(callsPerSample: 0) } }

    var generator = SplitMix64(seed: options.seed)
    var lastProbe: Probe?
    var round = 0
    while true {
      let active = tallies.indices.filter { !tallies[$0].isDone(options) }.shuffled(using: &generator)
      if active.isEmpty { break }
      for contender in active {
        if isCancelled() { return tallies.map { $0.samples(tolerance: options.probeTolerance) } }
        try take(contenders[contender], round: round, &tallies[contender], &lastProbe)
      }
      round += 1
    }
    return tallies.map { $0.samples(tolerance: options.probeTolerance) }
  }

  /// Samples calls that find their caches warm, beside the probe of the machine's best instruction set.
  ///
  /// - Throws: what a contender throws.
  public func sample(
    _ contenders: [() throws -> Void], isCancelled: () -> Bool = { false }
  ) throws -> [ContenderSamples] {
    try sample(contenders.map { Contender(call: $0) }, isCancelled: isCancelled)
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

  /// What a probe said, and of which units.
  private struct Probe {
    let isa: InstructionSet
    let gflops: Double
  }

  private func take(
    _ contender: Contender, round: Int, _ tally: inout Tally, _ lastProbe: inout Probe?
  ) throws {
    if let beforeSample = contender.beforeSample {
      let start = clock()
      beforeSample()
      // Emptying caches may take far longer than the call: it counts, or nobody could say when the run ends.
      tally.spentNanoseconds += Double(clock() - start)
      lastProbe = nil
    } else if tally.callNanoseconds < options.warmCallBelowNanoseconds {
      let start = clock()
      for _ in 0..<options.warmCalls { try contender.call() }
      tally.spentNanoseconds += Double(clock() - start)
      lastProbe = nil
    }
    let isa = contender.probeISA
    let before = lastProbe.flatMap { $0.isa == isa ? $0.gflops : nil } ?? probe(isa)
    let start = clock()
    for _ in 0..<tally.callsPerSample { try contender.call() }
    let elapsed = Double(clock() - start)
    let after = probe(isa)
    lastProbe = Probe(isa: isa, gflops: after)
    tally.spentNanoseconds += elapsed
    tally.taken.append(
      Tally.Sample(
        nanoseconds: elapsed / Double(tally.callsPerSample), round: round, before: before, after: after))
  }
}

/// The state of one contender while it's sampled.
private struct Tally {
  struct Sample {
    var nanoseconds: Double
    var round: Int
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

  /// - Parameter isCold: whether the caches are emptied before each sample: only its first call would find them so.
  init(callNanoseconds: Double, isCold: Bool, options: SamplerOptions) {
    self.callNanoseconds = callNanoseconds
    callsPerSample =
      isCold ? 1 : max(1, Int((options.shortestSampleNanoseconds / callNanoseconds).rounded(.up)))
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
      samplesNanoseconds: kept.map { taken[$0].nanoseconds }, rounds: kept.map { taken[$0].round },
      probeGflops: kept.map { (taken[$0].before + taken[$0].after) / 2 }, callsPerSample: callsPerSample,
      dropped: taken.count - kept.count)
  }
}
