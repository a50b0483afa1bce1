import ArgumentParser
import Foundation
import Synchronization
import Testing

@testable import BenchCommand

/// What a command wrote.
final class Transcript: Sendable {
  private let text = Mutex((out: "", error: ""))

  var out: String { text.withLock { $0.out } }
  var error: String { text.withLock { $0.error } }

  var console: Console {
    Console(
      write: { [self] new in text.withLock { $0.out += new } },
      writeError: { [self] new in text.withLock { $0.error += new } }, hasColour: false, errorWidth: nil)
  }
}

/// Expects a command line to be refused with a message and the exit code of a usage error.
func expectRefused(_ line: String, _ message: String) {
  #expect {
    _ = try Bench.parseAsRoot(line.split(separator: " ").map(String.init))
  } throws: { error in
    let text = Bench.fullMessage(for: error)
    #expect(text.contains(message), "\(line): \(text)")
    return Bench.exitCode(for: error) == .validationFailure
  }
}

/// Hands over a directory that is gone afterwards.
func withDirectory(_ body: (String) throws -> Void) throws {
  let directory = FileManager.default.temporaryDirectory.appending(path: "bench-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: directory) }
  try body(directory.path)
}
