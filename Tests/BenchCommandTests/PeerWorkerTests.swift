import Foundation
import Testing

/// The loop that all workers in Python share, tested by its own tests with a fake library.
@Suite struct PeerWorkerTests {
  @Test func protocolLoop() throws {
    let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Benchmarks/Peers")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-B", "-m", "unittest", "test_peer"]
    process.currentDirectoryURL = directory
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      print("skipped: the tests of peers' workers need python3")
      return
    }
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
