import ConvolutionModel
import Measurement
import RegisterTiles
import Threading

extension PlanningRun {
  /// Expected to cost more than this many times the cheapest, a kernel isn't worth a measurement.
  static let hopelessCost = 6.0
  /// A first call that takes more than this many times the fastest one's ends a kernel's chances.
  static let hopelessCall = 2.5

  /// Times the candidates in interleaved rounds of random order.
  ///
  /// - Returns: nil where the time didn't suffice to compare two of them; a note says so.
  func measure(
    _ candidates: [Planner.Candidate], seconds: Double, _ ruledOut: [PlanDecision.Alternative], _ notes: inout [String]
  ) throws(ConvolutionError) -> Choice? {
    let start = clock()
    func spent() -> Double { Double(clock() - start) / 1e9 }
    let memory = PlanningMemory(operation)
    var ruledOut = ruledOut
    var entries: [Entry] = []
    var isOutOfTime = false
    for candidate in candidates {
      func ruleOut(_ reason: String, nanoseconds: Double? = nil) {
        ruledOut.append(
          .init(kernel: candidate.kernel.id, cost: candidate.cost, nanoseconds: nanoseconds, reason: reason))
      }
      // What the model knows nothing of may be anything.
      if candidate.cost.isFinite, candidate.cost > Self.hopelessCost * candidates[0].cost {
        ruleOut("not timed, expected to be hopeless")
        continue
      }
      // Half of the time belongs to the rounds.
      if !entries.isEmpty && spent() > seconds / 2 {
        isOutOfTime = true
        ruleOut("not timed for lack of time")
        continue
      }
      if let objection = try objection(toWorkspaceOf: candidate.kernel) {
        ruleOut(objection)
        continue
      }
      let packed = PackedConstants()
      let prepared = try candidate.kernel.prepare(
        operation, parameters: parameters.packed(as: packed), threads: threads)
      let workspace = AlignedBuffer<UInt8>(count: max(1, prepared.workspaceBytes), repeating: 0)
      let entry = Entry(
        candidate: candidate, prepared: prepared, packed: packed, arguments: memory.arguments(workspace), workspace)
      // The first call pays for page faults.
      let calls = (0..<2).map { _ in
        let start = clock()
        prepared.run(entry.arguments)
        return Double(clock() - start)
      }
      let fastest = min(calls[0], calls[1])
      if let best = entries.map(\.firstCall).min(), fastest > Self.hopelessCall * best {
        ruleOut("one call was hopeless", nanoseconds: fastest)
        continue
      }
      entries.append(entry.with(firstCall: fastest))
    }
    guard entries.count > 1, spent() < seconds else {
      // One alone that beat the others' first calls was measured; one that lacked rivals was not.
      if entries.isEmpty || isOutOfTime || entries.count > 1 {
        notes.append("\(seconds) s did not suffice to measure anything")
        return nil
      }
      return choice(
        entries, [ContenderSamples(samplesNanoseconds: [entries[0].firstCall], rounds: [0])], ruledOut, notes)
    }
    let samples = sample(entries, memory, seconds: seconds - spent())
    guard samples.allSatisfy({ !$0.samplesNanoseconds.isEmpty }) else {
      notes.append("\(seconds) s did not suffice to measure anything")
      return nil
    }
    return choice(entries, samples, ruledOut, notes)
  }

  /// Takes rounds; without probes of the peak, since ratios within a round need none.
  private func sample(_ entries: [Entry], _ memory: PlanningMemory, seconds: Double) -> [ContenderSamples] {
    let evictors = options.weights == .cold ? (0..<threads).map { _ in CacheEvictor(machine) } : []
    let contenders = entries.map { entry in
      Contender(
        call: { entry.prepared.run(entry.arguments) },
        beforeSample: evictors.isEmpty
          ? nil : { Self.emptyCaches(evictors, keeping: memory.bytes + [entry.workspaceBytes]) },
        probeISA: .best)
    }
    let sampler = InterleavedSampler(
      options: SamplerOptions(
        secondsPerContender: seconds / Double(entries.count), minimumSamples: 1, maximumSamples: 60),
      clock: clock, probe: { _ in 1 })
    // The calls of prepared kernels don't throw.
    return (try? sampler.sample(contenders)) ?? []
  }

