import Foundation

/// The source that measured: its commit, for the record.
enum SourceRevision {
  /// The first twelve digits of the commit, `-dirty` appended where the sources have uncommitted changes; "unknown" where
  /// git, or the repository that this was built from, isn't there any more.
  static let current: String = {
    let folder = (#filePath as NSString).deletingLastPathComponent
    guard let commit = git(["rev-parse", "--short=12", "HEAD"], in: folder), !commit.isEmpty else { return "unknown" }
    let changes = git(["status", "--porcelain", "--untracked-files=no"], in: folder)
    return commit + (changes?.isEmpty == false ? "-dirty" : "")
  }()

  /// What a git command prints; nil where it fails.
  static func git(_ arguments: [String], in folder: String) -> String? {
    guard FileManager.default.fileExists(atPath: folder) else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "-C", folder] + arguments
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
