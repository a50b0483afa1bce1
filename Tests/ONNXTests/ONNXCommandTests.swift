import ArgumentParser
import Synchronization
import Testing

@testable import BenchCommand

#if ONNX
  import Foundation
  import Harness
  @testable import ONNXModels
#endif

/// `bench onnx` from the command line to its last line.
struct ONNXCommandTests {
  @Test("Options that choose problems are refused: cases bring their own")
  func options() throws {
    #expect(try ONNXCommand.parse(["cases", "--isa", "all", "--kernel", "direct-*"]).directory == "cases")
    for option in [
      ["--network", "vgg16"], ["--layer", "a"], ["--problem", "ic1"], ["--batch", "f"], ["--epilogue", "none"],
      ["--mb", "2"],
    ] {
      #expect(throws: (any Error).self) { try ONNXCommand.parse(["cases"] + option) }
    }
    #expect(throws: (any Error).self) { try ONNXCommand.parse([]) }
  }

  #if !ONNX
    @Test("A build without the trait says how to get one with it")
    func missingTrait() throws {
      #expect("\(MissingTrait())".contains("--traits ONNX"))
      #expect(throws: ExitCode(Outcome.unavailable.rawValue)) { try ONNXCommand.parse(["cases"]).run() }
    }
  #endif

  #if ONNX
    /// What the command writes on a directory, and how it ends.
    private func run(_ directory: String, _ options: String...) throws -> (outcome: Outcome, out: String, error: String)
    {
      let text = Mutex((out: "", error: ""))
      let console = Console(
        write: { new in text.withLock { $0.out += new } }, writeError: { new in text.withLock { $0.error += new } },
        hasColour: false, errorWidth: nil)
      let command = try ONNXCommand.parse([directory, "--kernel", "naive-*"] + options)
      let outcome = try command.run(console: console, cancelled: CancellationFlag())
      return text.withLock { (outcome, $0.out, $0.error) }
    }

    @Test("Cases at any depth are run in order, with several data sets, stored parameters and plain numbers")
    func cases() throws {
      try withDirectory { directory in
        try MadeCase().write(to: directory + "/node/b", dataSets: 12)
        var stored = MadeCase()
        stored.inputs[1] = MadeCase.numbers([1, 1, 2, 2], [1, 1, 2, 2])
        stored.storeParameters()
        try stored.write(to: directory + "/a")
        var transposed = MadeCase()
        transposed.node.opType = "ConvTranspose"
        try transposed.write(to: directory + "/node/c")
        var other = MadeCase()
        other.node.opType = "Sum"
        try other.write(to: directory + "/node/d")

        let table = try run(directory)
        #expect(table.outcome == .success && table.error.isEmpty, "\(table)")
        let last = "4 cases: 2 passed (4 runs of kernels), 0 failed, 1 unsupported, 1 about other operators\n"
        #expect(table.out.hasSuffix(last), "\(table.out)")
        let lines = table.out.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("a Conv passed 2 0.000 0.000 mb1ic1ih3oc1oh2kh2ph0"), "\(table.out)")
        #expect(lines.contains("node/c ConvTranspose unsupported transposed convolution"), "\(table.out)")

        let json = try run(directory, "--format", "json", "--layout", "nhwc")
        #expect(json.error.hasPrefix("4 cases: 2 passed (2 runs"))
        let rows = try #require(try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [[String: Any]])
        #expect(rows.map { $0["name"] as? String } == ["a", "node/b", "node/c", "node/d"])
        #expect(rows[1]["dataSets"] as? Int == 12 && rows[1]["outcome"] as? String == "passed")

        // One case by itself.
        let single = try run(directory + "/a")
        #expect(single.outcome == .success && single.out.contains("1 passed"))
      }
    }

    @Test("A case that fails or is broken, and none at all, end otherwise than well")
    func failures() throws {
      try withDirectory { directory in
        let none = try run(directory)
        #expect(none.outcome == .failure && none.error.contains("holds no case"), "\(none)")
        try MadeCase().write(to: directory + "/good")
        #expect(try run(directory).outcome == .success)
        var wrong = MadeCase()
        wrong.output = MadeCase.tensor([1, 1, 2, 2], [1, 7, 19, 25.1])
        try wrong.write(to: directory + "/wrong")
        let failed = try run(directory)
        #expect(failed.outcome == .failure && failed.out.contains("1 failed") && failed.out.contains("ONNX tolerates"))
        try FileManager.default.removeItem(atPath: directory + "/wrong")
        try Data([1]).write(to: URL(fileURLWithPath: directory + "/good/model.onnx"))
        let broken = try run(directory)
        #expect(broken.outcome == .failure && broken.out.contains("no protocol buffer"), "\(broken)")
        #expect(throws: ONNXError.self) { try run(directory + "/absent") }
        #expect(throws: ONNXError.self) { try run(directory + "/good/model.onnx") }
      }
    }
  #endif
}
