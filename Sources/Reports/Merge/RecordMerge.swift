import Foundation

/// Records of several files as one, each machine's each measurement once.
public struct RecordMerge: Sendable {
  /// What was read of one file.
  public struct Source: Sendable {
    /// The file.
    public let path: String
    /// Its records.
    public let lines: [RecordLine]
    /// Lines that hold none.
    public let broken: [RecordFile.BrokenLine]
  }

  /// The records in the order of the files.
  public let lines: [RecordLine]
  /// What was left out: torn lines, and verdicts that a resumed run made again with times.
  public let notes: [String]
  /// How many files there were.
  public let files: Int

  /// Merges what was read.
  ///
  /// - Throws: ``RecordMergeError`` with everything that is wrong, not just the first.
  public init(_ sources: [Source]) throws(RecordMergeError) {
    var complaints: [String] = []
    var notes: [String] = []
    for (position, source) in sources.enumerated()
    where sources[..<position].contains(where: { $0.path == source.path }) {
      complaints.append("\(source.path) is given twice")
    }
    if !complaints.isEmpty { throw RecordMergeError(complaints: complaints) }

    for line in sources.flatMap(\.broken) {
      if line.isTorn {
        notes.append(
          "\(line.path):\(line.line): the last record is torn and left out; --resume of its run makes it again")
      } else {
        complaints.append("\(line)")
      }
    }
    complaints += Self.mixedVersions(sources)

    var kept: [RecordLine] = []
    var positions: [RecordLine.Identity: Int] = [:]
    for line in sources.flatMap(\.lines) {
      guard let position = positions[line.identity] else {
        positions[line.identity] = kept.count
        kept.append(line)
        continue
      }
      let earlier = kept[position]
      if earlier.place.path == line.place.path, line.isTimed, !earlier.isTimed {
        // A timed run that resumes a verification appends its records to the verdicts.
        notes.append("\(line.place) replaces \(earlier.place), a verdict without times")
        kept[position] = line
      } else {
        let key = line.identity.key.measurement
        complaints.append(
          "\(key.kernelTitle) on \(key.layerTitle) (\(key.problem), \(key.epilogue)) of \(line.machineName) is in "
            + "\(earlier.place) and in \(line.place)")
      }
    }
    if !complaints.isEmpty { throw RecordMergeError(complaints: complaints) }
    lines = kept
    self.notes = notes
    files = sources.count
  }

  /// The machines and how many records each has, in the order in which they come.
  public var machines: [(name: String, count: Int)] {
    var known: [String: Int] = [:]
    var machines: [(name: String, count: Int)] = []
    for line in lines {
      if let position = known[line.identity.machine] {
        machines[position].count += 1
      } else {
        known[line.identity.machine] = machines.count
        machines.append((line.machineName, 1))
      }
    }
    return machines
  }

  /// What there is now: `240 records from 4 files, 1 machine: EPYC 9004 240`.
  public var summary: String {
    let machines = machines
    return "\(lines.count) records from \(files) \(files == 1 ? "file" : "files"), \(machines.count) "
      + (machines.count == 1 ? "machine" : "machines")
      + (machines.isEmpty ? "" : ": " + machines.map { "\($0.name) \($0.count)" }.joined(separator: ", "))
  }

  /// The merged file.
  public var contents: Data { lines.reduce(into: Data()) { $0 += $1.text + Data("\n".utf8) } }

  /// Reads a file for merging. An empty one is fine: a shard may have had nothing to do.
  ///
  /// - Throws: ``RecordFileError/cannotRead(path:reason:)``, also where there is no such file.
  public static func source(path: String) throws(RecordFileError) -> Source {
    let contents = try RecordFile.existingContents(of: path)
    return source(path: path, contents: contents)
  }

  /// Takes a file's contents apart.
  public static func source(path: String, contents: Data) -> Source {
    var lines: [RecordLine] = []
    let broken = RecordFile.eachLine(of: contents, path: path) { text, number in
      lines.append(try RecordLine(text, at: .init(path: path, line: number)))
    }
    return Source(path: path, lines: lines, broken: broken)
  }

  /// Puts the merged file in its place, as a whole or not at all.
  ///
  /// - Parameter overwriting: whether a file that is there already may go.
  /// - Throws: ``RecordFileError``.
  public func write(to path: String, overwriting: Bool) throws(RecordFileError) {
    if !overwriting, FileManager.default.fileExists(atPath: path) {
      throw .cannotWrite(path: path, reason: "the file is there already; expected a new name, or --overwrite")
    }
    try RecordFile.refuseReplacing(path)
    do {
      try contents.write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
  }

  private static func mixedVersions(_ sources: [Source]) -> [String] {
    var firsts: [(version: Int, place: RecordLine.Place)] = []
    for line in sources.flatMap(\.lines) where !firsts.contains(where: { $0.version == line.schemaVersion }) {
      firsts.append((line.schemaVersion, line.place))
    }
    guard firsts.count > 1 else { return [] }
    return [
      "the records are of different schema versions: "
        + firsts.map { "\($0.version) (first in \($0.place))" }.joined(separator: ", ")
        + "; expected one: measure again with the same version of bench"
    ]
  }
}

/// Why files can't be merged.
public struct RecordMergeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Everything that is wrong, one complaint a line, each naming its places.
  public let complaints: [String]

  /// Gathers complaints.
  public init(complaints: [String]) { self.complaints = complaints }

  /// The complaints, the first twenty of them in full.
  public var description: String {
    let shown = complaints.prefix(20).joined(separator: "\n")
    return complaints.count > 20 ? shown + "\nand \(complaints.count - 20) more like these" : shown
  }
}
