import ArgumentParser
import Foundation
import Harness
import Reports
import Testing

@testable import BenchCommand

@Suite("Compare, merge and shards from the command line")
struct CompareCommandTests {
  /// A record file as a run writes it, with a dozen samples each, every time multiplied: on a busy machine a run this short
  /// keeps fewer than a comparison asks for.
  private func record(_ arguments: [String], to path: String, times factor: Double = 1) throws {
    let command = try RunCommand.parse(arguments + ["--output", path])
    let session = try RunSession(
      command, leavesRecord: false, environment: [:], console: Transcript().console
    ) { _ in RunOptions(secondsPerMeasurement: 0.001, commit: "test") }
    #expect(try session.run(CancellationFlag()) == .success)
    let records = try RecordFile.read(BenchmarkRecord.self, from: path).records
    try FileManager.default.removeItem(atPath: path)
    let file = try RecordFile(appendingTo: path)
    for var record in records {
      record.samplesNanoseconds = (0..<12).map { Double(1000 + $0 % 3) * factor }
      record.probeGflops = Array(repeating: 100, count: 12)
      record.sampleRounds = Array(0..<12)
      try file.append(record)
    }
  }

  private let two = [
    "--problem", "mb1ic4ih5oc3oh5kh3ph1n\"one\"", "--problem", "mb1ic4ih4oc3oh4kh3ph1n\"two\"", "--kernel", "naive-*",
  ]

  private func compare(_ arguments: [String], _ transcript: Transcript) throws -> Outcome {
    try CompareCommand.parse(arguments).compare(console: transcript.console, cancelled: { CancellationFlag() })
  }

  @Test("Two files: the same is no slowdown, a hundred times slower is one")
  func files() throws {
    try withDirectory { directory in
      let (before, after) = (directory + "/before.jsonl", directory + "/after.jsonl")
      try record(two, to: before)
      let same = Transcript()
      #expect(try compare([before, before], same) == .success)
      #expect(same.out.contains("4 unchanged") && !same.out.contains("naive-nhwc"))
      try record(two, to: after, times: 100)
      let slower = Transcript()
      #expect(try compare([before, after, "--format", "markdown"], slower) == .failure)
      #expect(slower.out.contains("4 slower") && slower.out.contains("| naive-nhwc |"))
      #expect(slower.error.contains("error: 4 rows are slower or broken"))
      #expect(try compare([after, before], Transcript()) == .success)

      try Data().write(to: URL(fileURLWithPath: after))
      #expect(throws: ComparisonError.noRecords(after)) { try compare([before, after], Transcript()) }
      for option in [["--rounds", "6"], ["--kernel", "naive-*"], ["--time", "1"], ["--seed", "2"]] {
        #expect(throws: CompareUsage.self) { try compare([before, before] + option, Transcript()) }
      }
    }
  }

