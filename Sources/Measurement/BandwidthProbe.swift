import CKernelISA
import ConvolutionModel
import RegisterTiles

/// Measures how many bytes a core moves to and from a level of its memory when it does nothing else: the slanted ceiling of
/// a roofline.
///
/// Vectors of an instruction set's own width are read and added up, or read from one half of the memory and written to the
/// other. Bytes are those that the program asks for: a copy counts each byte twice, once read and once written, and what the
/// hardware reads besides, such as lines that are about to be overwritten, isn't counted.
public final class BandwidthProbe {
  /// What is done with the memory.
  public enum Access: String, Hashable, Sendable, Codable, CaseIterable {
    /// Every byte is read.
    case read
    /// One half is read, the other half is written.
    case copy
  }

  /// The instruction set whose loads and stores are used.
  public let isa: InstructionSet
  /// Bytes that are gone through, a multiple of what one turn of the loop takes.
  public let byteCount: Int
  private let memory: AlignedBuffer<Float>

  /// Takes memory of about a size; nil when the machine doesn't run the instruction set.
  public init?(_ isa: InstructionSet, byteCount: Int) {
    if isa > .best { return nil }
    self.isa = isa
    // Both halves must come out in whole turns of sixteen vectors of the widest set.
    let turn = 2 * 4 * 16 * vectorsPerTurn
    self.byteCount = max(turn, byteCount / turn * turn)
    memory = AlignedBuffer(count: self.byteCount / 4, repeating: 1)
  }

  /// Goes through the memory in many short windows.
  ///
  /// - Parameters:
  ///   - nanoseconds: the least time of all windows together; there are at least three.
  ///   - window: the least time of one window, of whole passes: shorter than a time slice, so that on a busy machine some
  ///     windows are undisturbed.
  /// - Returns: GB/s, that of the fastest window: whatever disturbs makes it slower.
  public func measureGigabytesPerSecond(
    _ access: Access, nanoseconds: Double = 2_000_000, window: Double = 200_000,
    clock: () -> UInt64 = MonotonicClock.nanoseconds
  ) -> Double {
    // Small memory is gone through several times between two looks at the clock, which take some 50 ns.
    let repetitions = max(1, (256 << 10) / byteCount)
    func pass() { run(access, memory.elements.baseAddress!, repetitions: repetitions) }
    pass()
    var fastest = 0.0
    var spent = 0.0
    var windows = 0
    while windows < 3 || spent < nanoseconds {
      var passes = 0
      var elapsed = 0.0
      let start = clock()
      repeat {
        pass()
        passes += 1
        elapsed = Double(clock() - start)
      } while elapsed < window
      fastest = max(fastest, Double(passes * repetitions * byteCount) / max(1, elapsed))
      spent += elapsed
      windows += 1
    }
    return fastest
  }

  private func run(_ access: Access, _ base: UnsafeMutablePointer<Float>, repetitions: Int) {
    var arguments =
      switch access {
      case .read:
        BandwidthArguments(
          source: UnsafePointer(base), target: base, count: byteCount / 4, repetitions: repetitions)
      case .copy:
        BandwidthArguments(
          source: UnsafePointer(base), target: base + byteCount / 8, count: byteCount / 8, repetitions: repetitions)
      }
    withUnsafePointer(to: &arguments) { dispatch(isa, access, $0) }
  }
}

/// Vectors that one turn of a loop reads: enough to have all load units busy, few enough for the registers.
private let vectorsPerTurn = 8

/// What a body takes.
private struct BandwidthArguments {
  var source: UnsafePointer<Float>
  /// Where a copy goes; where a sum leaves its last vectors.
  var target: UnsafeMutablePointer<Float>
  /// Floats to read.
  var count: Int
  /// How often all of it is gone through: the first level is through in some 200 cycles, and a call costs a tenth of that.
  var repetitions: Int
}

@inline(never)
private func dispatch(_ isa: InstructionSet, _ access: BandwidthProbe.Access, _ arguments: UnsafeRawPointer) {
  switch (isa, access) {
  #if arch(x86_64)
    case (.avx512, .read): run_bandwidth_read_avx512(arguments)
    case (.avx512, .copy): run_bandwidth_copy_avx512(arguments)
    case (.avx2, .read): run_bandwidth_read_avx2(arguments)
    case (.avx2, .copy): run_bandwidth_copy_avx2(arguments)
  #endif
  case (_, .read): read(SIMD4<Float>.self, arguments)
  case (_, .copy): copy(SIMD4<Float>.self, arguments)
  }
}

#if arch(x86_64)
  @c(body_bandwidth_read_avx2) private func bodyReadAVX2(_ arguments: UnsafeRawPointer?) {
    read(SIMD8<Float>.self, arguments)
  }
  @c(body_bandwidth_copy_avx2) private func bodyCopyAVX2(_ arguments: UnsafeRawPointer?) {
    copy(SIMD8<Float>.self, arguments)
  }
  @c(body_bandwidth_read_avx512) private func bodyReadAVX512(_ arguments: UnsafeRawPointer?) {
    read(SIMD16<Float>.self, arguments)
  }
  @c(body_bandwidth_copy_avx512) private func bodyCopyAVX512(_ arguments: UnsafeRawPointer?) {
    copy(SIMD16<Float>.self, arguments)
  }
#endif

/// Adds all vectors up into eight sums, so that no addition waits for the one before, and writes a vector of them at the end.
@inline(__always)
private func read<Lanes: KernelLanes>(_: Lanes.Type, _ raw: UnsafeRawPointer?) {
  let arguments = raw.unsafelyUnwrapped.assumingMemoryBound(to: BandwidthArguments.self).pointee
  let width = Lanes.scalarCount
  var s0 = Lanes.repeating(0)
  var s1 = s0
  var s2 = s0
  var s3 = s0
  var s4 = s0
  var s5 = s0
  var s6 = s0
  var s7 = s0
  let end = arguments.source + arguments.count
  for _ in 0..<arguments.repetitions {
    var source = arguments.source
    while source < end {
      s0.add(.load(source))
      s1.add(.load(source + width))
      s2.add(.load(source + 2 * width))
      s3.add(.load(source + 3 * width))
      s4.add(.load(source + 4 * width))
      s5.add(.load(source + 5 * width))
      s6.add(.load(source + 6 * width))
      s7.add(.load(source + 7 * width))
      source += vectorsPerTurn * width
    }
  }
  s0.add(s1)
  s2.add(s3)
  s4.add(s5)
  s6.add(s7)
  s0.add(s2)
  s4.add(s6)
  s0.add(s4)
  // Kept between bounds: sums of sums would leave the range of a float after some thousand passes.
  s0.clamp(-1, 1)
  s0.store(arguments.target)
}

@inline(__always)
private func copy<Lanes: KernelLanes>(_: Lanes.Type, _ raw: UnsafeRawPointer?) {
  let arguments = raw.unsafelyUnwrapped.assumingMemoryBound(to: BandwidthArguments.self).pointee
  let width = Lanes.scalarCount
  let end = arguments.source + arguments.count
  for _ in 0..<arguments.repetitions {
    var source = arguments.source
    var target = arguments.target
    while source < end {
      Lanes.load(source).store(target)
      Lanes.load(source + width).store(target + width)
      Lanes.load(source + 2 * width).store(target + 2 * width)
      Lanes.load(source + 3 * width).store(target + 3 * width)
      source += 4 * width
      target += 4 * width
    }
  }
}
