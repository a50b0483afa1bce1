import ConvolutionModel
import Measurement
import Verification

/// The run of one workload: from the kernels that are asked to their records.
struct WorkloadRun {
  let workload: Workload
  let context: RecordContext
  let cancelled: CancellationFlag
  private var operation: ConvolutionOperation { workload.operation }
  private var options: RunOptions { context.options }

  init(workload: Workload, context: RecordContext, cancelled: CancellationFlag) {
    self.workload = workload
    self.context = context
    self.cancelled = cancelled
  }

  /// A kernel on this workload, with its place in the run.
  private struct Entry {
    let index: Int
    let kernel: any ConvolutionKernel
  }

  /// A kernel that passed, with its record so far.
  private struct Passed {
    let entry: Entry
    var record: BenchmarkRecord
  }

  /// A kernel whose plan stands.
  private struct Contender {
    let passed: Passed
    var timed: TimedPlan
  }

  /// Verifies the kernels, times those that passed, and hands every record to the handler as soon as it's complete.
  func run(
    _ kernels: [any ConvolutionKernel], progress: inout RunProgress, prediction: inout CostPrediction,
    handler: (RunEvent) throws -> Void
  ) throws {
    let first = progress.done
    defer { progress.done = first + kernels.count }
    func emit(_ record: BenchmarkRecord, _ kernel: KernelID) throws {
      progress.count(record, workload, kernel)
      try handler(.record(record))
    }

    var runnable: [Entry] = []
    for (offset, kernel) in kernels.enumerated() {
      if case .unavailable(let reason) = kernel.availability {
        try emit(context.record(workload, kernel, verdict: .unavailable, reason: reason), kernel.id)
      } else if case .unsupported(let reason) = kernel.support(for: operation) {
        try emit(context.record(workload, kernel, verdict: .unsupported, reason: reason), kernel.id)
      } else if let reason = slowReason(kernel, &prediction) {
        progress.summary.skipped += 1
        try handler(.skipped(workload: workload, kernel: kernel.id, reason: reason))
      } else {
        runnable.append(Entry(index: first + offset, kernel: kernel))
      }
    }
    // The oracle is the dear part: without anybody to check it isn't asked.
    if runnable.isEmpty || cancelled.isCancelled { return }

    let subject = VerificationSubject(
      operation, blockEdges: runnable.flatMap { $0.kernel.blocking(for: operation) },
      options: options.verification)
    var passed: [Passed] = []
    for entry in runnable {
      if cancelled.isCancelled { return }
      try handler(begins(entry, progress, .verifying))
      let report = subject.report(on: entry.kernel)
      let record = context.record(workload, entry.kernel, report)
      if report.verdict == .passed && !options.verifyOnly {
        passed.append(Passed(entry: entry, record: record))
      } else {
        try emit(record, entry.kernel.id)
      }
    }
    if passed.isEmpty { return }
    try withExtendedLifetime(subject) {
      try time(passed, subject, progress: progress, prediction: &prediction, handler: handler, emit: emit)
    }
  }

  private func begins(_ entry: Entry, _ progress: RunProgress, _ activity: RunEvent.Activity) -> RunEvent {
    .begins(
      index: entry.index, total: progress.total, workload: workload, kernel: entry.kernel.id, activity: activity)
  }

  private func slowReason(_ kernel: any ConvolutionKernel, _ prediction: inout CostPrediction) -> String? {
    guard let limit = options.slowLimitSeconds,
      let seconds = prediction.seconds(kernel, operation, threads: options.threads), seconds > limit
    else { return nil }
    return "slow: one run would take about \(Self.text(seconds)) s, the limit is \(Self.text(limit)) s; use --full"
  }

  private static func text(_ seconds: Double) -> String {
    seconds >= 10 ? "\(Int(seconds.rounded()))" : "\((seconds * 10).rounded() / 10)"
  }