  @Test("A wrong name, or a file beside a commit, is a usage error")
  func wrongSides() throws {
    try withDirectory { directory in
      let file = directory + "/a.jsonl"
      try record(two, to: file)
      for sides in [["no-such-thing", file], [file, "HEAD"], ["--base", "no-such-thing"], ["--base", file]] {
        #expect {
          _ = try compare(sides, Transcript())
        } throws: { error in
          // Where there is no repository, as in an archive of the sources, it's said instead.
          if case CompareFailure.noRepository = error { return true }
          return (error as? any ExitStatusError)?.outcome == .usage
        }
      }
    }
  }

  @Test(
    "What can't be meant is refused",
    arguments: [
      ("compare", "0 sides are given; expected A and B"), ("compare a", "1 side is given"),
      ("compare a b c", "3 sides are given"), ("compare --base main a", "expected no A and B beside it, got a"),
      ("compare a b --threshold -1", "--threshold is -1.0"), ("compare a b --threshold nan", "--threshold is nan"),
      ("compare --base main --rounds 5", "--rounds is 5; expected 6…1000"),
      ("compare --base main --batch -", "standard input can be read only once"),
      ("compare --base main --time 0", "--time is 0.0"), ("merge", "Missing expected argument '<file>"),
      ("merge a", "Missing expected argument '--output <file>'"),
      ("merge a b --output a", "a is to be merged and written"),
      ("run --shard 0/4", "--shard: the shard is 0 of 4; expected 1…4"), ("--shard 5/4", "the shard is 5 of 4"),
      ("verify --shard 3", "--shard is 3; expected i/n"), ("gemm --shard 1/2", "Unknown option '--shard'"),
    ])
  func refused(line: String, message: String) {
    expectRefused(line, message)
  }

  @Test("A selection gives the arguments that select the same again")
  func arguments() throws {
    let line = [
      "--network", "vgg16,resnet50", "--layer", "conv*", "--problem", "ic4ih5oc3kh3", "--batch", "file", "--kernel",
      "a-*,b", "--kernel", "c", "--layout", "nhwc", "--threads", "2", "--isa", "avx2", "--epilogue", "relu", "--mb",
      "3",
    ]
    let selection = try SelectionOptions.parse(line)
    let again = try SelectionOptions.parse(selection.arguments)
    #expect(again.arguments == selection.arguments && Set(line).isSubset(of: Set(selection.arguments)))
    #expect(again.networkIDs == selection.networkIDs && again.kernelSelection == selection.kernelSelection)
    #expect(try SelectionOptions.parse([]).arguments.isEmpty)
    #expect(InterleavedComparison.environment.keys.allSatisfy { !Shard.variables.contains($0) })
  }

  @Test("Shards run their part, say so, and merge to the whole; a shard too many has nothing to do")
  func shards() throws {
    try withDirectory { directory in
      let parts = (1...3).map { "\(directory)/\($0).jsonl" }
      for (index, path) in parts.enumerated() {
        let transcript = Transcript()
        let command = try RunCommand.parse(two + ["--output", path])
        let environment = [
          "SLURM_ARRAY_TASK_ID": "\(index + 5)", "SLURM_ARRAY_TASK_MIN": "5", "SLURM_ARRAY_TASK_MAX": "7",
          "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_STEP": "1",
        ]
        let session = try RunSession(
          command, leavesRecord: false, environment: environment, console: transcript.console
        ) { _ in RunOptions(secondsPerMeasurement: 0.001, commit: "test") }
        #expect(try session.run(CancellationFlag()) == .success)
        let said = "shard \(index + 1)/3 (SLURM_ARRAY_TASK_ID): \(index < 2 ? 1 : 0) of 2 workloads"
        #expect(transcript.error.hasPrefix(said), "\(transcript.error)")
        #expect(transcript.error.contains("nothing to do") == (index == 2))
      }
      let output = directory + "/all.jsonl"
      let transcript = Transcript()
      let merge = try MergeCommand.parse(parts + ["--output", output])
      #expect(try merge.merge(console: transcript.console) == .success)
      #expect(transcript.out.contains("4 records from 3 files, 1 machine"))
      let layers = try RecordFile.read(BenchmarkRecord.self, from: output).records.map(\.layer)
      #expect(layers == ["one", "one", "two", "two"])
      #expect(throws: RecordFileError.self) { try merge.merge(console: transcript.console) }
      #expect(throws: RecordMergeError.self) {
        try MergeCommand.parse([parts[0], output, "--output", directory + "/x"]).merge(console: transcript.console)
      }
    }
  }

  @Test("The option wins over the environment; an unreadable environment is refused without it")
  func shardSources() throws {
    let bad = ["JOB_COMPLETION_INDEX": "2"]
    let chosen = try #require(try ShardOptions.parse(["--shard", "1/3"]).chosen(environment: bad))
    #expect(chosen.shard.description == "1/3" && chosen.source == "--shard")
    #expect(throws: ShardError.self) { try ShardOptions.parse([]).chosen(environment: bad) }
    #expect(try ShardOptions.parse([]).chosen(environment: [:]) == nil)
  }

  @Test("Errors have the statuses that the help lists")
  func statuses() throws {
    for (error, code) in [
      (CompareFailure.notACommit("x"), 64), (CompareFailure.cannotBuild(what: "x", output: ""), 69),
      (ComparisonError.noRecords("x"), 65), (RecordMergeError(complaints: ["x"]), 65),
      (ShardError.unreadable(source: "--shard", text: "x"), 64), (CompareFailure.interrupted, 130),
    ] as [(any Error, Int32)] {
      #expect(throws: ExitCode(code)) { try Transcript().console.exiting { throw error } }
    }
    for help in [CompareCommand.helpMessage(), MergeCommand.helpMessage()] {
      for word in ["EXAMPLES", "EXIT STATUS"] { #expect(help.contains(word)) }
    }
  }

  @Test func childProcesses() throws {
    let ending = try ChildProcess.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    #expect(ending.status == 3 && ending.output == "out\n" && ending.tail() == "err")
    let flag = CancellationFlag()
    flag.cancel()
    // Threads of tests block all signals, and children inherit that; the command's main thread doesn't.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
    var before = sigset_t()
    pthread_sigmask(SIG_UNBLOCK, &signals, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let stopped = try ChildProcess.run(["sleep", "60"], cancelled: flag)
    #expect(stopped.status > 128)
  }
}
