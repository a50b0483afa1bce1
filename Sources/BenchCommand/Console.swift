import ArgumentParser
import Foundation
import Harness
import Networks
import Reports

/// Where text goes. Tests put their own in place of the terminal.
struct Console {
  /// Takes what belongs to standard output.
  let write: (String) -> Void
  /// Takes what belongs to standard error.
  let writeError: (String) -> Void
  /// Whether standard output shows colours.
  let hasColour: Bool
  /// Columns of the terminal behind standard error; nil where there is none.
  let errorWidth: Int?

  /// Standard output and standard error.
  static var standard: Console {
    let environment = ProcessInfo.processInfo.environment
    return Console(
      write: { FileHandle.standardOutput.writeText($0) }, writeError: { FileHandle.standardError.writeText($0) },
      hasColour: Self.showsColour(isTerminal: isatty(STDOUT_FILENO) == 1, environment: environment),
      errorWidth: isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb" ? terminalWidth() : nil)
  }

  /// Whether colours are right: on a terminal that knows them, unless `NO_COLOR` is set to anything.
  static func showsColour(isTerminal: Bool, environment: [String: String]) -> Bool {
    isTerminal && environment["TERM"] != "dumb" && environment["NO_COLOR", default: ""].isEmpty
  }

  /// Writes a line to standard error.
  func note(_ line: String) { writeError(line + "\n") }

  /// Does the work of a command and leaves with its status; what is thrown is told without a usage text, since the
  /// arguments were readable.
  func exiting(_ work: () throws -> Outcome) throws {
    let status: Outcome
    do {
      status = try work()
    } catch let error where error is SelectionError || error is NetworkError {
      note("error: \(error)")
      status = .usage
    } catch let error as any ExitStatusError {
      note("error: \(error)")
      status = error.outcome
    } catch let error as RecordFileError {
      note("error: \(error)")
      status = .inputOutput
    } catch {
      note("error: \(error)")
      status = .failure
    }
    if status != .success { throw ExitCode(status.rawValue) }
  }

  private static func terminalWidth() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

extension FileHandle {
  /// Writes text and gives up silently where nobody reads any more: the record, not the terminal, is what must be kept.
  fileprivate func writeText(_ text: String) { try? write(contentsOf: Data(text.utf8)) }
}
