import ArgumentParser
import ConvolutionKernels
import Foundation
import Harness
import Reports

/// `bench compare`.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare two runs, or two commits: what became slower or faster?",
    discussion: """
      A and B are two files of records (JSON Lines), or two commits; --base REV compares REV with the working tree. Commits \
      are built for release, each in a git worktree of its own, and their binaries run in turn, A B, B A, A B, …: on a \
      machine whose speed wavers the only fair way. Without a selection the five layers of bench --quick are run.

      Compared are not times but shares of the multiply-add peak beside each sample. A ratio above 1, shown as a change \
      above 0 %, means that B is slower. Its interval is a 95 % bootstrap interval: of two files, over the samples; of \
      commits, over the rounds. The noise floor is how far the interval of the same code's ratio to itself reaches from 1: \
      of two files, the halves of each side's samples; of commits, neighbouring processes of the same side. Rows whose \
      interval clears it have changed. Hosts are told apart where two of one kind measured the same.

      EXAMPLES
        bench compare before.jsonl after.jsonl                two runs, changed rows only
        bench compare before.jsonl after.jsonl --all          every row
        bench compare --base main                             the working tree against main
        bench compare --base HEAD~1 --network resnet50 --kernel 'winograd-*' --rounds 10
        bench compare v1.0.0 v1.1.0 --records rounds/         two commits; keeps what each process recorded
        bench compare --base main --format markdown           for a pull request

      EXIT STATUS
        0    no slowdown
        1    a slowdown's interval clears the noise floor and the threshold, or a kernel no longer passes
        64   A or B is neither a file nor a commit, or an option can't be meant
        65   nothing could be compared
        69   a commit can't be built or run
        74   records can't be read or written
        130  interrupted; what the finished rounds say is shown
      """)

  @Argument(help: .init("A and B: two files of records, or two commits.", valueName: "A B"))
  var sides: [String] = []

  @Option(help: .init("Compare this commit (A) with the working tree (B).", valueName: "rev"))
  var base: String?

  @Option(
    parsing: .unconditional,
    help: .init("A slowdown up to this many percent doesn't fail the comparison.", valueName: "percent"))
  var threshold = 5.0

  @Flag(help: "Show all rows, not only those that changed.")
  var all = false

  @Option(
    parsing: .unconditional,
    help: .init("How many times both commits are run; by default 6.", valueName: "n"))
  var rounds: Int?

  @Option(
    parsing: .unconditional,
    help: .init(
      "How long a process times one kernel on one problem; by default 0.05. Commits only.", valueName: "seconds"))
  var time: Double?

  @Option(help: .init("Keep the records of every process in this directory. Commits only.", valueName: "directory"))
  var records: String?

  @OptionGroup(title: "Selection (commits only)") var selection: SelectionOptions
  @OptionGroup(title: "Output") var format: FormatOptions

  static let defaultRounds = 6

  mutating func validate() throws {
    if base != nil {
      guard sides.isEmpty else {
        throw ValidationError("--base compares with the working tree; expected no A and B beside it, got \(sides[0])")
      }
    } else if sides.count != 2 {
      throw ValidationError(
        "\(sides.count) \(sides.count == 1 ? "side is" : "sides are") given; expected A and B, two files or two "
          + "commits, or --base REV")
    }
    guard 0...1000 ~= threshold else { throw ValidationError("--threshold is \(threshold); expected 0…1000 percent") }
    if let rounds, !(Comparison.fewestRounds...1000 ~= rounds) {
      throw ValidationError("--rounds is \(rounds); expected \(Comparison.fewestRounds)…1000")
    }
    if selection.problemFiles.contains("-") {
      throw ValidationError("--batch - can't be compared: standard input can be read only once; expected a file")
    }
    try TimeOptions.check(time)
  }

  func run() throws {
    let console = Console.standard
    try console.exiting { try compare(console: console, cancelled: { Interruption.flag() }) }
  }

  /// Compares and prints.
  func compare(console: Console, cancelled: () -> CancellationFlag) throws -> Outcome {
    let files = sides.filter { FileManager.default.fileExists(atPath: $0) }
    if base == nil, files.count == 2 {
      try refuseRunOptions()
      return try finish(try compareFiles(console), console)
    }
    if !KernelRegistry.registered.isEmpty {
      throw CompareUsage(
        description: "commits are built without the kernels that this program registers; expected two files of records")
    }
    let repository = try GitRepository(package: try packageDirectory())
    if let base {
      let commit = try ComparedSide.revision(base, repository: repository)
      return try compareCommits(commit, .workingTree, repository, console, cancelled())
    }
    let a = try ComparedSide.named(sides[0], repository: repository)
    let b = try ComparedSide.named(sides[1], repository: repository)
    if case .file(let path) = a { throw CompareFailure.fileAndCommit(file: path, commit: sides[1]) }
    if case .file(let path) = b { throw CompareFailure.fileAndCommit(file: path, commit: sides[0]) }
    return try compareCommits(a, b, repository, console, cancelled())
  }

  private func compareFiles(_ console: Console) throws -> Comparison {
    let read = try sides.map { path in
      let (records, broken) = try RecordFile.readExisting(ComparableRecord.self, from: path)
      for line in broken {
        console.note("warning: \(line.path):\(line.line): \(line.isTorn ? "the last record is torn" : line.reason)")
      }
      return records
    }
    return try Comparison(
      read[0], named: sides[0], with: read[1], named: sides[1], threshold: threshold / 100)
  }

  private func compareCommits(
    _ a: ComparedSide, _ b: ComparedSide, _ repository: GitRepository, _ console: Console,
    _ cancelled: CancellationFlag
  ) throws -> Outcome {
    // What is selected must exist before minutes are spent on building.
    _ = try selection.workloadSelection(.quick).workloads()
    let interleaved = InterleavedComparison(
      a: a, b: b, selection: selection.arguments, rounds: rounds ?? Self.defaultRounds,
      secondsPerMeasurement: time ?? 0.05, seed: selection.seed, recordsDirectory: records, console: console,
      cancelled: cancelled)
    let paired = try interleaved.run(in: repository)
    if cancelled.isCancelled && paired.completeRounds == 0 { throw CompareFailure.interrupted }
    let comparison = try Comparison(paired, a: a.title, b: b.title, threshold: threshold / 100)
    let outcome = try finish(comparison, console)
    if cancelled.isCancelled {
      console.note("interrupted after \(paired.completeRounds) of \(interleaved.rounds) rounds")
      return .interrupted
    }
    return outcome
  }

  private func finish(_ comparison: Comparison, _ console: Console) throws -> Outcome {
    console.write(try comparison.rendered(as: format.format, all: all, colour: console.hasColour))
    let count = comparison.regressions.count
    if count > 0 {
      console.note("error: \(count) \(count == 1 ? "row is" : "rows are") slower or broken")
      return .failure
    }
    guard comparison.hasComparedAnything else {
      console.note("error: nothing could be compared: no kernel has enough samples on a layer on both sides")
      return .data
    }
    return .success
  }

  private func refuseRunOptions() throws {
    var given = selection.arguments.first
    if rounds != nil { given = "--rounds" }
    if time != nil { given = "--time" }
    if records != nil { given = "--records" }
    if selection.seed != 1 { given = "--seed" }
    if let given { throw CompareUsage(description: "\(given) is for commits, which are run; A and B are files") }
  }

  private func packageDirectory() throws -> String {
    let places = [FileManager.default.currentDirectoryPath, #filePath].map { URL(fileURLWithPath: $0) }
    guard let package = ReleaseHandOver.packageDirectory(startingAt: places) else {
      throw CompareUsage(
        description: base == nil
          ? "\(sides.first { !FileManager.default.fileExists(atPath: $0) } ?? sides[0]) isn't a file; to compare commits, "
            + "go to the package's directory" : "--base needs the package's sources; go to its directory")
    }
    return package
  }
}

/// Options that don't go together with what A and B turned out to be.
struct CompareUsage: ExitStatusError, CustomStringConvertible {
  let description: String
  var outcome: Outcome { .usage }
}
