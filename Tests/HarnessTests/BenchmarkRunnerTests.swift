import Convolution
import ConvolutionKernels
import ConvolutionModel
import Measurement
import Testing
import Verification

@testable import Harness

/// What a run said.
private struct Transcript {
  var total: Int?
  var begun: [(index: Int, kernel: String, activity: RunEvent.Activity)] = []
  var records: [BenchmarkRecord] = []
  var skipped: [(kernel: String, reason: String)] = []
  var finished: RunSummary?

  mutating func add(_ event: RunEvent) {
    switch event {
    case .started(let total): self.total = total
    case .begins(let index, _, _, let kernel, let activity): begun.append((index, kernel.description, activity))
    case .record(let record): records.append(record)
    case .skipped(_, let kernel, let reason): skipped.append((kernel.description, reason))
    case .finished(let summary): finished = summary
    }
  }
}

@Suite struct BenchmarkRunnerTests {
  private static func workload(_ layer: String = "tiny", epilogue: Epilogue = .none, size: Int = 6) throws -> Workload {
    Workload(
      network: "test", layer: layer, count: 3,
      operation: ConvolutionOperation(
        try ConvolutionProblem(channels: 4, height: size, width: size, filters: 5, kernel: 3, padding: .same),
        epilogue: epilogue))
  }

  private static let naive = KernelRegistry.all.filter { $0.id.family == "naive" }

  private static func options(verifyOnly: Bool = false) -> RunOptions {
    RunOptions(secondsPerMeasurement: 0.002, verifyOnly: verifyOnly, coverage: .all, commit: "test")
  }

  private static func run(
    _ workloads: [Workload], _ kernels: [any ConvolutionKernel], _ options: RunOptions = options(),
    skipping: Set<RecordKey> = [], cancelled: CancellationFlag = CancellationFlag(),
    also: (RunEvent) throws -> Void = { _ in }
  ) throws -> Transcript {
    var transcript = Transcript()
    let summary = try BenchmarkRunner(workloads: workloads, kernels: kernels, options: options).run(
      skipping: skipping, cancelled: cancelled
    ) { event in
      transcript.add(event)
      try also(event)
    }
    #expect(transcript.finished == summary)
    return transcript
  }

