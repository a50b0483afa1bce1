import ArgumentParser
import Reports

/// `bench limits`.
struct LimitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limits",
    abstract: "Show what bounds each layer, how near our fastest kernel came, and what limits the rest.",
    discussion: """
      A bound is the longest of what a kernel's algorithm has to do, each as if all else came for free: its multiply-adds at \
      the peak measured beside its samples (Winograd's reduced count, with tiles at the edge in full and the transforms), \
      input, packed weights and output at the rates of the nearest level of memory that holds them together (warm caches; \
      writing costs what copying takes longer than reading), and between transforms and products a way through the second \
      level. The rest is told apart as far as the records go: lanes that hold nothing, what isn't hidden behind the bound, \
      stages of records that were made with --stages. "≤" is the most that it can be.

      EXAMPLES
        bench run --network resnet50 --stages --output records.jsonl
        bench machine --format json >machine.json
        bench limits records.jsonl machine.json
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
    guard let ceilings else {
      console.note("error: no ceilings in \(input.files.joined(separator: ", ")); expected the file of bench machine")
      return .inputOutput
    }
    let limits = LayerLimit.all(of: records, ceilings: ceilings, threads: input.threads)
    guard let summary = LimitsTable.summary(limits) else {
      console.note("error: no verified times on \(input.threads) threads in \(input.files.joined(separator: ", "))")
      return .failure
    }
    let table = LimitsTable.table(limits, as: format.format)
    console.write(try table.rendered(as: format.format, colour: console.hasColour, rows: limits))
    console.note(summary)
    return .success
  }
}
