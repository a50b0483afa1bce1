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
  ///   - cancelled: asked between samples; the shape at work isn't reported then.
  ///   - willMeasure: called before each shape with its position.
  ///   - handler: called with the records of each shape, one a backend; what it throws ends the comparison.
  public func run(
    cancelled: CancellationFlag = CancellationFlag(), willMeasure: (Int, GEMMShape) -> Void = { _, _ in },
    handler: ([GEMMRecord]) throws -> Void
  ) throws {
    for (position, entry) in shapes.enumerated() {
      if cancelled.isCancelled { return }
      willMeasure(position, entry.shape)
      let records = try measure(entry.shape, layers: entry.layers, cancelled: cancelled)
      if cancelled.isCancelled { return }
      try handler(records)
    }
  }

  private func measure(_ shape: GEMMShape, layers: [String], cancelled: CancellationFlag) throws -> [GEMMRecord] {
    let factors = GEMMFactors(shape, seed: options.seed)
    var records = backends.map { emptyRecord(shape, layers: layers, backend: $0) }
    var contenders: [(record: Int, trial: GEMMTrial)] = []
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
        trial.run()
        let check = factors.check(trial.product)
        records[position].checkedElements = check.checked
        records[position].maxScaledError = check.maxScaledError
        if check.maxScaledError <= 1 {
          contenders.append((position, trial))
        } else {
          records[position].verdict = .failed
          records[position].reason =
            "the error is \(check.maxScaledError) of what is allowed, at [\(check.row), \(check.column)]"
        }
      }
    }
    if options.verifyOnly { return records }
    let sampler = InterleavedSampler(options: options.samplerOptions)
    func sample() throws -> [ContenderSamples] {
      try sampler.sample(contenders.map { $0.trial.run }, isCancelled: { cancelled.isCancelled })
    }
    // Threads that a library starts would inherit the pin.
    var pinning: String?
    let samples =
      options.threads > 1
      ? try sample()
      : try ThreadPinning.withPinnedThread { outcome in
        pinning = outcome.reason.map { "not pinned to a core: \($0)" }
        return try sample()
      }
    for (contender, samples) in zip(contenders, samples) {
      records[contender.record].take(samples)
      if let pinning { records[contender.record].warnings.append(pinning) }
    }
    return records
  }

  private func emptyRecord(_ shape: GEMMShape, layers: [String], backend: any GEMM) -> GEMMRecord {
    GEMMRecord(
      date: Date().formatted(.iso8601), machine: .current, shape: shape, layers: layers, backend: backend.name,
      coreType: backend.coreType, threads: options.threads, seed: options.seed, verdict: .passed,
      warnings: BuildConfiguration.current == .debug ? ["debug build"] : [])
  }
}

extension GEMMRecord {
  /// Enters what was measured.
  mutating func take(_ samples: ContenderSamples) {
    samplesNanoseconds = samples.samplesNanoseconds
    probeGflops = samples.probeGflops
    minNanoseconds = Statistics.minimum(samplesNanoseconds)
    medianNanoseconds = Statistics.median(samplesNanoseconds)
    let operations = 2 * Double(shape.multiplyAdds)
    gflops = medianNanoseconds.map { operations / $0 }
    fractionOfPeak = Statistics.median(
      zip(samplesNanoseconds, probeGflops).map { operations / $0 / ($1 * Double(threads)) })
  }
}
