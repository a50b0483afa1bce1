import ArgumentParser
import Reports

extension OutputFormat: ExpressibleByArgument {}

/// In which form results are printed.
struct FormatOptions: ParsableArguments {
  @Option(help: .init("The form of what is printed: table, json, csv or markdown.", valueName: "format"))
  var format: OutputFormat = .table
}
