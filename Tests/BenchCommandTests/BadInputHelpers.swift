import ArgumentParser
import Foundation
import Harness
import Testing

@testable import BenchCommand

/// What a command line comes to in this process: the exit status, and all that was written.
func carriedOut(_ arguments: [String], parsed: (any ParsableCommand)? = nil) -> (status: Int32, text: String) {
  let transcript = Transcript()
  let console = transcript.console
  do {
    let parsed = try parsed ?? Bench.parseAsRoot(arguments)
    try console.exiting {
      let cancelled = CancellationFlag()
      switch parsed {
      case let command as VerifyCommand:
        let session = try RunSession(command, leavesRecord: false, environment: [:], console: console) { _ in
          RunOptions(seed: command.selection.seed, threads: command.selection.threads, verifyOnly: true, commit: "test")
        }
        return try session.run(cancelled)
      case let command as RunCommand:
        let session = try RunSession(command, leavesRecord: false, environment: [:], console: console) { _ in
          RunOptions(seed: command.selection.seed, secondsPerMeasurement: 0.001, commit: "test")
        }
        return try session.run(cancelled)
      case let command as ReportCommand: return try command.make(console)
      case let command as LimitsCommand: return try command.show(console)
      case let command as SweepsCommand: return try command.show(console)
      case let command as MergeCommand: return try command.merge(console: console)
      case let command as CompareCommand: return try command.compare(console: console, cancelled: { cancelled })
      case let command as PlanCommand: return try command.plan(console: console)
      case let command as GEMMCommand: return try command.compare(console: console, cancelled: cancelled)
      case let command as PeersCommand: return try command.compareRecords(console)
      case let command as TuneCommand where !command.check.isEmpty: return try command.checkRecords(console: console)
      case let command as TuneCommand where !command.fit.isEmpty: return try command.fitRecords(console: console)
      case let command as TuneCommand: return try command.tune(console: console, cancelled: cancelled)
      default:
        Issue.record("no test carries out \(arguments)")
        return .success
      }
    }
    return (0, transcript.out + transcript.error)
  } catch let code as ExitCode {
    return (code.rawValue, transcript.out + transcript.error)
  } catch {
    return (Bench.exitCode(for: error).rawValue, Bench.fullMessage(for: error))
  }
}

/// Expects a command line to end with a status and a message of one screen that holds a part.
func expectBad(
  _ arguments: [String], parsed: (any ParsableCommand)? = nil, status: Int32, _ part: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let (found, text) = carriedOut(arguments, parsed: parsed)
  let line = arguments.map { String($0.prefix(80)) }.joined(separator: " ")
  #expect(found == status, "\(line.debugDescription): \(text.prefix(2000))", sourceLocation: sourceLocation)
  #expect(text.contains(part), "\(line.debugDescription): \(text.prefix(2000))", sourceLocation: sourceLocation)
  // Whatever was written, the terminal's own letters stay out of the message.
  let isPlain = text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control }
  #expect(isPlain, "\(line.debugDescription): \(text.prefix(2000).debugDescription)", sourceLocation: sourceLocation)
  #expect(text.count < 5000, "\(line.debugDescription): \(text.count) characters", sourceLocation: sourceLocation)
}
