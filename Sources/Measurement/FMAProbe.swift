import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Measures how many multiply-adds a core does when nothing but the arithmetic units limits it: the ceiling that a kernel's
/// rate is a share of.
///
/// The clock of a core, and on a shared machine the share of it that one gets, change within a fraction of a millisecond;
/// so a probe is short and is taken beside every sample. Twelve independent chains of fused multiply-adds keep two units
/// busy for up to six cycles of latency; all operands stay in registers. The baseline has no fused instruction: there a
/// multiplication and an addition are counted, which is its ceiling too.
public struct FMAProbe: Sendable {
  /// The instruction set whose units are probed.
  public let isa: InstructionSet
  /// Times round the loop in one probe.
  private let iterations: Int

  /// The probe of the highest instruction set that this machine runs.
  public static let best = FMAProbe(unchecked: .best)

  /// The probes of all instruction sets that this machine runs, lowest first, each calibrated once.
  public static let all: [FMAProbe] = InstructionSet.allCases.compactMap { FMAProbe($0) }

  /// The probe of an instruction set, or ``best`` where the machine doesn't run it.
  public static func of(_ isa: InstructionSet) -> FMAProbe { all.first { $0.isa == isa } ?? best }

  /// The probe of one instruction set; nil when the machine doesn't run it.
  public init?(_ isa: InstructionSet) {
    if isa > .best { return nil }
    self.init(unchecked: isa)
  }

  private init(unchecked isa: InstructionSet) {
    self.isa = isa
    // Long enough that reading the clock (some 30 ns) and the last chain's latency don't show, short enough to stay beside
    // the sample. A debug build takes longer than that for one turn, and one turn then is a probe.
    let aim = 30_000.0
    var iterations = 1
    while iterations < 1 << 20, Self.run(isa, iterations: iterations) < aim { iterations *= 2 }
    // One run may have been interrupted, and wide registers are slow for their first microseconds: the fastest of many
    // is what the core does.
    let fastest = (0..<16).map { _ in Self.run(isa, iterations: iterations) }.min()!
    iterations = min(max(1, Int(Double(iterations) * aim / fastest)), 1 << 20)
    self.iterations = iterations
  }

  /// Runs one probe, 50 to 100 µs in a release build, half of it to warm up.
  ///
  /// A core switches its widest units off while only narrower code runs, and takes some 20 µs of wide work to power them up
  /// again, at a quarter of their rate meanwhile. So the same loop runs once unmeasured: whatever ran before, the number is
  /// that of the units at work.
  ///
  /// - Returns: GFLOP/s of the calling thread's core, two a multiply-add.
  public func measureGflops() -> Double {
    if isa != .baseline { _ = Self.run(isa, iterations: iterations) }
    let flops = 2 * Self.chains * isa.lanes * iterations
    return Double(flops) / Self.run(isa, iterations: iterations)
  }

  private static let chains = 12

  /// Nanoseconds that a number of iterations take; never 0.
  private static func run(_ isa: InstructionSet, iterations: Int) -> Double {
    // Operands come from memory and results go back to it, so that the compiler can neither fold the loop nor drop it.
    // Each chain starts elsewhere, or they'd be computed once; x ← 0.999·x + 0.001 stays clear of denormals and infinity.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: chains * 16) { chainValues in
      for i in chainValues.indices { chainValues[i] = 1 + Float(i) / 256 }
      var arguments = ProbeArguments(
        iterations: iterations, factor: 0.999, summand: 0.001, chains: chainValues.baseAddress!)
      let start = MonotonicClock.nanoseconds()
      withUnsafePointer(to: &arguments) { dispatch(isa, $0) }
      let end = MonotonicClock.nanoseconds()
      return max(1, Double(end - start))
    }
  }
}

/// What a probe's body takes.
private struct ProbeArguments {
  var iterations: Int
  var factor: Float
  var summand: Float
  /// Start values of all chains, replaced by what they end with.
  var chains: UnsafeMutablePointer<Float>
}

@inline(never)
private func dispatch(_ isa: InstructionSet, _ arguments: UnsafeRawPointer) {
  switch isa {
  case .baseline: probe(Chains<SIMD4<Float>, SeparateArithmetic>.self, arguments)
  case .avx2:
    #if arch(x86_64)
      run_fma_probe_avx2(arguments)
    #endif
  case .avx512:
    #if arch(x86_64)
      run_fma_probe_avx512(arguments)
    #endif
  }
}

