import ArgumentParser
import Foundation
import Reports

/// `bench report`.
///
/// It doesn't hand over to a release build: it times nothing, and a debug build draws a thousand records in seconds, while a
/// release build takes minutes to make.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Make a page with pictures and tables of records.",
    discussion: """
      The page is one HTML file that needs nothing else: no network, no server. To a directory the page goes as index.html, \
      beside it every picture as SVG, and as PNG too with --png (made by rsvg-convert or Chromium, whichever is installed). \
      Several files are read as one: their machines are compared, their commits drawn as a history. Hosts of one kind are \
      two machines where both measured the same, and one where they didn't, as shards. Files may also hold \
      bandwidths of a machine as JSON (an object with "machine" and "bandwidths"), which the roofline then shows.

      EXAMPLES
        bench report records.jsonl --output report.html
        bench report results/*/*.jsonl --output pictures --png
      """)

  @Argument(help: .init("Files of records, as --output of bench run wrote them.", valueName: "records"))
  var files: [String]

  @Option(name: [.short, .long], help: .init("A page's name that ends in .html, or a directory.", valueName: "path"))
  var output: String

  @Option(help: "The page's heading.")
  var title = "Convolution benchmark"

  @Flag(help: "Make PNG pictures beside the SVG ones; needs a directory.")
  var png = false

  mutating func validate() throws {
    if output.isEmpty { throw ValidationError("--output is empty; expected a name that ends in .html, or a directory") }
    if png && ReportFiles.isPage(output) {
      throw ValidationError("--png makes files beside the page; expected --output to be a directory, not \(output)")
    }
  }

  func run() throws {
    let console = Console.standard
    try console.exiting { try make(console) }
  }

  /// Reads, draws, writes, and says what it wrote.
  func make(_ console: Console) throws -> Outcome {
    var input = ReportInput()
    for file in files { try input.read(file) }
    for line in input.broken { console.note("warning: left out: \(line)") }
    if input.records.isEmpty {
      console.note("error: no records in \(files.joined(separator: ", ")); expected files that bench --output wrote")
      return .inputOutput
    }
    let report = Report(input.records, ceilings: input.ceilings)
    let (page, pictures) = try ReportFiles.write(report, to: output, title: title)
    console.write(page + "\n")
    if pictures.isEmpty { return .success }
    console.note("\(pictures.count) pictures beside it")
    guard png else { return .success }
    guard let converter = PictureConverter.find() else {
      console.note("error: no PNG: neither rsvg-convert nor Chromium is installed (apt-get install librsvg2-bin)")
      return .failure
    }
    let failed = pictures.filter { converter.convert($0) == nil }
    for picture in failed { console.note("error: \(converter.path) made no PNG of \(picture)") }
    return failed.isEmpty ? .success : .failure
  }
}
