import Foundation
import Harness

/// What one side of a comparison is.
enum ComparedSide: Equatable {
  /// A file of records.
  case file(String)
  /// A commit, by the name that it was given and its full hash.
  case commit(name: String, hash: String)
  /// The sources as they are now.
  case workingTree

  /// Tells files from commits. What is both, is a file.
  ///
  /// - Throws: ``CompareFailure``.
  static func named(_ text: String, repository: GitRepository) throws(CompareFailure) -> ComparedSide {
    if FileManager.default.fileExists(atPath: text) { return .file(text) }
    guard let hash = try repository.commit(text) else { throw .neitherFileNorCommit(text) }
    return .commit(name: text, hash: hash)
  }

  /// The commit of a name, even where a file has that name too.
  ///
  /// - Throws: ``CompareFailure/notACommit(_:)``.
  static func revision(_ text: String, repository: GitRepository) throws(CompareFailure) -> ComparedSide {
    guard let hash = try repository.commit(text) else { throw .notACommit(text) }
    return .commit(name: text, hash: hash)
  }

  /// What the reader is told.
  var title: String {
    switch self {
    case .file(let path): path
    case .commit(let name, let hash): hash.hasPrefix(name) ? String(hash.prefix(12)) : "\(name) (\(hash.prefix(12)))"
    case .workingTree: "working tree"
    }
  }
}

/// The repository that holds the package.
struct GitRepository {
  /// The package's directory.
  let package: String
  /// The package's directory inside the repository, ended with a slash unless it's empty.
  let prefix: String

  /// Finds the repository around a package.
  ///
  /// - Throws: ``CompareFailure/noRepository(_:)``.
  init(package: String) throws(CompareFailure) {
    self.package = package
    let ending = try ChildProcess.run(["git", "-C", package, "rev-parse", "--show-prefix"])
    guard ending.status == 0 else { throw .noRepository(ending.tail()) }
    prefix = ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The full hash of a commit; nil where there is none of that name.
  func commit(_ name: String) throws(CompareFailure) -> String? {
    // A name that begins with a dash would be an option of git.
    if name.isEmpty || name.hasPrefix("-") { return nil }
    let ending = try git(["rev-parse", "--verify", "--quiet", name + "^{commit}"])
    let hash = ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
    return ending.status == 0 && !hash.isEmpty ? hash : nil
  }

  /// Runs git in the package.
  func git(_ arguments: [String]) throws(CompareFailure) -> ChildProcess.Ending {
    try ChildProcess.run(["git", "-C", package] + arguments)
  }
}