#if arch(x86_64)
  // A body must stand in the same file as the use of its trampoline: each file is compiled to a module of its own.
  @c(body_fma_probe_avx2) func bodyFMAProbeAVX2(_ arguments: UnsafeRawPointer?) {
    probe(Chains<SIMD8<Float>, FusedArithmetic>.self, arguments.unsafelyUnwrapped)
  }

  @c(body_fma_probe_avx512) func bodyFMAProbeAVX512(_ arguments: UnsafeRawPointer?) {
    probe(Chains<SIMD16<Float>, FusedArithmetic>.self, arguments.unsafelyUnwrapped)
  }
#endif

@inline(__always)
private func probe<Lanes, Arithmetic>(_: Chains<Lanes, Arithmetic>.Type, _ raw: UnsafeRawPointer) {
  let arguments = raw.assumingMemoryBound(to: ProbeArguments.self).pointee
  let factor = Lanes(repeating: arguments.factor)
  let summand = Lanes(repeating: arguments.summand)
  var chains = Chains<Lanes, Arithmetic>(load: arguments.chains)
  for _ in 0..<arguments.iterations { chains.step(factor, summand) }
  chains.store(arguments.chains)
}

/// How `x·factor + summand` is computed.
private protocol ChainArithmetic {
  static func step<Lanes: SIMD>(_ x: inout Lanes, _ factor: Lanes, _ summand: Lanes) where Lanes.Scalar == Float
}

/// With one rounding, for instruction sets that have it as an instruction.
private enum FusedArithmetic: ChainArithmetic {
  @inline(__always)
  static func step<Lanes: SIMD>(_ x: inout Lanes, _ factor: Lanes, _ summand: Lanes) where Lanes.Scalar == Float {
    x = summand.addingProduct(x, factor)
  }
}

/// As a multiplication and an addition, where the fused form would be a call a lane.
private enum SeparateArithmetic: ChainArithmetic {
  @inline(__always)
  static func step<Lanes: SIMD>(_ x: inout Lanes, _ factor: Lanes, _ summand: Lanes) where Lanes.Scalar == Float {
    x = x * factor + summand
  }
}

/// Twelve accumulators as members of their own, each of which becomes a register: an array wouldn't.
private struct Chains<Lanes: SIMD, Arithmetic: ChainArithmetic> where Lanes.Scalar == Float {
  var x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11: Lanes

  @inline(__always)
  init(load p: UnsafeMutablePointer<Float>) {
    x0 = Self.load(p, 0)
    x1 = Self.load(p, 1)
    x2 = Self.load(p, 2)
    x3 = Self.load(p, 3)
    x4 = Self.load(p, 4)
    x5 = Self.load(p, 5)
    x6 = Self.load(p, 6)
    x7 = Self.load(p, 7)
    x8 = Self.load(p, 8)
    x9 = Self.load(p, 9)
    x10 = Self.load(p, 10)
    x11 = Self.load(p, 11)
  }

  @inline(__always)
  mutating func step(_ factor: Lanes, _ summand: Lanes) {
    Arithmetic.step(&x0, factor, summand)
    Arithmetic.step(&x1, factor, summand)
    Arithmetic.step(&x2, factor, summand)
    Arithmetic.step(&x3, factor, summand)
    Arithmetic.step(&x4, factor, summand)
    Arithmetic.step(&x5, factor, summand)
    Arithmetic.step(&x6, factor, summand)
    Arithmetic.step(&x7, factor, summand)
    Arithmetic.step(&x8, factor, summand)
    Arithmetic.step(&x9, factor, summand)
    Arithmetic.step(&x10, factor, summand)
    Arithmetic.step(&x11, factor, summand)
  }

  @inline(__always)
  func store(_ p: UnsafeMutablePointer<Float>) {
    Self.store(x0, p, 0)
    Self.store(x1, p, 1)
    Self.store(x2, p, 2)
    Self.store(x3, p, 3)
    Self.store(x4, p, 4)
    Self.store(x5, p, 5)
    Self.store(x6, p, 6)
    Self.store(x7, p, 7)
    Self.store(x8, p, 8)
    Self.store(x9, p, 9)
    Self.store(x10, p, 10)
    Self.store(x11, p, 11)
  }

  @inline(__always)
  private static func load(_ p: UnsafeMutablePointer<Float>, _ i: Int) -> Lanes {
    UnsafeRawPointer(p + i * Lanes.scalarCount).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  private static func store(_ x: Lanes, _ p: UnsafeMutablePointer<Float>, _ i: Int) {
    UnsafeMutableRawPointer(p + i * Lanes.scalarCount).storeBytes(of: x, as: Lanes.self)
  }
}
