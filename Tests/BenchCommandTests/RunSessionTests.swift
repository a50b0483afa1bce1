import ArgumentParser
import ConvolutionKernels
import ConvolutionModel
import Foundation
import Harness
import Reports
import Synchronization
import Testing
import Verification

@testable import BenchCommand

/// Fills its output with ones, whatever it's asked.
private struct ConstantKernel: ConvolutionKernel {
  let availability: Availability
  let id = KernelID(family: "constant", layout: .nhwc)

  func support(for operation: ConvolutionOperation) -> Support { .supported }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    Prepared(count: operation.outputShape.count)
  }

  private final class Prepared: PreparedKernel {
    let workspaceBytes = 0
    let packedWeightsBytes = 0
    let count: Int
    init(count: Int) { self.count = count }
    func run(_ arguments: RunArguments) {
      arguments.output.assumingMemoryBound(to: Float.self).update(repeating: 1, count: count)
    }
  }
}

/// A kernel that presses the interrupt key on the way: after so many runs, a flag is set.
private struct InterruptingKernel: ConvolutionKernel {
  let kernel: any ConvolutionKernel
  let flag: CancellationFlag
  let runs: Int

  var id: KernelID { kernel.id }
  var availability: Availability { kernel.availability }
  func support(for operation: ConvolutionOperation) -> Support { kernel.support(for: operation) }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { kernel.blocking(for: operation) }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    Prepared(try kernel.prepare(operation, parameters: parameters, threads: threads), flag, runs)
  }

  private final class Prepared: PreparedKernel {
    private let prepared: any PreparedKernel
    private let flag: CancellationFlag
    private let left: Atomic<Int>
    var workspaceBytes: Int { prepared.workspaceBytes }
    var packedWeightsBytes: Int { prepared.packedWeightsBytes }

    init(_ prepared: any PreparedKernel, _ flag: CancellationFlag, _ runs: Int) {
      self.prepared = prepared
      self.flag = flag
      left = Atomic(runs)
    }

    func run(_ arguments: RunArguments) {
      prepared.run(arguments)
      if left.subtract(1, ordering: .relaxed).newValue == 0 { flag.cancel() }
    }
  }
}

@Suite("Runs from the command line to the exit status")
struct RunSessionTests {
  private let tiny = ["--problem", "mb1ic4ih5oc3oh5kh3ph1n\"one\"", "--kernel", "naive-*", "--time", "0.001"]

  private func run(
    _ arguments: [String], _ transcript: Transcript, verifyOnly: Bool = false,
    cancelled: CancellationFlag = CancellationFlag()
  ) throws -> Outcome {
    let command = try RunCommand.parse(arguments)
    let session = try RunSession(
      command, leavesRecord: false, environment: [:], console: transcript.console
    ) { _ in
      RunOptions(
        seed: command.selection.seed, secondsPerMeasurement: command.timing.time ?? 0.001,
        verifyOnly: verifyOnly,
        commit: "test")
    }
    return try session.run(cancelled)
  }

  private func withPath(_ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "session-\(UUID().uuidString).jsonl").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  @Test func table() throws {
    let transcript = Transcript()
    #expect(try run(tiny, transcript) == .success)
    #expect(transcript.out.hasPrefix("one  4×5×5→3 k3 p1  bias  2.700 k multiply-adds\n"))
    #expect(transcript.out.contains("naive-nhwc  passed") && transcript.out.contains("naive-nchw  passed"))
    #expect(transcript.out.contains("machine: "))
    #expect(transcript.error.hasPrefix("0/2  one\n"))
  }

