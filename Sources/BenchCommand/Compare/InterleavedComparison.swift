import Foundation
import Harness
import Reports

/// Runs the release binaries of two commits in turn and compares what they record.
struct InterleavedComparison {
  let a: ComparedSide
  let b: ComparedSide
  /// Arguments that select workloads and kernels, the same for both sides.
  let selection: [String]
  let rounds: Int
  /// Seconds that each kernel is timed on each problem by a process.
  let secondsPerMeasurement: Double
  let seed: UInt64
  /// Where the records of every process are kept; nil to keep none.
  let recordsDirectory: String?
  let console: Console
  let cancelled: CancellationFlag

  /// Builds both sides, runs the rounds, and returns them; after an interruption, what there is.
  ///
  /// - Throws: ``CompareFailure``, or ``RecordFileError`` where records can't be kept.
  func run(in repository: GitRepository) throws -> PairedRounds {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "bench-compare-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let build = SideBuild(repository: repository, console: console, cancelled: cancelled)
    // Paths of equal length: even the arguments' place on the stack is the same for both.
    for (side, name) in [(a, "A"), (b, "B")] {
      try build.build(side, to: scratch.appending(path: "\(name)/bench"))
    }
    let records = recordsDirectory.map { URL(fileURLWithPath: $0) } ?? scratch
    do {
      try FileManager.default.createDirectory(at: records, withIntermediateDirectories: true)
    } catch {
      throw RecordFileError.cannotOpen(path: records.path, reason: error.localizedDescription)
    }

    var paired = PairedRounds()
    for (position, side) in PairedRounds.order(rounds: rounds).enumerated() {
      if cancelled.isCancelled { break }
      let round = position / 2 + 1
      let title = side == .a ? a.title : b.title
      console.note("round \(round)/\(rounds)  \(side.rawValue)  \(title)")
      let file = records.appending(path: "round\(round)-\(side.rawValue).jsonl").path
      try? FileManager.default.removeItem(atPath: file)
      let binary = scratch.appending(path: "\(side.rawValue)/bench").path
      let ending = try ChildProcess.run(
        [binary] + arguments(round: round, file: file), environment: Self.environment, cancelled: cancelled)
      // A process that was interrupted has measured only some of the rows.
      if cancelled.isCancelled { break }
      let (read, broken) = try RecordFile.read(ComparableRecord.self, from: file)
      for line in broken { console.note("warning: \(line.path):\(line.line): \(line.reason)") }
      // Status 1 is a kernel that failed, which its record says; anything else ended the run before its end.
      guard !read.isEmpty, ending.status == 0 || ending.status == 1 else {
        throw CompareFailure.cannotRun(
          what: "\(side.rawValue), \(title),", status: ending.status, output: ending.tail())
      }
      paired.append(side, read)
    }
    return paired
  }

  /// The arguments of one process. Both sides of a round have the same seed; other rounds, other orders of sampling.
  func arguments(round: Int, file: String) -> [String] {
    ["run", "--quick", "--time", "\(secondsPerMeasurement)", "--seed", "\(seed &+ UInt64(round) &- 1)"] + selection
      + ["--output", file]
  }

  /// The environment without what would make every process run a shard only.
  static var environment: [String: String] {
    ProcessInfo.processInfo.environment.filter { !Shard.variables.contains($0.key) }
  }
}