  /// Leaves everything but the weights in the caches.
  private static func emptyCaches(_ evictors: [CacheEvictor], keeping memory: [UnsafeRawBufferPointer]) {
    // Safe to share: each part uses an evictor of its own.
    nonisolated(unsafe) let evictors = evictors
    ThreadPool.shared.run(parts: evictors.count) { evictors[$0].evict() }
    for buffer in memory { evictors[0].touch(buffer) }
  }

  /// The best of what was measured, with its times.
  private func choice(
    _ entries: [Entry], _ samples: [ContenderSamples], _ ruledOut: [PlanDecision.Alternative], _ notes: [String]
  ) -> Choice {
    let measured = zip(entries, samples).map { entry, samples in
      MeasuredCandidate(
        kernel: entry.candidate.kernel.id, samples: samples,
        errorConstant: entry.candidate.kernel.errorBound(for: operation).constant,
        bytes: entry.prepared.workspaceBytes + entry.prepared.packedWeightsBytes)
    }
    let best = MeasuredCandidate.best(of: measured)
    func alternative(_ index: Int) -> PlanDecision.Alternative {
      .init(
        kernel: measured[index].kernel, cost: entries[index].candidate.cost,
        nanoseconds: Statistics.median(samples[index].samplesNanoseconds),
        ratio: RatioEstimate(of: samples[index], to: samples[best])?.ratio)
    }
    let others = entries.indices.filter { $0 != best }.map(alternative).sorted { ($0.ratio ?? 0) < ($1.ratio ?? 0) }
    return Choice(
      kernel: entries[best].candidate.kernel, prepared: entries[best].prepared, packed: entries[best].packed,
      decision: decision(.measured, alternative(best), others + ruledOut, notes))
  }

  /// A candidate that is packed and has been called.
  private struct Entry {
    let candidate: Planner.Candidate
    let prepared: any PreparedKernel
    let packed: PackedConstants
    let arguments: RunArguments
    let firstCall: Double
    private let workspace: AlignedBuffer<UInt8>

    init(
      candidate: Planner.Candidate, prepared: any PreparedKernel, packed: PackedConstants, arguments: RunArguments,
      _ workspace: AlignedBuffer<UInt8>, firstCall: Double = 0
    ) {
      self.candidate = candidate
      self.prepared = prepared
      self.packed = packed
      self.arguments = arguments
      self.workspace = workspace
      self.firstCall = firstCall
    }

    var workspaceBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(workspace.elements) }

    func with(firstCall: Double) -> Entry {
      Entry(
        candidate: candidate, prepared: prepared, packed: packed, arguments: arguments, workspace, firstCall: firstCall)
    }
  }
}

/// The tensors that candidates are timed on.
private struct PlanningMemory {
  private let input: AlignedBuffer<Float>
  private let residual: AlignedBuffer<Float>?
  private let output: AlignedBuffer<Float>

  init(_ operation: ConvolutionOperation) {
    // Values of ordinary size: times of zeros and of denormals may differ.
    var generator = SplitMix64(seed: 1)
    input = AlignedBuffer(uninitializedCount: operation.inputShape.count)
    for place in 0..<input.count { input[place] = Float(generator.next() >> 40) * 0x1p-23 - 1 }
    output = AlignedBuffer(count: operation.outputShape.count, repeating: 0)
    residual =
      operation.finalEpilogue.hasResidual ? AlignedBuffer(count: operation.outputShape.count, repeating: 0.5) : nil
  }

  func arguments(_ workspace: AlignedBuffer<UInt8>) -> RunArguments {
    RunArguments(
      input: UnsafeRawPointer(input.elements.baseAddress!),
      residual: residual.map { UnsafeRawPointer($0.elements.baseAddress!) },
      output: UnsafeMutableRawPointer(output.elements.baseAddress!),
      workspace: UnsafeMutableRawPointer(workspace.elements.baseAddress!))
  }

  /// All of it.
  var bytes: [UnsafeRawBufferPointer] {
    [input, residual, output].compactMap { $0.map { UnsafeRawBufferPointer($0.elements) } }
  }
}
