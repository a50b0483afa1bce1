import ConvolutionKernels
import ConvolutionModel
import Foundation
import Testing
import Verification

@testable import Harness

@Suite struct ExternalWorkerTests {
  private static func workload(size: Int = 4) throws -> Workload {
    Workload(
      layer: "tiny\(size)",
      operation: ConvolutionOperation(
        try ConvolutionProblem(channels: 2, height: size, width: size, filters: 3, kernel: 3, padding: .same),
        epilogue: Epilogue(bias: true, activation: .relu)))
  }

  /// Runs a worker, and a kernel of ours beside it.
  private static func run(
    _ worker: ExternalWorker, workloads: [Workload]? = nil, verifyOnly: Bool = true, threads: Int = 1,
    layouts: Int = 2
  ) throws -> [BenchmarkRecord] {
    var records: [BenchmarkRecord] = []
    let naive = KernelRegistry.all.filter { $0.id.description == "naive-nhwc" }
    let runner = BenchmarkRunner(
      workloads: try workloads ?? [try workload()], kernels: Array(worker.kernels.prefix(layouts)) + naive,
      options: RunOptions(
        secondsPerMeasurement: 0.005, threads: threads, verifyOnly: verifyOnly, coverage: .all, commit: "test"))
    _ = try runner.run { event in
      if case .record(let record) = event { records.append(record) }
    }
    return records
  }

