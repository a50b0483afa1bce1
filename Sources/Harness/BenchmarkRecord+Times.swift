import ConvolutionModel
import Measurement

extension BenchmarkRecord {
  /// Enters what was sampled, and all that follows from it.
  ///
  /// Nanoseconds and GFLOP/s are kept to three decimals, which is finer than the clock: the digits after them would be most
  /// of a record file.
  mutating func setTimes(_ samples: ContenderSamples, operation: ConvolutionOperation) {
    samplesNanoseconds = samples.samplesNanoseconds.map(Self.rounded)
    probeGflops = samples.probeGflops.map(Self.rounded)
    callsPerSample = samples.callsPerSample
    droppedSamples = samples.dropped
    sampleRounds = samples.samplesNanoseconds.isEmpty ? nil : samples.rounds
    medianInterval = Statistics.medianInterval(samplesNanoseconds, seed: seed)
      .map { Self.rounded($0.lowerBound)...Self.rounded($0.upperBound) }
    probeDrift = ProbeDrift.share(samples.probeGflops)
    minNanoseconds = Statistics.minimum(samplesNanoseconds)
    medianNanoseconds = Statistics.median(samplesNanoseconds)
    guard let median = medianNanoseconds, median > 0 else { return }
    let flops = 2 * Double(operation.multiplyAdds)
    gflops = flops / median
    gflopsWithoutPadding = 2 * Double(operation.multiplyAddsWithoutPadding) / median
    // An unoptimised probe measures the lack of optimisation, not the machine.
    if machine.buildConfiguration == .debug { return }
    let shares = zip(samplesNanoseconds, probeGflops).map { flops / $0 / ($1 * Double(threads)) }
    fractionOfPeak = Statistics.median(shares)
  }

  /// The samples as they were entered, to compare them with those of another record of the same workload and run.
  var contenderSamples: ContenderSamples {
    ContenderSamples(
      samplesNanoseconds: samplesNanoseconds, rounds: sampleRounds ?? [], probeGflops: probeGflops,
      callsPerSample: callsPerSample, dropped: droppedSamples)
  }

  /// How many times as long this record's kernel takes as another's, round by round; nil where the two weren't timed in the
  /// same rounds.
  public func ratio(to other: BenchmarkRecord) -> RatioEstimate? {
    sampling == other.sampling ? RatioEstimate(of: contenderSamples, to: other.contenderSamples) : nil
  }

  /// What a ratio to another kernel of the same layer and run comes to, beside the layer's noise: how far the kernel that
  /// was entered twice is from itself.
  public func standing(of ratio: RatioEstimate, to other: BenchmarkRecord) -> RatioEstimate.Standing {
    ratio.standing(noiseFloor: [noiseFloor, other.noiseFloor].compactMap(\.self).max())
  }

  /// Whether the difference to another kernel of the same rounds is within the noise.
  public func isTie(with other: BenchmarkRecord) -> Bool {
    ratio(to: other).map { standing(of: $0, to: other) == .tie } ?? false
  }

  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