  /// Times plans against each other, on a pinned thread where that makes sense.
  private func time(
    _ passed: [Passed], _ subject: VerificationSubject, progress: RunProgress, prediction: inout CostPrediction,
    handler: (RunEvent) throws -> Void, emit: (BenchmarkRecord, KernelID) throws -> Void
  ) throws {
    func timeAll(_ pinning: ThreadPinning.Outcome) throws {
      var contenders: [Contender] = []
      for candidate in passed {
        if cancelled.isCancelled { return }
        try handler(begins(candidate.entry, progress, .timing))
        do {
          let plan = try TimedPlan(candidate.entry.kernel, subject: subject, threads: options.threads)
          contenders.append(Contender(passed: candidate, timed: plan))
        } catch {
          try emit(Self.failed(candidate, error), candidate.entry.kernel.id)
        }
      }
      let memory = TimingMemory(
        operation, workspaceBytes: contenders.map(\.timed.plan.workspaceBytes).max() ?? 0)
      contenders = try fastEnough(contenders, memory, &prediction, emit: emit)
      if cancelled.isCancelled || contenders.isEmpty { return }

      let conditioner =
        options.cacheState == .warm ? nil : CacheConditioner(options.cacheState, threads: options.threads)
      let clock = ForeignClock()
      let foreign = contenders.map { contender in
        contender.timed.external.map {
          ExternalContender(
            $0, clock: clock, firstRun: contender.timed.firstRunNanoseconds, isWarm: options.cacheState == .warm)
        }
      }
      var entered = zip(contenders, foreign).map { entry(of: $0, $1, memory, conditioner) }
      // The fastest once more: what it differs from itself by is noise, and it costs the least.
      let twice = contenders.indices.min {
        contenders[$0].timed.firstRunNanoseconds < contenders[$1].timed.firstRunNanoseconds
      }!
      entered.append(entered[twice])
      let overhead = callOverhead(subject, memory)

      let monitor = BusyMonitor(cpu: pinning.cpu)
      let sampler = InterleavedSampler(options: options.samplerOptions, clock: clock.nanoseconds)
      let samples = try Self.withPinnedWorkers(of: contenders, pinning) {
        try sampler.sample(entered, isCancelled: { cancelled.isCancelled })
      }
      let load = monitor.load()
      // Whoever interrupts sees the times that stand; a kernel with too few samples would make the round's ratios a guess.
      let fewest = RatioEstimate.fewestRounds
      if cancelled.isCancelled && samples.contains(where: { $0.samplesNanoseconds.count < fewest }) { return }
      let sampling = String(UInt64.random(in: .min ... .max), radix: 36)
      let noiseFloor = RatioEstimate(of: samples[contenders.count], to: samples[twice])?.noiseFloor
      for (index, contender) in contenders.enumerated() {
        let kernel = contender.passed.entry.kernel
        if let complaint = foreign[index]?.complaint(of: kernel, subject) {
          try emit(Self.failed(contender.passed, complaint), kernel.id)
          continue
        }
        var record = Self.record(of: contender)
        record.probeIsa = entered[index].probeISA.rawValue
        record.setTimes(samples[index], operation: operation)
        record.sampling = sampling
        record.noiseFloor = noiseFloor
        record.callOverheadNanoseconds = overhead
        record.load = load
        if let reason = pinning.reason { record.warnings.append("not pinned to a core: \(reason)") }
        record.warnings += load?.warnings ?? []
        if let warning = ProbeDrift.warning(record.probeDrift) { record.warnings.append(warning) }
        if options.timesStages && options.threads == 1 {
          record.stageNanoseconds = try StageMeasurement.nanoseconds(
            stages: contender.timed.plan.stages, clock: MonotonicClock.nanoseconds,
            isCancelled: { cancelled.isCancelled }, of: { try contender.timed.run(in: memory, stages: $0) })
        }
        try emit(record, contender.passed.entry.kernel.id)
      }
    }
    if options.threads == 1 {
      try ThreadPinning.withPinnedThread { try timeAll($0) }
    } else {
      // The pool's threads would inherit the pin and share one core.
      try timeAll(.notPinned(reason: "\(options.threads) threads"))
    }
  }

