import ArgumentParser
import Harness
import Reports

/// Records and ceilings to be read, of one machine.
struct LimitsInputOptions: ParsableArguments {
  @Argument(
    help: .init(
      "Files of records, and the ceilings of the same machine as bench machine --format json printed them.",
      valueName: "file"))
  var files: [String]

  @Option(parsing: .unconditional, help: .init("Threads of the runs that are looked at.", valueName: "n"))
  var threads = 1

  mutating func validate() throws { try SelectionOptions.check(threads: threads) }

  /// Reads the files; of several machines' ceilings the last.
  func read(_ console: Console) throws -> (records: [BenchmarkRecord], ceilings: MachineCeilings?) {
    var input = ReportInput()
    for file in files { try input.read(file) }
    for line in input.broken { console.note("warning: left out: \(line)") }
    return (input.records, input.ceilings.last)
  }
}
