import ArgumentParser
import Reports

/// `bench sweeps`.
struct SweepsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweeps",
    abstract: "Show where the rate falls off while a convolution's batch, image or channels grow.",
    discussion: """
      Records of convolutions that differ in one extent are a sweep, four sizes at the least. Of every size the kernel counts \
      that the library picks without timing. A size below \(SizeSweep.cliff) of the sweep's median share of the peak is \
      named; with ceilings among the files, beside it how near it came to its bound and why.

      EXAMPLES
        bench sweeps scaling.jsonl machine.json
      """)

  @OptionGroup var input: LimitsInputOptions
  @OptionGroup(title: "Output") var format: FormatOptions

  func run() throws {
    let console = Console.standard
    try console.exiting { try show(console) }
  }

  /// Reads, computes, prints.
  func show(_ console: Console) throws -> Outcome {
    let (records, ceilings) = try input.read(console)
    let sweeps = SizeSweep.all(of: records, ceilings: ceilings, threads: input.threads)
    if sweeps.isEmpty {
      console.note(
        "error: no \(SizeSweep.fewestPoints) sizes of one convolution in \(input.files.joined(separator: ", "))")
      return .failure
    }
    let table = SweepTable.table(sweeps, as: format.format)
    console.write(try table.rendered(as: format.format, colour: console.hasColour, rows: sweeps))
    return .success
  }
}
