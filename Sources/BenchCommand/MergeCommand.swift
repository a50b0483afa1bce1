import ArgumentParser
import Reports

/// `bench merge`.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Join the records of shards and machines into one file.",
    discussion: """
      Records are copied as they are. Refused, with file and line of both, are two records of the same measurement (problem, \
      layer, network, kernel, threads, epilogue, cache state, seed) on the same machine, and files of different schema \
      versions. A machine is what the record says of it: processor, host, cores, caches, system, compiler. A last line that a killed run \
      left torn is named and left out. Empty files are fine: a shard may have had nothing to do.

      EXAMPLES
        bench merge shards/*.jsonl --output campaign.jsonl
        bench merge here.jsonl there.jsonl --output both.jsonl --overwrite
        bench compare campaign.jsonl next.jsonl

      EXIT STATUS
        0    merged
        64   the command line can't be carried out
        65   duplicates, mixed schema versions, or lines that are no records of bench run
        74   a file can't be read or written
      """)

  @Argument(help: .init("Files of records.", valueName: "file"))
  var files: [String]

  @Option(help: .init("The merged file.", valueName: "file"))
  var output: String

  @Flag(help: "Replace the merged file if it is there already.")
  var overwrite = false

  mutating func validate() throws {
    if output.isEmpty { throw ValidationError("--output is empty; expected a file") }
    if files.contains(output) { throw ValidationError("\(output) is to be merged and written; expected another name") }
  }

  func run() throws {
    let console = Console.standard
    try console.exiting { try merge(console: console) }
  }

  /// Merges and writes.
  func merge(console: Console) throws -> Outcome {
    let sources = try files.map { try RecordMerge.source(path: $0) }
    let merge = try RecordMerge(sources)
    for note in merge.notes { console.note("note: \(note)") }
    try merge.write(to: output, overwriting: overwrite)
    console.write("\(output): \(merge.summary)\n")
    return .success
  }
}
