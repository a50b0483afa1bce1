import Foundation

/// The peers that are installed: what `Benchmarks/Peers/install` leaves behind.
public struct PeerList: Hashable, Sendable {
  /// Command lines of workers, one a peer.
  public let commands: [String]
  /// What couldn't be had, and why: for people.
  public let notes: [String]

  /// Where the script leaves the list, seen from the package's directory.
  public static let defaultPath = ".peers/workers"

  /// Reads a list: one command a line; lines that begin with `#` are notes, empty ones nothing.
  public init(text: String) {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    commands = lines.filter { !$0.hasPrefix("#") }
    notes = lines.filter { $0.hasPrefix("#") }.map { $0.dropFirst().trimmingCharacters(in: .whitespaces) }
  }

  /// Reads a file.
  ///
  /// - Throws: ``SelectionError/external(message:)`` where there's none.
  public init(file path: String) throws(SelectionError) {
    do {
      self.init(text: try String(contentsOfFile: path, encoding: .utf8))
    } catch {
      throw .external(
        message: "there is no list of peers at \(path); Benchmarks/Peers/install installs them and writes it")
    }
  }
}
