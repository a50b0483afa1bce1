import Foundation
import Harness

/// Release builds of what is compared.
struct SideBuild {
  let repository: GitRepository
  let console: Console
  let cancelled: CancellationFlag

  /// Builds a side and puts its binary at a path.
  ///
  /// A commit is built in a git worktree of its own, which is removed afterwards; its binary is kept in `.build/compare`,
  /// by commit and compiler, for the next comparison.
  ///
  /// - Throws: ``CompareFailure``.
  func build(_ side: ComparedSide, to destination: URL) throws(CompareFailure) {
    switch side {
    case .file: break
    case .workingTree:
      console.note("building \(side.title)")
      try copy(try compile(repository.package, what: side.title), to: destination)
    case .commit(_, let hash):
      let kept = URL(fileURLWithPath: repository.package)
        .appending(path: ".build/compare/\(hash)-\(try compilerName())/bench")
      if FileManager.default.fileExists(atPath: kept.path) {
        console.note("\(side.title) is built already: \(kept.path)")
      } else {
        console.note("building \(side.title) in a worktree of its own; this takes a few minutes once")
        try copy(try buildCommit(hash, side.title, kept: kept), to: destination)
        return
      }
      try copy(kept, to: destination)
    }
  }

  private func buildCommit(_ hash: String, _ title: String, kept: URL) throws(CompareFailure) -> URL {
    let worktree = FileManager.default.temporaryDirectory.appending(path: "bench-base-\(UUID().uuidString)").path
    let added = try repository.git(["worktree", "add", "--quiet", "--detach", worktree, hash])
    guard added.status == 0 else { throw .cannotBuild(what: title, output: added.tail()) }
    defer { _ = try? repository.git(["worktree", "remove", "--force", worktree]) }
    let package = repository.prefix.isEmpty ? worktree : worktree + "/" + repository.prefix
    // Both sides with the same dependencies; where the manifests differ, the compiler's package manager says so.
    let pins = repository.package + "/Package.resolved"
    let pinsThere = package + "/Package.resolved"
    if FileManager.default.fileExists(atPath: pins), !FileManager.default.fileExists(atPath: pinsThere) {
      try? FileManager.default.copyItem(atPath: pins, toPath: pinsThere)
    }
    try copy(try compile(package, what: title), to: kept)
    return kept
  }

  /// Builds the package in a directory.
  private func compile(_ package: String, what: String) throws(CompareFailure) -> URL {
    let command = ["swift", "build", "-c", "release", "--package-path", package]
    let built = try ChildProcess.run(command + ["--product", "bench"], cancelled: cancelled)
    if cancelled.isCancelled { throw .interrupted }
    guard built.status == 0 else { throw .cannotBuild(what: what, output: Self.complaints(built)) }
    let place = try ChildProcess.run(command + ["--show-bin-path"])
    let path = place.output.trimmingCharacters(in: .whitespacesAndNewlines) + "/bench"
    guard place.status == 0, FileManager.default.fileExists(atPath: path) else {
      throw .cannotBuild(what: what, output: "no binary at \(path)")
    }
    return URL(fileURLWithPath: path)
  }

  /// The compiler's complaints, which go to standard output, or else the last lines.
  private static func complaints(_ ending: ChildProcess.Ending) -> String {
    let errors = (ending.output + "\n" + ending.errors).split(separator: "\n").filter { $0.contains("error:") }
    return errors.isEmpty ? ending.tail() : errors.prefix(8).joined(separator: "\n")
  }

  /// The compiler in a word that can be part of a path: a binary of another one is no base.
  private func compilerName() throws(CompareFailure) -> String {
    let version = try ChildProcess.run(["swift", "--version"]).output
    // FNV-1a: Swift's own hashes differ from one process to the next.
    let hash = version.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }

  private func copy(_ source: URL, to destination: URL) throws(CompareFailure) {
    do {
      try FileManager.default.createDirectory(
        at: destination.deletingLastPathComponent(), withIntermediateDirectories: true)
      try? FileManager.default.removeItem(at: destination)
      try FileManager.default.copyItem(at: source, to: destination)
    } catch {
      throw .cannotBuild(what: destination.path, output: error.localizedDescription)
    }
  }
}
