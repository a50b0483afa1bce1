import ConvolutionModel
import Foundation
import MatrixMultiplication
import Measurement
import Verification

/// Compares GEMM implementations on the shapes of layers: each is checked, then those that passed are timed against one
/// another.
///
/// The right factor, a layer's weights, is packed ahead as a plan would; packing isn't timed.
public struct GEMMComparison {
  /// What is compared, with the layers that it comes from.
  public let shapes: [(shape: GEMMShape, layers: [String])]
  /// The implementations.
  public let backends: [any GEMM]
  /// How: seed, threads, seconds for each, and whether to stop after the verdicts.
  public let options: RunOptions

  /// Plans a comparison.
  public init(shapes: [(shape: GEMMShape, layers: [String])], backends: [any GEMM], options: RunOptions) {
    self.shapes = shapes
    self.backends = backends
    self.options = options
  }

  /// Compares, shape by shape.
  ///
  /// - Parameters:
  ///   - skipping: records that are there already. A shape of which one is missing is measured as a whole: ratios are taken
  ///     within rounds.
  ///   - cancelled: asked between samples; the shape at work isn't reported then.
  ///   - willMeasure: called before each shape with its position.
  ///   - handler: called with the records of each shape, one a backend; what it throws ends the comparison.
  public func run(
    skipping: Set<GEMMRecordKey> = [], cancelled: CancellationFlag = CancellationFlag(),
    willMeasure: (Int, GEMMShape) -> Void = { _, _ in },
    handler: ([GEMMRecord]) throws -> Void
  ) throws {
    for (position, entry) in shapes.enumerated() where !skipping.isSuperset(of: keys(entry.shape)) {
      if cancelled.isCancelled { return }
      willMeasure(position, entry.shape)
      let records = try measure(entry.shape, layers: entry.layers, cancelled: cancelled)
      if cancelled.isCancelled { return }
      try handler(records)
    }
  }

  /// The keys of a shape's records, one a backend.
  public func keys(_ shape: GEMMShape) -> [GEMMRecordKey] {
    backends.map {
      GEMMRecordKey(
        shape: shape, backend: $0.name, coreType: $0.coreType, threads: options.threads, seed: options.seed)
    }
  }

  private func measure(_ shape: GEMMShape, layers: [String], cancelled: CancellationFlag) throws -> [GEMMRecord] {
    let factors = GEMMFactors(shape, seed: options.seed)
    var records = backends.map { emptyRecord(shape, layers: layers, backend: $0) }
    var contenders: [Contestant] = []
    for (position, backend) in backends.enumerated() {
      let leading = max(shape.m, shape.n, shape.k)
      if let reason = backend.unavailableReason {
        records[position].verdict = .unavailable
        records[position].reason = reason
      } else if case .unsupported(let reason) = backend.support(
        m: shape.m, n: shape.n, k: shape.k, leadingDimension: leading)
      {
        records[position].verdict = .unsupported
        records[position].reason = reason
      } else {
        let trial = GEMMTrial(backend, factors: factors, threads: options.threads)
        let start = MonotonicClock.nanoseconds()
        trial.run()
        let elapsed = MonotonicClock.nanoseconds() - start
        let check = factors.check(trial.product)
        records[position].checkedElements = check.checked
        records[position].maxScaledError = check.maxScaledError
        if check.maxScaledError <= 1 {
          contenders.append(Contestant(record: position, trial: trial, firstRunNanoseconds: elapsed))
        } else {
          records[position].verdict = .failed
          records[position].reason =
            "the error is \(check.maxScaledError) of what is allowed, at [\(check.row), \(check.column)]"
        }
      }
    }
    if options.verifyOnly || contenders.isEmpty || cancelled.isCancelled { return records }
    // The fastest once more: what it differs from itself by is noise, and it costs the least.
    let twice = contenders.indices.min { contenders[$0].firstRunNanoseconds < contenders[$1].firstRunNanoseconds }!
    let entered = (contenders + [contenders[twice]]).map { contender in
      Contender(call: contender.trial.run, probeISA: backends[contender.record].instructionSet)
    }
    let sampler = InterleavedSampler(options: options.samplerOptions)
    func sample(_ pinning: ThreadPinning.Outcome) throws -> (samples: [ContenderSamples], warnings: [String]) {
      let monitor = BusyMonitor(cpu: pinning.cpu)
      let samples = try sampler.sample(entered, isCancelled: { cancelled.isCancelled })
      let pin = pinning.reason.map { ["not pinned to a core: \($0)"] } ?? []
      return (samples, pin + (monitor.load()?.warnings ?? []))
    }
    // Threads that a library starts would inherit the pin.
    let (samples, warnings) =
      options.threads > 1
      ? try sample(.notPinned(reason: "\(options.threads) threads"))
      : try ThreadPinning.withPinnedThread { try sample($0) }
    let noiseFloor = RatioEstimate(of: samples[contenders.count], to: samples[twice])?.noiseFloor
    for (index, contender) in contenders.enumerated() {
      records[contender.record].take(samples[index])
      records[contender.record].probeIsa = entered[index].probeISA.rawValue
      records[contender.record].noiseFloor = noiseFloor
      records[contender.record].warnings += warnings
    }
    return records
  }

  /// An implementation whose product is right.
  private struct Contestant {
    let record: Int
    let trial: GEMMTrial
    let firstRunNanoseconds: UInt64
  }

  private func emptyRecord(_ shape: GEMMShape, layers: [String], backend: any GEMM) -> GEMMRecord {
    GEMMRecord(
      date: Date().formatted(.iso8601), commit: options.commit ?? SourceRevision.current, machine: .current,
      shape: shape, layers: layers, backend: backend.name,
      coreType: backend.coreType, threads: options.threads, seed: options.seed, verdict: .passed,
      warnings: BuildConfiguration.current == .debug ? ["debug build"] : [])
  }
}

extension GEMMRecord {
  /// Enters what was measured.
  mutating func take(_ samples: ContenderSamples) {
    samplesNanoseconds = samples.samplesNanoseconds
    sampleRounds = samples.rounds
    probeGflops = samples.probeGflops
    minNanoseconds = Statistics.minimum(samplesNanoseconds)
    medianNanoseconds = Statistics.median(samplesNanoseconds)
    let operations = 2 * Double(shape.multiplyAdds)
    gflops = medianNanoseconds.map { operations / $0 }
    if let warning = ProbeDrift.warning(ProbeDrift.share(probeGflops)) { warnings.append(warning) }
    // An unoptimised probe measures the lack of optimisation, not the machine.
    if machine.buildConfiguration == .debug { return }
    fractionOfPeak = Statistics.median(
      zip(samplesNanoseconds, probeGflops).map { operations / $0 / ($1 * Double(threads)) })
  }
}