  @Test("verify closes with the counts")
  func closingLine() throws {
    let transcript = Transcript()
    #expect(try run(tiny, transcript, verifyOnly: true) == .success)
    #expect(
      transcript.out.hasSuffix(
        "1 problems, 2 kernels: 2 passed, 0 failed, 0 mistrusted, 0 unsupported, 0 unavailable\n"))
    let json = Transcript()
    #expect(try run(tiny + ["--format", "json"], json, verifyOnly: true) == .success)
    #expect(json.error.contains("1 problems, 2 kernels: 2 passed, "))
    let records = try JSONDecoder().decode([BenchmarkRecord].self, from: Data(json.out.utf8))
    #expect(records.map(\.verdict) == [.passed, .passed] && records.allSatisfy { $0.medianNanoseconds == nil })
  }

  @Test("Every form holds every record", arguments: OutputFormat.allCases)
  func forms(format: OutputFormat) throws {
    let transcript = Transcript()
    #expect(try run(tiny + ["--format", format.rawValue], transcript) == .success)
    for name in ["naive-nhwc", "naive-nchw"] { #expect(transcript.out.contains(name)) }
    if format == .json {
      let records = try JSONDecoder().decode([BenchmarkRecord].self, from: Data(transcript.out.utf8))
      #expect(records.allSatisfy { $0.medianNanoseconds! > 0 && $0.samplesNanoseconds.count == $0.probeGflops.count })
    }
  }

  @Test("A resumed run makes only what's missing, also behind a torn line")
  func resume() throws {
    try withPath { path in
      #expect(try run(tiny + ["--output", path], Transcript()) == .success)
      let first = try lines(path)
      #expect(first.count == 2)
      let together = try RecordFile.read(BenchmarkRecord.self, from: path).records
      #expect(together[0].ratio(to: together[1]) != nil)
      // Killed while the second record was written.
      try Data((first[0] + "\n" + first[1].prefix(40)).utf8).write(to: URL(fileURLWithPath: path))
      let transcript = Transcript()
      #expect(try run(tiny + ["--output", path, "--resume"], transcript) == .success)
      let second = try lines(path)
      #expect(second.count == 2 && second[0] == first[0] && second[1] != first[1])
      #expect(transcript.error.contains("\(path):2: the last record is torn"))
      #expect(transcript.out.contains("naive-nhwc") && transcript.out.contains("naive-nchw"))
      // The two were never in the same rounds, though these have the same numbers.
      let resumed = try RecordFile.read(BenchmarkRecord.self, from: path).records
      #expect(resumed.allSatisfy { $0.sampleRounds?.first != nil } && resumed[0].ratio(to: resumed[1]) == nil)

      #expect(try run(tiny + ["--output", path, "--resume"], Transcript()) == .success)
      let third = try lines(path)
      #expect(third == second)
      #expect(try run(tiny + ["--output", path], Transcript()) == .success)
      let fourth = try lines(path)
      #expect(fourth.count == 4)
    }
  }

  @Test("A timed run takes up what was only verified; another problem's records don't count")
  func resumeVerified() throws {
    try withPath { path in
      #expect(try run(tiny + ["--output", path], Transcript(), verifyOnly: true) == .success)
      #expect(try run(tiny + ["--output", path, "--resume"], Transcript()) == .success)
      let records = try RecordFile.read(BenchmarkRecord.self, from: path).records
      #expect(records.map { $0.medianNanoseconds != nil } == [false, false, true, true])
      let other = ["--problem", "mb1ic4ih5oc3oh5kh3ph1n\"two\"", "--kernel", "naive-nhwc"]
      #expect(try run(other + ["--output", path, "--resume"], Transcript()) == .success)
      let all = try lines(path)
      #expect(all.count == 5)
    }
  }

  @Test("Another seed makes other data: resuming with it skips nothing, and its own records only")
  func resumeWithAnotherSeed() throws {
    try withPath { path in
      #expect(try run(tiny + ["--output", path], Transcript()) == .success)
      #expect(try run(tiny + ["--output", path, "--resume", "--seed", "2"], Transcript()) == .success)
      #expect(try run(tiny + ["--output", path, "--resume", "--seed", "2"], Transcript()) == .success)
      let records = try RecordFile.read(BenchmarkRecord.self, from: path).records
      #expect(records.map(\.seed) == [1, 1, 2, 2])
    }
  }

  @Test("An interrupted run shows what it has and says so")
  func interruption() throws {
    let flag = CancellationFlag()
    flag.cancel()
    let transcript = Transcript()
    #expect(try run(tiny, transcript, cancelled: flag) == .interrupted)
    #expect(transcript.error.contains("interrupted"))
  }

  @Test("Interrupted among the samples, a run shows and records the times that stand")
  func interruptionWhileSampling() throws {
    try withPath { path in
      let flag = CancellationFlag()
      let transcript = Transcript()
      let naive = try #require(KernelRegistry.all.first { $0.id.family == "naive" })
      let workloads = try WorkloadSelection(problems: ["mb1ic4ih5oc3oh5kh3ph1", "mb1ic5ih5oc3oh5kh3ph1"]).workloads()
      let session = RunSession(
        .init(
          workloads: workloads.workloads, kernels: [InterruptingKernel(kernel: naive, flag: flag, runs: 500)],
          usesScope: false),
        options: RunOptions(secondsPerMeasurement: 600, commit: "test"), format: .table,
        records: try RecordOptions.parse(["--output", path]), leavesRecord: false, console: transcript.console)
      #expect(try session.run(flag) == .interrupted)
      #expect(transcript.error.contains("interrupted") && transcript.out.contains("naive-nhwc  passed"))
      // The first problem's record with its samples; the second was never begun.
      let records = try lines(path).map { try JSONDecoder().decode(BenchmarkRecord.self, from: Data($0.utf8)) }
      #expect(records.count == 1 && records[0].samplesNanoseconds.count >= 5 && records[0].medianNanoseconds != nil)
    }
  }

  private func run(_ kernels: [any ConvolutionKernel], _ transcript: Transcript) throws -> Outcome {
    let workloads = try WorkloadSelection(problems: ["mb1ic4ih5oc3oh5kh3ph1"]).workloads().workloads
    let session = RunSession(
      .init(workloads: workloads, kernels: kernels, usesScope: false),
      options: RunOptions(secondsPerMeasurement: 0.001, commit: "test"), format: .table,
      records: try RecordOptions.parse([]), leavesRecord: false, console: transcript.console)
    return try session.run(CancellationFlag())
  }

  @Test("A wrong kernel costs the exit status and shows no time; the right one beside it does")
  func wrongKernel() throws {
    let transcript = Transcript()
    let right = try #require(KernelRegistry.all.first)
    #expect(try run([right, ConstantKernel(availability: .available)], transcript) == .failure)
    #expect(transcript.error.contains("error: 1 result failed"))
    let row = try #require(transcript.out.split(separator: "\n").first { $0.hasPrefix("constant-nhwc") })
    #expect(row.contains(" failed ") && row.wholeMatch(of: /constant-nhwc\s+failed\s{12,}\D.*/) != nil, "\(row)")
  }

  @Test("Nothing checked is no success")
  func nothingChecked() throws {
    let transcript = Transcript()
    #expect(try run([ConstantKernel(availability: .unavailable(reason: "no such unit"))], transcript) == .failure)
    #expect(transcript.out.contains("constant-nhwc unavailable: no such unit"))
    #expect(transcript.error.contains("nothing was checked"))
  }

  @Test("A full disk ends the run after what there is was printed")
  func fullDisk() throws {
    #if os(Linux)
      let transcript = Transcript()
      #expect(
        throws: RecordFileError.cannotWrite(path: "/dev/full", reason: "No space left on device")
      ) { try run(tiny + ["--output", "/dev/full"], transcript) }
      #expect(transcript.out.contains("naive-nhwc"))
    #endif
    #expect(throws: RecordFileError.self) { try run(tiny + ["--output", "/no/such/directory/a"], Transcript()) }
  }

  @Test("Refused lines are reported, the rest is run, and only mistakes cost the exit status")
  func refusedLines() throws {
    try withPath { path in
      let arguments = ["--batch", path, "--kernel", "naive-nhwc", "--time", "0.001"]
      try Data("ic4ih5oc3kh3\nic4ih5oc3kh9\n".utf8).write(to: URL(fileURLWithPath: path))
      let mistake = Transcript()
      let failed = try run(arguments, mistake)
      #expect(failed == .failure)
      #expect(mistake.error.contains("error: \(path):2:") && mistake.out.contains("passed"))

      try Data("ic4ih5oc3kh3\nic4id5ih5oc3kd3kh3\n".utf8).write(to: URL(fileURLWithPath: path))
      let volume = Transcript()
      let succeeded = try run(arguments, volume)
      #expect(succeeded == .success)
      #expect(volume.error.contains("note: \(path):2:"))
    }
  }

  @Test(arguments: [
    ["--kernel", "niave-nhwc"], ["--network", "vgg"], ["--problem", "ic4"], ["--batch", "/no/such/file"],
    ["--network", "vgg16", "--layer", "zzz"], ["--kernel", "naive-nhwc", "--layout", "nchw"],
  ])
  func selectionErrors(arguments: [String]) {
    #expect(throws: SelectionError.self) { try run(arguments, Transcript()) }
  }

  @Test(
    "Errors become messages and exit codes",
    arguments: [
      (SelectionError.network(message: "no network") as any Error, Int32(64), "error: no network\n"),
      (RecordFileError.notRecords(path: "a"), 74, "error: a isn't a file of records"),
      (ReleaseHandOver.Failure(description: "no package"), 1, "error: no package\n"),
    ])
  func exitCodes(error: any Error, code: Int32, message: String) {
    let transcript = Transcript()
    #expect(throws: ExitCode(code)) { try transcript.console.exiting { throw error } }
    #expect(transcript.error.hasPrefix(message))
  }

  @Test func defaultPath() {
    #expect(
      RunSession.defaultPath(at: Date(timeIntervalSince1970: 1_700_000_000)) == "bench-results/2023-11-14T221320Z.jsonl"
    )
  }
}
