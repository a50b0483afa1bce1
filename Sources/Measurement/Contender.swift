import ConvolutionModel

/// What an ``InterleavedSampler`` times.
public struct Contender {
  /// The work; each call does the same.
  public var call: () throws -> Void
  /// Done untimed before every sample, to leave the caches in the state that is to be measured; then a sample is one call.
  /// Nil for warm caches.
  public var beforeSample: (() -> Void)?
  /// The instruction set of the work, whose peak the probes beside it measure.
  public var probeISA: InstructionSet

  /// Describes the work. Without an instruction set, the machine's best is probed.
  public init(
    call: @escaping () throws -> Void, beforeSample: (() -> Void)? = nil, probeISA: InstructionSet? = nil
  ) {
    self.call = call
    self.beforeSample = beforeSample
    self.probeISA = probeISA ?? FMAProbe.best.isa
  }
}