  /// Whatever the kernels are that run, a record says whether the library would choose its own.
  @Test func theLibrarysChoiceIsMarked() throws {
    let workload = try Self.workload()
    let operation = workload.operation
    let chosen = try #require(try Planner.decision(for: operation, layout: .nhwc).chosen?.kernel)
    let other = try #require(
      Planner.candidates(for: operation, layout: .nhwc).map(\.kernel.id).first { $0 != chosen && $0.family != "naive" })
    var wisdom = Wisdom()
    wisdom[Wisdom.Key(operation, layout: .nhwc)] = .init(kernel: other.description, nanoseconds: 1, date: 1)
    for (wisdom, marked, by) in [(nil, chosen, "heuristic"), (wisdom, other, "wisdom")] as [(Wisdom?, KernelID, String)]
    {
      let context = RecordContext(RunOptions(verifyOnly: true, wisdom: wisdom, commit: "test"))
      for kernel in KernelRegistry.all where kernel.id.layout == .nhwc {
        let record = context.record(workload, kernel, verdict: .passed, reason: nil)
        #expect(record.chosenBy == (kernel.id == marked ? by : nil), "\(kernel.id)")
      }
    }
  }

  @Test func rightKernelsAreVerifiedAndTimed() throws {
    let workloads = [
      try Self.workload(),
      try Self.workload("fused", epilogue: Epilogue(bias: true, residual: true, activation: .relu)),
    ]
    let transcript = try Self.run(workloads, Self.naive)
    #expect(transcript.total == 4 && transcript.records.count == 4)
    #expect(transcript.finished == RunSummary(problems: 2, kernels: 2, passed: 4))
    for record in transcript.records {
      #expect(record.verdict == .passed && record.reason == nil && record.checkedShare == 1)
      #expect(record.network == "test" && record.count == 3 && record.commit == "test" && record.isa == "baseline")
      #expect(record.samplesNanoseconds.count == record.probeGflops.count && !record.samplesNanoseconds.isEmpty)
      #expect(record.callsPerSample >= 1 && record.cacheState == "warm")
      #expect(record.sampleRounds?.count == record.samplesNanoseconds.count && record.probeIsa == "baseline")
      #expect(try #require(record.callOverheadNanoseconds) > 0 && record.stageNanoseconds == nil)
      #expect(record.noiseFloor ?? 0 >= 0)
      let median = try #require(record.medianNanoseconds)
      #expect(try #require(record.medianInterval).contains(median))
      #expect(try #require(record.minNanoseconds) <= median && median > 0)
      #expect(try #require(record.gflops) > 0 && record.gflops! > record.gflopsWithoutPadding!)
      #expect((record.fractionOfPeak == nil) == (BuildConfiguration.current == .debug))
      #expect(record.fractionOfPeak ?? 1 > 0)
      #expect(try #require(record.planNanoseconds) > 0)
      let biases = record.layer == "fused" ? 5 : 0
      #expect(record.workspaceBytes == 0 && record.packedWeightsBytes == 4 * (5 * 4 * 9 + biases))
      #expect(try #require(record.error).maxScaled <= 1)
      #expect(record.warnings.contains { $0.contains("debug") } == (BuildConfiguration.current == .debug))
    }
    #expect(transcript.begun.map(\.index) == [0, 1, 0, 1, 2, 3, 2, 3])
    #expect(transcript.begun.map(\.activity.rawValue).prefix(4) == ["verifying", "verifying", "timing", "timing"])
  }

  @Test(arguments: [CacheState.coldWeights, .cold])
  func coldCachesAreNamed(state: CacheState) throws {
    var options = Self.options()
    options.cacheState = state
    options.secondsPerMeasurement = nil
    options.samplesPerMeasurement = 5
    let first = try Self.run([try Self.workload()], [Self.naive[0]], options)
    let record = try #require(first.records.first)
    #expect(record.cacheState == state.rawValue && record.callsPerSample == 1)
    #expect(record.samplesNanoseconds.count + record.droppedSamples == 5)
    // All five rounds count, which is enough for a kernel to be compared with itself.
    #expect(try #require(record.noiseFloor) >= 0)
    // A warm run doesn't take it for its own.
    let warm = try Self.run([try Self.workload()], [Self.naive[0]], skipping: [record.key])
    #expect(warm.records.count == 1)
    let again = try Self.run([try Self.workload()], [Self.naive[0]], options, skipping: [record.key])
    #expect(again.records.isEmpty)
  }

  @Test func stagesAreTimedWhereAsked() throws {
    let kernels = KernelRegistry.all.filter { $0.id.isa == .baseline && ["winograd", "im2col"].contains($0.id.family) }
    var options = Self.options()
    options.timesStages = true
    let transcript = try Self.run(
      [try Self.workload(epilogue: Epilogue(bias: true, activation: .relu))], kernels, options)
    #expect(transcript.records.count == kernels.count && !kernels.isEmpty)
    for record in transcript.records {
      let stages = try #require(record.stageNanoseconds)
      let expected: Set<String> =
        record.kernel.hasPrefix("winograd") ? ["transform", "multiply", "inverse"] : ["pack", "multiply", "epilogue"]
      #expect(Set(stages.keys) == expected && stages.values.allSatisfy { $0 > 0 }, "\(record.kernel) \(stages)")
    }
  }

  @Test func stagesAreMediansOfTheirRuns() throws {
    var now: UInt64 = 0
    var runs: UInt64 = 0
    func run(_ watch: StageTimes) {
      runs += 1
      for _ in 0..<2 {
        now += 10 * runs
        watch.end(.pack)
        now += 100
        watch.end(.multiply)
      }
    }
    let stages = StageMeasurement.nanoseconds(stages: [.pack, .multiply], runs: 3, clock: { now }, of: run)
    // The first run isn't counted; the others pack two blocks in 40, 60 and 80 ns.
    #expect(stages == ["pack": 60, "multiply": 200] && runs == 4)
    #expect(StageMeasurement.nanoseconds(stages: [], clock: { now }, of: run) == nil)
  }

  @Test func separableOperationsAreTimed() throws {
    let operation = try ConvolutionOperation(
      try ConvolutionProblem(channels: 4, height: 5, width: 5, filters: 4, kernel: 3, padding: .same, groups: 4),
      epilogue: Epilogue(bias: true, activation: .relu6), pointwise: PointwiseStage(outputChannels: 6))
    let transcript = try Self.run([Workload(layer: "separable", operation: operation)], Self.naive)
    #expect(transcript.records.allSatisfy { $0.medianNanoseconds != nil && $0.workspaceBytes == 4 * 100 })
  }

  @Test func wrongKernelsAreNeverTimed() throws {
    let wrong = TestKernel("wrong")
    let transcript = try Self.run([try Self.workload()], [wrong] + Self.naive)
    let record = try #require(transcript.records.first { $0.kernel == "wrong-nhwc" })
    #expect(record.verdict == .failed && record.reason?.isEmpty == false)
    #expect(record.samplesNanoseconds.isEmpty && record.probeGflops.isEmpty && record.callsPerSample == 0)
    #expect(record.medianNanoseconds == nil && record.minNanoseconds == nil && record.gflops == nil)
    #expect(record.fractionOfPeak == nil && record.planNanoseconds == nil)
    #expect(!transcript.begun.contains { $0.kernel == "wrong-nhwc" && $0.activity == .timing })
    #expect(transcript.finished?.hasFailures == true)
    // The others are timed all the same, and without the wrong one beside them: all its runs are verification's.
    #expect(transcript.records.filter { $0.medianNanoseconds != nil }.count == Self.naive.count)
    let runs = wrong.runs.load(ordering: .relaxed)
    _ = VerificationSubject(try Self.workload().operation).verify(wrong)
    #expect(wrong.runs.load(ordering: .relaxed) == 2 * runs)
  }

  @Test func whatCannotRunSaysWhy() throws {
    let absent = TestKernel("absent", availability: .unavailable(reason: "no library"))
    let refusing = TestKernel("refusing", support: .unsupported(reason: "too odd"))
    let transcript = try Self.run([try Self.workload()], [absent, refusing])
    #expect(transcript.records.map(\.verdict) == [.unavailable, .unsupported])
    #expect(transcript.records.map(\.reason) == ["no library", "too odd"])
    #expect(transcript.records.allSatisfy { $0.medianNanoseconds == nil && $0.checkedShare == 0 })
    #expect(transcript.begun.isEmpty && transcript.finished?.hasFailures == false)
  }

  @Test func verifyingTakesNoTimes() throws {
    let transcript = try Self.run([try Self.workload()], Self.naive, Self.options(verifyOnly: true))
    #expect(transcript.records.count == 2 && transcript.records.allSatisfy { $0.verdict == .passed })
    #expect(transcript.records.allSatisfy { $0.samplesNanoseconds.isEmpty && $0.medianNanoseconds == nil })
    #expect(!transcript.begun.contains { $0.activity == .timing })
  }

  @Test func knownRecordsAreSkipped() throws {
    let workloads = [try Self.workload("a"), try Self.workload("b")]
    let first = try Self.run([workloads[0]], [Self.naive[0]])
    let transcript = try Self.run(workloads, Self.naive, skipping: Set(first.records.map(\.key)))
    #expect(transcript.total == 3)
    #expect(transcript.records.count == 3 && transcript.begun.map(\.index).max() == 2)
    #expect(Set((transcript.records + first.records).map(\.key)).count == 4)
    let nothing = try Self.run(workloads, Self.naive, skipping: Set((transcript.records + first.records).map(\.key)))
    #expect(nothing.total == 0 && nothing.finished == RunSummary())
  }

  @Test func cancellingEndsTheRun() throws {
    let flag = CancellationFlag()
    let transcript = try Self.run(
      [try Self.workload("a"), try Self.workload("b")], Self.naive, cancelled: flag,
      also: { if case .record = $0 { flag.cancel() } })
    #expect(transcript.finished?.wasCancelled == true)
    // The records of the workload that was complete come out; the second one isn't begun.
    #expect(transcript.records.count == 2 && transcript.records.allSatisfy { $0.layer == "a" })

    let early = CancellationFlag()
    let nothing = try Self.run(
      [try Self.workload()], Self.naive, cancelled: early,
      also: { if case .begins(_, _, _, _, .timing) = $0 { early.cancel() } })
    #expect(nothing.records.isEmpty && nothing.finished?.wasCancelled == true)
  }

  @Test func handlersMayEndTheRun() throws {
    struct DiskFull: Error {}
    #expect(throws: DiskFull.self) {
      try Self.run([try Self.workload()], Self.naive, also: { if case .record = $0 { throw DiskFull() } })
    }
  }

  @Test func slowKernelsAreNotTimed() throws {
    let slow = TestKernel("slow", inner: Self.naive[0], work: { waste(nanoseconds: 20_000_000) })
    var options = Self.options()
    options.slowLimitSeconds = 0.01
    // Too small to be foretold: it's verified, run once, and found slow.
    let small = try Self.run([try Self.workload()], [slow], options)
    let record = try #require(small.records.first)
    #expect(record.verdict == .passed && record.reason?.hasPrefix("slow") == true && record.medianNanoseconds == nil)
    #expect(record.planNanoseconds != nil)
    #expect(slow.runs.load(ordering: .relaxed) > 0)

    // Large enough: not even verified.
    let before = slow.runs.load(ordering: .relaxed)
    let large = try Self.run([try Self.workload(size: 128)], [slow], options)
    #expect(large.records.isEmpty && large.skipped.count == 1 && large.begun.isEmpty)
    #expect(large.skipped.first?.reason.hasPrefix("slow") == true)
    #expect(large.finished == RunSummary(skipped: 1))
    #expect(slow.runs.load(ordering: .relaxed) - before == 2)
  }

  @Test func shrunkenOperationsKeepTheirKind() throws {
    let problems = [
      try ConvolutionProblem(channels: 512, height: 224, width: 224, filters: 512, kernel: 3, padding: .same),
      try ConvolutionProblem(channels: 3, height: 227, width: 227, filters: 96, kernel: 11, stride: 4),
      try ConvolutionProblem(
        channels: 256, height: 56, width: 56, filters: 256, kernel: 3, padding: .same, groups: 256),
      try ConvolutionProblem(channels: 64, height: 56, width: 56, filters: 128, kernel: 3, dilation: 2, groups: 8),
      try ConvolutionProblem(
        inputChannels: 256, inputHeight: 56, inputWidth: 56, outputChannels: 512, filterHeight: 1, filterWidth: 1,
        strideHeight: 2, strideWidth: 2, padding: Padding(top: 0, left: 0, bottom: -1, right: -1)),
    ]
    for problem in problems {
      let small = try #require(ConvolutionOperation(problem, epilogue: Epilogue(bias: true)).shrunk)
      let p = small.problem
      #expect(small.multiplyAdds <= 4_000_000 && small.epilogue.hasBias)
      #expect(p.isDepthwise == problem.isDepthwise && (p.groups > 1) == (problem.groups > 1))
      #expect(
        [p.filterHeight, p.filterWidth, p.strideHeight, p.strideWidth, p.dilationHeight, p.dilationWidth]
          == [
            problem.filterHeight, problem.filterWidth, problem.strideHeight, problem.strideWidth,
            problem.dilationHeight,
            problem.dilationWidth,
          ])
      #expect(p.padding == problem.padding)
    }
  }
}

/// Keeps the core busy.
private func waste(nanoseconds: UInt64) {
  let start = MonotonicClock.nanoseconds()
  while MonotonicClock.nanoseconds() - start < nanoseconds {}
}
