import ArgumentParser
import Convolution
import ConvolutionModel
import Foundation
import Harness
import Measurement
import Reports
import Testing

@testable import BenchCommand

struct PlanningCommandTests {
  private static let problem = "mb1ic8ih6oc8kh3ph1"

  private func tune(_ line: String) throws -> TuneCommand {
    try #require(try Bench.parseAsRoot(line.split(separator: " ").map(String.init)) as? TuneCommand)
  }

  @Test func impossibleOptionsAreRefused() {
    expectRefused("tune --kernel direct-*", "--kernel means nothing to tune")
    expectRefused("tune --isa avx2", "--isa means nothing to tune")
    expectRefused("tune --cache cold", "expected warm or cold-weights")
    expectRefused("tune --accuracy exact", "--accuracy is exact; expected any, sum or a positive number")
    expectRefused("tune --check a.jsonl --wisdom w.json", "--check and --fit measure nothing that --wisdom could keep")
    expectRefused("tune --check a.jsonl --fit a.jsonl", "--check and --fit are two things; expected one of them")
    expectRefused("plan --workspace-limit -1", "--workspace-limit is -1; expected 0 or more bytes")
    expectRefused("plan --kernel naive-nhwc", "--kernel means nothing to plan")
  }

  @Test func whatTuneKeepsPlanFollows() throws {
    try withDirectory { directory in
      let path = directory + "/wisdom.json"
      let transcript = Transcript()
      let line = "--problem \(Self.problem) --layout nhwc"
      let command = try tune("tune \(line) --wisdom \(path) --time 0.002")
      #expect(try command.tune(console: transcript.console, cancelled: .init()) == .success)
      #expect(transcript.error.contains("wisdom: \(path), 1 choices"))
      #expect(transcript.error.contains("in the geometric mean of 1 layers"))
      let wisdom = try Wisdom(contentsOf: path)
      #expect(wisdom.count == 1)

      let planned = Transcript()
      let plan = try #require(
        try Bench.parseAsRoot("plan \(line) --wisdom \(path)".split(separator: " ").map(String.init)) as? PlanCommand)
      #expect(try plan.plan(console: planned.console) == .success)
      #expect(planned.out.contains(" by wisdom, "), "\(planned.out)")

      // What was kept is damaged: told before anything is measured or overwritten.
      try Data("{}".utf8).write(to: URL(filePath: path))
      #expect(throws: WisdomError.self) { try command.tune(console: transcript.console, cancelled: .init()) }
      #expect(throws: WisdomError.self) { try plan.plan(console: planned.console) }
      #expect(try Data(contentsOf: URL(filePath: path)) == Data("{}".utf8))
    }
  }

  @Test func recordsThatAreNotThereAreRefused() throws {
    let command = try tune("tune --check /nonexistent/records.jsonl")
    #expect(throws: (any Error).self) { try command.checkRecords(console: Transcript().console) }
    let fit = try tune("tune --fit /nonexistent/records.jsonl")
    #expect(throws: (any Error).self) { try fit.fitRecords(console: Transcript().console) }
  }

  /// From records to the source file, and what it would lose.
  @Test func numbersAreFittedToRecords() throws {
    try withDirectory { directory in
      let path = directory + "/records.jsonl"
      let id = "direct-nhwc-\(MachineIdentity.current.isa.rawValue)"
      var record = BenchmarkRecord(
        date: "2026-01-02T03:04:05Z", commit: "abc1234", machine: .current, problem: Self.problem, layer: "layer",
        kernel: id, layout: "nhwc", isa: MachineIdentity.current.isa.rawValue, verdict: .passed)
      try RecordFile(appendingTo: path).append(record)
      let nothing = Transcript()
      #expect(try tune("tune --fit \(path)").fitRecords(console: nothing.console) == .failure)
      #expect(nothing.error.contains("error: there is nothing to fit to") && nothing.out.isEmpty)
      record.medianNanoseconds = 1e5
      record.samplesNanoseconds = [1e5]
      record.probeGflops = [100]
      record.fractionOfPeak = 0.01
      try RecordFile(appendingTo: path).append(record)
      let transcript = Transcript()
      #expect(try tune("tune --fit \(path)").fitRecords(console: transcript.console) == .success)
      #expect(transcript.out.hasPrefix("extension CostTable {\n"), "\(transcript.out)")
      #expect(transcript.out.contains("Fitted to 1 times of \(MachineIdentity.current.cpuModel);"))
      for part in ["today, nhwc, warm: the cost model's choices", "by these numbers, nhwc, warm: the cost model's"] {
        #expect(transcript.error.contains(part), "\(transcript.error)")
      }
    }
  }

  @Test func timeOfPlanningIsTold() throws {
    let transcript = Transcript()
    let line = "plan --problem \(Self.problem) --layout nhwc --timing"
    let plan = try #require(try Bench.parseAsRoot(line.split(separator: " ").map(String.init)) as? PlanCommand)
    #expect(try plan.plan(console: transcript.console) == .success)
    #expect(transcript.out.hasPrefix("nhwc: 1 plans in ") && transcript.out.contains(" page faults"))
    let problem = try ConvolutionProblem(channels: 8, height: 6, width: 6, filters: 8, kernel: 3, padding: .same)
    let workload = Workload(
      network: nil, layer: "small", count: 3, operation: ConvolutionOperation(problem, epilogue: .none))
    let time = try PlanningTime([workload], layout: .nhwc, threads: 1, planning: .heuristic)
    #expect(time.plans == 3 && time.weightBytes == 3 * 4 * problem.weightCount && time.packedBytes >= time.weightBytes)
    #expect(time.setupNanoseconds > 0 && time.choosingNanoseconds > 0 && time.nanoseconds >= time.choosingNanoseconds)
  }
}
