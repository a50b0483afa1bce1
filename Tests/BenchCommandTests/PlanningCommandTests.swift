import ArgumentParser
import Convolution
import Foundation
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
    expectRefused("tune --check a.jsonl --wisdom w.json", "--check measures nothing that --wisdom could keep")
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
  }
}