  /// Keeps the workers on the core that this thread is pinned to, beside the probe.
  private static func withPinnedWorkers<Result>(
    of contenders: [Contender], _ pinning: ThreadPinning.Outcome, _ body: () throws -> Result
  ) throws -> Result {
    guard case .pinned(let cpu) = pinning else { return try body() }
    let workers = contenders.compactMap { ($0.passed.entry.kernel as? ExternalKernel)?.worker }
    for worker in workers { worker.pin(to: cpu) }
    defer { for worker in workers { worker.unpin() } }
    return try body()
  }

  /// A contender as the sampler takes it: with its own instruction set's probe, and its caches brought into the state.
  private func entry(
    of contender: Contender, _ foreign: ExternalContender?, _ memory: TimingMemory, _ conditioner: CacheConditioner?
  ) -> Measurement.Contender {
    let timed = contender.timed
    var conditioning: (() -> Void)?
    if let conditioner {
      let buffers = timed.memory(memory)
      conditioning = { conditioner.condition(buffers) }
    }
    return Measurement.Contender(
      call: { if let foreign { foreign.run() } else { try timed.run(in: memory) } }, beforeSample: conditioning,
      probeISA: contender.passed.entry.kernel.probeISA)
  }

  /// Nanoseconds of a call of this operation that computes nothing; nil where the plan refuses, which no time hangs on.
  private func callOverhead(_ subject: VerificationSubject, _ memory: TimingMemory) -> Double? {
    guard let empty = try? TimedPlan(EmptyKernel(layout: .nhwc), subject: subject, threads: options.threads) else {
      return nil
    }
    return try? CallOverhead.nanoseconds { try empty.run(in: memory) }
  }

  /// Runs each plan once; those within the limit go on.
  private func fastEnough(
    _ contenders: [Contender], _ memory: TimingMemory, _ prediction: inout CostPrediction,
    emit: (BenchmarkRecord, KernelID) throws -> Void
  ) throws -> [Contender] {
    var fast: [Contender] = []
    for var contender in contenders {
      if cancelled.isCancelled { return [] }
      let kernel = contender.passed.entry.kernel.id
      do {
        try contender.timed.runFirst(in: memory)
      } catch {
        try emit(Self.failed(contender.passed, error), kernel)
        continue
      }
      let nanoseconds = contender.timed.firstRunNanoseconds
      prediction.learn(kernel, operation, nanoseconds: nanoseconds)
      if let limit = options.slowLimitSeconds, nanoseconds > 1e9 * limit {
        var record = Self.record(of: contender)
        record.reason =
          "slow: one run took \(Self.text(nanoseconds / 1e9)) s, the limit is \(Self.text(limit)) s; use --full"
        try emit(record, kernel)
      } else {
        fast.append(contender)
      }
    }
    return fast
  }

  private static func record(of contender: Contender) -> BenchmarkRecord {
    var record = contender.passed.record
    record.planNanoseconds = contender.timed.planNanoseconds
    record.workspaceBytes = contender.timed.plan.workspaceBytes
    record.packedWeightsBytes = contender.timed.plan.packedWeightsBytes
    record.reorderNanoseconds = contender.timed.external?.answer.reorderNanoseconds
    return record
  }

  /// A kernel that passed and then can't be planned or run the same way again isn't right after all.
  private static func failed(_ passed: Passed, _ error: ConvolutionError) -> BenchmarkRecord {
    failed(passed, (passed.entry.kernel as? ExternalKernel)?.failure?.description ?? "\(error)")
  }

  private static func failed(_ passed: Passed, _ reason: String) -> BenchmarkRecord {
    var record = passed.record
    record.verdict = .failed
    record.reason = "timing: \(reason)"
    return record
  }
}
