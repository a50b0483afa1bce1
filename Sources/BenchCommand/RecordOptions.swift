import ArgumentParser

/// Where records go.
struct RecordOptions: ParsableArguments {
  @Option(
    help: .init(
      "Append records to this file (JSON Lines), all samples included, as soon as they're made.", valueName: "file"))
  var output: String?

  @Flag(help: "Skip what the output file holds already. A record that a killed run left torn is made again.")
  var resume = false

  @Flag(
    help: """
      Write no records. Without this and --output, run writes a new file in bench-results/ in the current directory, named \
      by the time.
      """)
  var noRecord = false

  mutating func validate() throws {
    if resume && output == nil { throw ValidationError("--resume needs --output FILE to go on with") }
    if noRecord && output != nil { throw ValidationError("--no-record and --output exclude each other") }
    if let output, output.isEmpty { throw ValidationError("--output is empty; expected a file") }
  }
}
