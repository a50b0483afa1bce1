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

  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
