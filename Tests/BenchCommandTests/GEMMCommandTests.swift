import Foundation
import Harness
import Reports
import Testing

@testable import BenchCommand

@Suite("Matrix products from the command line")
struct GEMMCommandTests {
  private let tiny = ["--problem", "mb1ic4ih5oc3oh5kh3ph1", "--time", "0.001"]

  private func run(
    _ arguments: [String], _ transcript: Transcript = Transcript(), cancelled: CancellationFlag = CancellationFlag()
  ) throws -> Outcome {
    try GEMMCommand.parse(arguments).compare(console: transcript.console, cancelled: cancelled)
  }

  @Test("Records are kept, resumed by seed, and of a kind that nothing else takes for its own")
  func records() throws {
    try withDirectory { directory in
      let path = directory + "/gemm.jsonl"
      func written() throws -> [GEMMRecord] { try RecordFile.read(GEMMRecord.self, from: path).records }
      #expect(try run(tiny + ["--output", path]) == .success)
      let first = try written()
      #expect(first.map(\.backend) == ["own", "openblas", "blis"] && first.allSatisfy { !$0.commit.isEmpty })
      let resumed = Transcript()
      #expect(try run(tiny + ["--output", path, "--resume"], resumed) == .success)
      #expect(try written() == first && resumed.out.contains("25×3×36") && resumed.error.contains("records: \(path)"))
      // A shape of which a record was torn is measured as a whole.
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      try Data((lines[0] + "\n" + lines[1] + "\n" + lines[2].prefix(30)).utf8).write(to: URL(fileURLWithPath: path))
      #expect(try run(tiny + ["--output", path, "--resume"]) == .success)
      #expect(try written().map(\.backend) == ["own", "openblas", "own", "openblas", "blis"])
      #expect(try run(tiny + ["--output", path, "--resume", "--seed", "2"]) == .success)
      #expect(try written().suffix(3).map(\.seed) == [2, 2, 2])

      #expect(throws: RecordFileError.otherRecords(path: path, kind: .matrixProduct, expected: .convolution)) {
        let command = try RunCommand.parse(["--problem", "ic4ih5oc3kh3", "--kernel", "naive-*", "--output", path])
        _ = try RunSession(
          command, leavesRecord: false, environment: [:], console: Transcript().console
        ) { _ in RunOptions(secondsPerMeasurement: 0.001, commit: "test") }.run(CancellationFlag())
      }
      let report = Transcript()
      let page = directory + "/page.html"
      #expect(try ReportCommand.parse([path, "--output", page]).make(report.console) == .inputOutput)
      #expect(report.error.contains("\(path):1: a record of a matrix product"))
      let compared = Transcript()
      #expect(throws: ComparisonError.noRecords(path)) {
        try CompareCommand.parse([path, path]).compare(
          console: compared.console, cancelled: { CancellationFlag() })
      }
      #expect(compared.error.contains("a record of a matrix product"))
      #expect(throws: RecordMergeError.self) {
        try MergeCommand.parse([path, "--output", directory + "/all.jsonl"]).merge(console: Transcript().console)
      }
    }
  }

  @Test("The own product runs the instruction set that is chosen")
  func instructionSets() throws {
    let transcript = Transcript()
    #expect(try run(tiny + ["--isa", "baseline", "--format", "csv"], transcript) == .success)
    let rows = transcript.out.split(separator: "\n").filter { $0.contains(",own,") }
    #expect(rows.count == 1 && rows.allSatisfy { $0.contains(",own,baseline,") && $0.contains(",baseline,") })
    #expect(GEMMBackends.all(isa: .all).count { $0.name == "own" } == 3)
  }
}
