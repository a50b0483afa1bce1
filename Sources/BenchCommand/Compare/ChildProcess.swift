import Foundation
import Harness

/// Other programs: git, the compiler, the binaries that are compared.
struct ChildProcess {
  /// How a program ended.
  struct Ending {
    /// The exit status; of one that a signal ended, 128 and the signal's number.
    let status: Int32
    /// What it wrote to standard output.
    let output: String
    /// What it wrote to standard error.
    let errors: String

    /// The last lines of what it wrote, those of standard error first if there are any.
    func tail(lines: Int = 8) -> String {
      let text = errors.isEmpty ? output : errors
      return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
  }

  /// Runs a program to its end; a cancelled run interrupts it, and waits for its end.
  ///
  /// - Parameters:
  ///   - command: the program, looked for in `PATH` unless it's a path, and its arguments.
  ///   - directory: where it runs; nil for the current directory.
  ///   - environment: what it finds in its environment.
  /// - Throws: ``CompareFailure/cannotStart(command:reason:)``.
  static func run(
    _ command: [String], in directory: String? = nil,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    cancelled: CancellationFlag = CancellationFlag()
  ) throws(CompareFailure) -> Ending {
    // Files, not pipes: nobody reads while the child is timed.
    let scratch = FileManager.default.temporaryDirectory.appending(path: "bench-child-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.environment = environment
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let (output, errors) = (scratch.appending(path: "output"), scratch.appending(path: "errors"))
    do {
      try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
      for file in [output, errors] { try Data().write(to: file) }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = try FileHandle(forWritingTo: output)
      process.standardError = try FileHandle(forWritingTo: errors)
      try process.run()
    } catch {
      throw .cannotStart(command: command.joined(separator: " "), reason: error.localizedDescription)
    }
    var asked = 0
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.05)
      guard cancelled.isCancelled else { continue }
      // Foundation gives children a process group of their own, which the terminal's interrupt key doesn't reach.
      if asked == 0 { process.interrupt() }
      // Whoever inherited that the key is ignored, and has no handler of its own, is asked otherwise.
      if asked == 40 { process.terminate() }
      if asked == 200 { kill(process.processIdentifier, SIGKILL) }
      asked += 1
    }
    process.waitUntilExit()
    func text(_ file: URL) -> String { (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? "" }
    return Ending(
      status: process.terminationReason == .uncaughtSignal
        ? 128 + process.terminationStatus : process.terminationStatus, output: text(output), errors: text(errors))
  }
}

/// Why two commits can't be compared.
enum CompareFailure: Error, CustomStringConvertible, ExitStatusError {
  case cannotStart(command: String, reason: String)
  case neitherFileNorCommit(String)
  case notACommit(String)
  case fileAndCommit(file: String, commit: String)
  case noRepository(String)
  case cannotBuild(what: String, output: String)
  case cannotRun(what: String, status: Int32, output: String)
  case interrupted

  var description: String {
    switch self {
    case .cannotStart(let command, let reason): "can't start \(command): \(reason)"
    case .neitherFileNorCommit(let text): "\(text) is neither a file nor a commit of this repository"
    case .notACommit(let text): "\(text) is no commit of this repository"
    case .fileAndCommit(let file, let commit):
      "\(file) is a file of records and \(commit) a commit; expected two files, or two commits to build and run in turn"
    case .noRepository(let reason): "commits can only be compared inside the package's git repository: \(reason)"
    case .cannotBuild(let what, let output): "\(what) can't be built:\n\(output)"
    case .cannotRun(let what, let status, let output):
      "\(what) recorded nothing and ended with \(status):\n\(output)"
    case .interrupted: "interrupted"
    }
  }

  var outcome: Outcome {
    switch self {
    case .neitherFileNorCommit, .notACommit, .fileAndCommit: .usage
    case .cannotStart, .noRepository, .cannotBuild, .cannotRun: .unavailable
    case .interrupted: .interrupted
    }
  }
}
