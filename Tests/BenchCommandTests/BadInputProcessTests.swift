import Foundation
import Harness
import Reports
import Testing

@testable import BenchCommand

/// What ends a run from outside: a full disk, a directory that takes no file, a signal. Each in a process of its own.
@Suite("Bad input: processes", .serialized)
struct BadInputProcessTests {
  /// The program, built beside the tests.
  private static let program: URL? = {
    let beside = URL(filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
    var places = [beside, Bundle.main.bundleURL, URL(filePath: CommandLine.arguments[0])]
    places += Bundle.allBundles.map(\.bundleURL)
    let found = places.map { $0.deletingLastPathComponent().appending(path: "bench") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    if found == nil { print("skipped: bench isn't built beside the tests") }
    return found
  }()

  private struct Ending {
    let status: Int32
    let signal: Int32?
    let errors: String
  }

  /// Runs the program in a directory.
  ///
  /// - Parameter during: called while it runs, with its number.
  private func run(_ arguments: [String], in directory: String, during: (Int32) throws -> Void = { _ in }) throws
    -> Ending
  {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: directory)
    process.environment = ProcessInfo.processInfo.environment.filter { !Shard.variables.contains($0.key) }
    let errors = FileManager.default.temporaryDirectory.appending(path: "bench-errors-\(UUID().uuidString)")
    FileManager.default.createFile(atPath: errors.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    // Threads of tests block all signals, and children inherit that; a shell's don't.
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] { sigaddset(&signals, signal) }
    var before = sigset_t()
    pthread_sigmask(SIG_UNBLOCK, &signals, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
    try during(process.processIdentifier)
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return Ending(
      status: isSignal ? 128 + process.terminationStatus : process.terminationStatus,
      signal: isSignal ? process.terminationStatus : nil,
      errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
  }

  /// Twenty-five problems on two kernels: in a debug build long enough to be met in the middle.
  private static let problems = (1...25).flatMap { ["--problem", "mb1ic\($0)oc2ih4kh3"] }
  private static let arguments = ["run", "--debug-ok", "--time", "0.001", "--kernel", "naive-*"] + problems
  private static let results = 50

  /// Waits until a file has so many whole lines.
  private func wait(for count: Int, in path: String) throws {
    for _ in 0..<2000 {
      let contents = FileManager.default.contents(atPath: path) ?? Data()
      if contents.count(where: { $0 == UInt8(ascii: "\n") }) >= count { return }
      usleep(5000)
    }
    Issue.record("\(path) never had \(count) lines")
  }

  /// The records of a file, of which only the last line may be torn.
  private func records(_ path: String) throws -> [BenchmarkRecord] {
    let (records, broken) = try RecordFile.readExisting(CheckedRecord.self, from: path)
    #expect(broken.allSatisfy(\.isTorn) && broken.count <= 1, "\(broken)")
    return records.map(\.record)
  }

  @Test(
    "Met by a signal in mid-run, every finished record is whole, and --resume makes the rest",
    .enabled(if: program != nil))
  func signals() throws {
    try withDirectory { directory in
      for (signal, lines) in [(SIGINT, 3), (SIGKILL, 1), (SIGKILL, 20), (SIGTERM, 7)] {
        let path = "\(directory)/signal-\(signal)-\(lines).jsonl"
        let arguments = Self.arguments + ["--output", path]
        let ending = try run(arguments, in: directory) { process in
          try wait(for: lines, in: path)
          #expect(kill(process, signal) == 0)
        }
        if signal == SIGINT {
          #expect(
            ending.status == 130 && ending.signal == nil && ending.errors.contains("\ninterrupted\n"), "\(ending)")
        } else {
          #expect(ending.signal == signal, "\(ending)")
        }
        let first = try records(path)
        #expect(first.count >= lines && first.count < Self.results, "\(signal): \(first.count)")
        let whole = try Data(contentsOf: URL(filePath: path))
        let kept = whole.prefix((whole.lastIndex(of: UInt8(ascii: "\n")) ?? 0) + 1)
        let resumed = try run(arguments + ["--resume"], in: directory)
        #expect(resumed.status == 0, "\(resumed)")
        let all = try records(path)
        #expect(all.count == Self.results && Set(all.map(\.key)).count == Self.results, "\(signal): \(all.count)")
        // What stood before is what it was, byte by byte.
        #expect(try Data(contentsOf: URL(filePath: path)).starts(with: kept))
        #expect(all.allSatisfy { $0.verdict == .passed })
      }
    }
  }

  @Test("Where records can't be kept, the status and one line say so", .enabled(if: program != nil))
  func placesThatTakeNoFile() throws {
    try withDirectory { directory in
      let tiny = ["run", "--debug-ok", "--time", "0.001", "--kernel", "naive-nhwc", "--problem", "mb1ic2oc2ih4kh3"]
      let file = directory + "/file"
      try Data("x".utf8).write(to: URL(filePath: file))
      var cases: [(path: String, part: String)] = [
        (file + "/below.jsonl", "error: can't open \(file)/below.jsonl: Not a directory"),
        (directory + "/none/a.jsonl", "can't open \(directory)/none/a.jsonl: No such file or directory"),
        (directory, "error: can't open \(directory): Is a directory"), (file, "\(file) isn't a file of records"),
      ]
      #if os(Linux)
        cases += [
          ("/dev/full", "error: can't write a record to /dev/full: No space left on device"),
          ("/proc/records.jsonl", "error: can't open /proc/records.jsonl: "),
        ]
      #endif
      for (path, part) in cases {
        let ending = try run(tiny + ["--output", path], in: directory)
        #expect(ending.status == 74 && ending.errors.contains(part), "\(path): \(ending)")
      }
      #expect(try Data(contentsOf: URL(filePath: file)) == Data("x".utf8))
      // Where nobody asked for a file by name, the run goes on without one.
      try Data().write(to: URL(filePath: directory + "/bench-results"))
      let ending = try run(tiny, in: directory)
      #expect(ending.status == 0 && ending.errors.contains("warning: no record is kept: "), "\(ending)")
      #if os(Linux)
        // A file size limit is a disk that fills up in mid-run: what was written before stands, and what wasn't whole is cut.
        let path = directory + "/limited.jsonl"
        let limited = try shell(
          "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"", Self.arguments + ["--output", path], in: directory)
        #expect(limited.status == 74 && limited.errors.contains("can't write a record to \(path): File too large"))
        let first = try records(path)
        #expect(!first.isEmpty && first.count < Self.results)
        let text = try Data(contentsOf: URL(filePath: path))
        #expect(text.last == UInt8(ascii: "\n"))
        #expect(try run(Self.arguments + ["--output", path, "--resume"], in: directory).status == 0)
        #expect(try Set(records(path).map(\.key)).count == Self.results && records(path).count == Self.results)
      #endif
    }
  }

  /// Runs the program from a shell's line.
  private func shell(_ line: String, _ arguments: [String], in directory: String) throws -> Ending {
    let ending = try ChildProcess.run(["sh", "-c", line, Self.program!.path] + arguments)
    return Ending(status: ending.status, signal: nil, errors: ending.errors)
  }
}