  /// The words of a process, each ended by a zero; empty for a zombie.
  private static func commandLine(ofProcess pid: String) -> String {
    (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
  }

  /// Whether a process is there, zombies included.
  private static func exists(_ pid: Int32) -> Bool { kill(pid, 0) == 0 }

  @Test(.enabled(if: PlantedWorker.hasPython))
  func aRightWorkerIsVerifiedAndTimedBesideOurs() throws {
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command("right", script: script), timeout: 30)
      let records = try Self.run(worker, verifyOnly: false)
      let traces = worker.traces
      worker.finish()
      #expect(
        records.map(\.kernel).sorted() == ["external-planted-right-nchw", "external-planted-right-nhwc", "naive-nhwc"])
      for record in records {
        #expect(record.verdict == .passed, "\(record.kernel): \(record.reason ?? "")")
        #expect(!record.samplesNanoseconds.isEmpty && record.samplesNanoseconds.count == record.probeGflops.count)
      }
      for record in records.filter({ $0.kernel.hasPrefix("external") }) {
        #expect(record.implementation == "planted-right 0, planted" && record.checkedShare == 1)
        #expect(record.planNanoseconds == 1000 && record.packedWeightsBytes == 12 && record.reorderNanoseconds == 34)
      }
      let pid = try #require(traces.pid)
      #expect(!Self.exists(pid) && traces.directories.count == 1)
      #expect(!traces.directories.contains(where: FileManager.default.fileExists))
    }
  }

  /// What a worker does wrong, and what is said of it.
  static let misdeeds: [(mode: String, reason: String)] = [
    ("hang-in-run", "no answer within"), ("hang-in-prepare", "no answer within"),
    ("die", "ended with status 7; its standard error: first line | out of luck"),
    ("crash", "ended by signal 11"), ("nonsense", "no JSON object: 'Segmentation fault, or so"),
    ("endless", "without ending a line"), ("silent-close", "closed its standard output"),
    ("error", "reported an error: no such primitive"), ("other-answer", "answered 'released'; expected 'ran'"),
    ("other-id", "ran: id is"), ("other-size", "outputBytes is 196; expected 192"),
    ("chatter", "'by the way"), ("too-many-times", "2 times were reported; expected 1"),
    ("no-time", "expected more than 0"), ("too-long", "but the answer came after"),
    ("wrong", "expected"),
    ("incomplete", "complete output: the worker left element 47 of the output's 48 as it was"),
    ("incomplete-later", "complete output: the worker left element 47"), ("stale", "expected"),
    ("half", "of the allowed error"),
    ("stray-after", "stray write: the worker wrote beside the output: at byte 192 of 192"),
    ("stray-vector", "stray write: the worker wrote beside the output: at byte 192 of 192"),
    ("stray-copy", "stray write: the worker wrote beside the output: at byte 192 of 192"),
    ("stray-before", "stray write: the worker wrote beside the output: at byte -1"),
    ("append", "stray write: the worker changed the size of the output file from 12288 to 12480 bytes"),
    ("change-input", "input untouched: the worker changed the input"),
    ("change-weights", "parameters untouched: the worker changed the weights"),
    ("change-bias", "parameters untouched: the worker changed the bias"),
    ("truncate", "complete output: the worker changed the size of the output file"),
    ("over-read", "exact integers: output"),
    ("swallow-nan", "NaN and infinity: output"),
    ("flush-inputs", "denormals: output"), ("flush-outputs", "denormals: output"),
  ]

  @Test(.enabled(if: PlantedWorker.hasPython), arguments: misdeeds.indices)
  func aWorkerThatMisbehavesFailsAndHarmsNobody(_ index: Int) throws {
    let (mode, reason) = Self.misdeeds[index]
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command(mode, script: script), timeout: 30)
      // Who hangs is waited for; everybody else has time even on a busy machine.
      if mode.hasPrefix("hang") { worker.timeout = 0.5 }
      let traces = worker.traces
      let records = try Self.run(worker, layouts: 1)
      let first = try #require(records.first { $0.kernel == "external-planted-\(mode)-nchw" })
      #expect(first.verdict == .failed, "\(mode): \(first.verdict)")
      #expect(first.reason?.contains(reason) == true, "\(mode): \(first.reason ?? ""); expected \(reason)")
      #expect(first.samplesNanoseconds.isEmpty)
      #expect(records.first { $0.kernel == "naive-nhwc" }?.verdict == .passed)
      let directories = worker.traces.directories
      for directory in directories {
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [], "\(mode)")
      }
      let last = worker.traces.pid
      worker.finish()
      for pid in [traces.pid, last].compactMap(\.self) { #expect(!Self.exists(pid), "\(mode)") }
      #expect(!directories.contains(where: FileManager.default.fileExists), "\(mode)")
    }
  }

  /// Who declares a Winograd tile may round more, where Winograd's algorithm can be used, but not err.
  @Test(
    .enabled(if: PlantedWorker.hasPython),
    arguments: [
      ("winograd-right", 3, Verdict.passed), ("winograd-bit", 3, .passed), ("winograd-half", 3, .failed),
      ("winograd-tap", 3, .failed), ("winograd-bit", 5, .failed),
    ])
  func aDeclaredTileHidesNoMistake(_ mode: String, _ filter: Int, _ verdict: Verdict) throws {
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command(mode, script: script), timeout: 30)
      let problem = try ConvolutionProblem(
        channels: 64, height: 6, width: 6, filters: 2, kernel: filter, padding: .same)
      let workload = Workload(layer: "planted", operation: ConvolutionOperation(problem, epilogue: .none))
      let records = try Self.run(worker, workloads: [workload], layouts: 1)
      worker.finish()
      let record = try #require(records.first { $0.kernel.hasPrefix("external") })
      #expect(record.verdict == verdict, "\(mode), \(filter)×\(filter): \(record.verdict) \(record.reason ?? "")")
    }
  }

  /// A law asks for problems that nobody asked for: who can't do them isn't refused what can be done.
  @Test(.enabled(if: PlantedWorker.hasPython))
  func aRefusalOfALawsProblemIsNoRefusal() throws {
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command("one-image", script: script), timeout: 30)
      let bare = ConvolutionOperation(try Self.workload().operation.problem, epilogue: .none)
      for workload in [try Self.workload(), Workload(layer: "bare", operation: bare)] {
        for record in try Self.run(worker, workloads: [workload]) {
          #expect(record.verdict == .passed, "\(record.kernel): \(record.reason ?? "")")
        }
      }
      worker.finish()
    }
  }

  /// Everything that bench verify checks, on problems with batch, groups, strides and dilation.
  @Test(.enabled(if: PlantedWorker.hasPython))
  func aRightWorkerPassesEverything() throws {
    let problems = [
      try ConvolutionProblem(
        batch: 2, inputChannels: 4, inputHeight: 5, inputWidth: 4, outputChannels: 2, filterHeight: 3, filterWidth: 2,
        strideHeight: 2, padding: Padding(1), dilationWidth: 2, groups: 2),
      try ConvolutionProblem(channels: 2, height: 5, width: 6, filters: 2, kernel: 3, stride: 2, padding: .same),
    ]
    try PlantedWorker.withScript { script in
      // Who rounds at stride 1 only, where a tile is declared, may differ from itself: a law compares the two.
      for mode in ["right", "winograd-at-stride-1"] {
        let worker = ExternalWorker(try PlantedWorker.command(mode, script: script), timeout: 30)
        defer { worker.finish() }
        for problem in mode == "right" ? problems : [problems[1]] {
          let subject = VerificationSubject(
            ConvolutionOperation(problem, epilogue: Epilogue(bias: true)), options: .thorough())
          for kernel in worker.kernels {
            let report = subject.report(on: kernel)
            #expect(report.verdict == .passed, "\(kernel.id) on \(problem): \(report.reason ?? "")")
          }
        }
      }
    }
  }

  /// Random problems: a mistake that one problem in many shows is found, made small, and shown by a command.
  @Test(.enabled(if: PlantedWorker.hasPython))
  func fuzzingFindsAWorkersMistake() throws {
    try PlantedWorker.withScript { script in
      let command = try PlantedWorker.command("wrong-group", script: script)
      let worker = ExternalWorker(command, timeout: 30)
      defer { worker.finish() }
      // Near a past failure the mistake is met soon: the worker is slow.
      let past = try ConvolutionProblem(channels: 4, height: 2, width: 2, filters: 4, kernel: 1, groups: 2)
      let summary = FuzzRun(
        kernels: [worker.kernels[0]], pastFailures: [ConvolutionOperation(past, epilogue: .none)],
        options: .init(seconds: 60, cases: 200, seed: 1, mostFailures: 1)
      ).run()
      let failure = try #require(summary.failures.first)
      #expect(failure.operation.problem.groups == 2 && failure.operation.multiplyAdds <= 8, "\(failure.operation)")
      #expect(failure.command.hasSuffix(" --external 'python3 '\\''\(script)'\\'' wrong-group'"), "\(failure.command)")
      #expect(try ExternalCommand(failure.command).arguments.last == command.text)
    }
  }

  @Test(.enabled(if: PlantedWorker.hasPython))
  func fuzzingEndsWithItsLastWorker() throws {
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command("die", script: script), timeout: 30)
      defer { worker.finish() }
      let summary = FuzzRun(kernels: worker.kernels, options: .init(seconds: nil, cases: 1000)).run()
      #expect(worker.unavailableReason?.hasPrefix("given up after 3 failures") == true)
      #expect(!summary.failures.isEmpty && summary.failures.allSatisfy { $0.check == .external })
    }
  }

  @Test(.enabled(if: PlantedWorker.hasPython))
  func aRefusalIsNoFailure() throws {
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command("refuse", script: script), timeout: 30)
      for record in try Self.run(worker) where record.kernel.hasPrefix("external") {
        #expect(record.verdict == .unsupported && record.reason == "a 3×3 filter; expected 1×1")
      }
      for record in try Self.run(worker, threads: 2) where record.kernel.hasPrefix("external") {
        #expect(record.verdict == .unsupported && record.reason == "it uses at most 1 thread; 2 were asked for")
      }
      worker.finish()
    }
  }

  @Test(
    .enabled(if: PlantedWorker.hasPython),
    arguments: [("die-when-timed", "out of luck"), ("wrong-when-timed", "the output of the timed runs is wrong")])
  func whatFailsWhileItIsTimedHasNoTime(_ mode: String, _ reason: String) throws {
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command(mode, script: script), timeout: 30)
      let records = try Self.run(worker, verifyOnly: false)
      worker.finish()
      for record in records where record.kernel.hasPrefix("external") {
        #expect(record.verdict == .failed && record.samplesNanoseconds.isEmpty && record.medianNanoseconds == nil)
        #expect(record.reason?.hasPrefix("timing: ") == true && record.reason?.contains(reason) == true)
      }
      let naive = try #require(records.first { $0.kernel == "naive-nhwc" })
      #expect(naive.verdict == .passed && !naive.samplesNanoseconds.isEmpty)
    }
  }

  @Test(.enabled(if: PlantedWorker.hasPython))
  func aWorkerThatFailsAgainAndAgainIsGivenUp() throws {
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command("nonsense", script: script), timeout: 30)
      let records = try Self.run(worker, workloads: [try Self.workload(), try Self.workload(size: 5)])
      worker.finish()
      let verdicts = records.filter { $0.kernel.hasPrefix("external") }.map(\.verdict)
      #expect(verdicts == [.failed, .failed, .failed, .unavailable])
      #expect(records.contains { $0.reason?.hasPrefix("given up after 3 failures in a row: ") == true })
    }
  }

  @Test func programsThatAreNoWorkersAreUnavailable() throws {
    for (command, reason) in [
      ("/nonexistent/worker", "can't start /nonexistent/worker: No such file"),
      ("sh -c 'echo sorry >&2; exit 3'", "ended with status 3; its standard error: sorry"),
      ("sh -c 'kill -9 $$'", "ended by signal 9"), ("cat", "no field name"), ("sh -c 'echo hi; cat'", "hi"),
      ("sh -c 'read line; sleep 98765.25 & sleep 98765.25'", "no answer within 0.3 s"),
    ] {
      let worker = ExternalWorker(try ExternalCommand(command), timeout: command.contains("sleep") ? 0.3 : 30)
      #expect(worker.unavailableReason?.contains(reason) == true, "\(worker.unavailableReason ?? "available")")
      #expect(worker.kernels.count == 1 && worker.traces.pid == nil && worker.traces.directories.isEmpty)
      #expect(try Self.run(worker).first?.verdict == .unavailable)
    }
    #if os(Linux)
      // What a worker started ends with it; on a busy machine, a killed process takes a moment.
      var left: [String] = []
      for _ in 0..<500 {
        left = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { entry in
          Int(entry) != nil && Self.commandLine(ofProcess: entry).hasPrefix("sleep\u{0}98765.25")
        }
        if left.isEmpty { break }
        usleep(10_000)
      }
      #expect(left.isEmpty, "\(left)")
    #endif
  }

  @Test(.enabled(if: PlantedWorker.hasPython))
  func whoDoesNotLeaveIsEnded() throws {
    try PlantedWorker.withScript { script in
      let worker = ExternalWorker(try PlantedWorker.command("stay", script: script), timeout: 30)
      let pid = try #require(worker.traces.pid)
      worker.finish()
      #expect(!Self.exists(pid) && worker.unavailableReason == "it was told to leave")
    }
  }
}
