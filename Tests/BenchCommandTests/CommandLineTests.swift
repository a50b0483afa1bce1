import ArgumentParser
import ConvolutionModel
import Foundation
import Harness
import Reports
import Testing

@testable import BenchCommand

@Suite("The command line")
struct CommandLineTests {
  private func parse<Command: ParsableCommand>(_ type: Command.Type, _ line: String) throws -> Command {
    let command = try Bench.parseAsRoot(line.split(separator: " ").map(String.init))
    return try #require(command as? Command, "\(line) gave \(command)")
  }

  @Test(
    "What can't be meant is refused with a message and the exit code of a usage error",
    arguments: [
      ("--threads 0", "--threads is 0; expected 1…1024"), ("--threads -1", "--threads is -1; expected"),
      ("--threads x", "'x' is invalid for '--threads"), ("--threads 1.5", "'1.5' is invalid for '--threads"),
      ("--threads 99999999999999999999", "invalid for '--threads"), ("--threads 1025", "--threads is 1025"),
      ("--time 0", "--time is 0.0; expected 0.001…3600 seconds"), ("--time -1", "--time is -1.0"),
      ("--time nan", "--time is nan"), ("--time inf", "--time is inf"), ("--time 1e9", "--time is 1000000000.0"),
      ("--samples 0", "--samples is 0; expected 1…1000000"), ("--samples x", "invalid for '--samples"),
      ("--cache hot", "'hot' is invalid for '--cache"), ("--stages --threads 2", "--stages times single-threaded runs"),
      ("machine --time 1", "Unknown option '--time'"),
      ("--time fast", "'fast' is invalid for '--time"), ("--seed -3", "invalid for '--seed"),
      ("--seed 18446744073709551616", "invalid for '--seed"), ("--mb 0", "--mb is 0; expected at least 1"),
      ("--mb -2", "--mb is -2"),
      ("--layout nwhc", "'nwhc' is invalid for '--layout"), ("--isa avx", "'avx' is invalid for '--isa"),
      ("--isa AVX2", "'AVX2' is invalid for '--isa"), ("--format xml", "'xml' is invalid for '--format"),
      ("--resume", "--resume needs --output FILE"),
      ("--no-record --output a.jsonl", "--no-record and --output exclude"),
      ("--quick --full", "--quick and --full exclude each other"), ("--network ,", "--network has an empty value"),
      ("--epilogue relu+relu6", "--epilogue: epilogue relu+relu6"), ("--epilogue bias+", "an empty part"),
      ("--batch - --batch -", "--batch - is given twice"), ("--kernel", "Missing value for '--kernel"),
      ("--kernels naive", "Unknown option '--kernels'"), ("runn", "Unexpected argument 'runn'"),
      ("list", "Missing expected argument '<subject>'"), ("list kernel", "'kernel' is invalid for '<subject>'"),
      ("describe", "Missing expected argument '<network>'"),
      ("describe resnet51", "no network is named resnet51; did you mean resnet50?"),
      ("describe vgg16 extra", "Unexpected argument 'extra'"), ("verify --time 1", "Unknown option '--time'"),
      ("verify --quick --full", "--quick and --full exclude each other"),
      ("gemm --kernel naive-nhwc", "--kernel means nothing to matrix products"),
      ("gemm --layout nhwc", "--layout means nothing"), ("gemm --resume", "--resume needs --output FILE"),
      ("gemm --quick --full", "--quick and --full exclude"), ("peers --time 0", "--time is 0.0"),
      ("gemm --time 0", "--time is 0.0"),
    ])
  func refused(line: String, message: String) {
    expectRefused(line, message)
  }

  @Test("Without a subcommand everything goes to run")
  func defaultCommand() throws {
    let run = try parse(
      RunCommand.self,
      "--network vgg16,resnet50 --network lenet5 --kernel direct-*,naive-nhwc --layout nhwc --isa avx2 --threads 2 --seed 9 "
        + "--time 0.5 --format csv --output out.jsonl --resume --epilogue bias+relu --mb 4")
    #expect(run.selection.networkIDs == ["vgg16", "resnet50", "lenet5"])
    #expect(
      run.selection.kernelSelection
        == KernelSelection(patterns: ["direct-*", "naive-nhwc"], layout: .nhwc, isa: .only(.avx2)))
    #expect(run.selection.threads == 2 && run.selection.seed == 9 && run.timing.time == 0.5)
    #expect(
      run.format.format == .csv && run.records.output == "out.jsonl" && run.records.resume)
    let workloads = try run.selection.workloadSelection(run.extent.scope)
    #expect(workloads.epilogue == Epilogue(bias: true, activation: .relu) && workloads.batch == 4)
    #expect(!workloads.usesScope)
  }

  @Test("Time and samples bound a measurement, each by itself or both")
  func bounds() throws {
    let both = try parse(RunCommand.self, "--samples 20 --time 0.5 --cache cold-weights --stages")
    #expect(both.secondsPerMeasurement(budget: 0.1) == 0.5 && both.samples == 20)
    #expect(both.cache == .coldWeights && both.stages)
    #expect(try parse(RunCommand.self, "--samples 20").secondsPerMeasurement(budget: 0.1) == nil)
    #expect(try parse(RunCommand.self, "").secondsPerMeasurement(budget: 0.1) == 0.1)
    #expect(try parse(RunCommand.self, "").cache == .warm)
    #expect(try parse(MachineCommand.self, "machine --format json").format.format == .json)
  }

  @Test func scopes() throws {
    #expect(try parse(RunCommand.self, "").extent.scope == .representative)
    #expect(try parse(RunCommand.self, "run --quick").extent.scope == .quick)
    #expect(try parse(RunCommand.self, "--full").extent.scope == .full)
    #expect(try parse(RunCommand.self, "").selection.kernelSelection == KernelSelection())
  }

  @Test func otherCommands() throws {
    #expect(try parse(VerifyCommand.self, "verify --isa all").selection.isa == .all)
    #expect(try parse(ListCommand.self, "list kernels --format json").subject == .kernels)
    #expect(try parse(DescribeCommand.self, "describe mobilenetv2").network == "mobilenetv2")
    #expect(try parse(GEMMCommand.self, "gemm --network vgg16 --quick").extent.quick)
  }

  @Test func lists() throws {
    let kernels = try parse(ListCommand.self, "list kernels --format json").rendered(colour: false)
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(kernels.utf8)) as? [[String: Any]])
    #expect(
      !rows.isEmpty && rows.allSatisfy { row in ["id", "family", "layout", "isa"].allSatisfy { row[$0] is String } })
    let layers = try parse(ListCommand.self, "list layers --network vgg16 --format csv").rendered(colour: false)
    #expect(layers.split(separator: "\n").count == 10)
    #expect(throws: SelectionError.self) {
      try parse(ListCommand.self, "list layers --layer conv99").rendered(colour: false)
    }
    #expect(try parse(ListCommand.self, "list layers").rendered(colour: false).contains("efficientnetb0"))
  }

  @Test(
    arguments: [
      (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true),
      (true, ["TERM": "dumb"], false), (true, ["TERM": "xterm"], true),
    ] as [(Bool, [String: String], Bool)])
  func colours(isTerminal: Bool, environment: [String: String], expected: Bool) {
    #expect(Console.showsColour(isTerminal: isTerminal, environment: environment) == expected)
  }

  @Test("The hand-over names the package's directory and passes the arguments on")
  func handOver() throws {
    let package = try #require(ReleaseHandOver.packageDirectory(startingAt: [URL(fileURLWithPath: #filePath)]))
    #expect(FileManager.default.fileExists(atPath: package + "/Package.swift"))
    #if ONNX
      let traits = ["--traits", "ONNX"]
    #else
      let traits: [String] = []
    #endif
    #expect(
      ReleaseHandOver.arguments(package: "/p", own: ["--layer", "conv *"])
        == ["swift", "run", "-c", "release"] + traits + ["--package-path", "/p", "bench", "--layer", "conv *"])
    // Another package's program brings kernels that this one's lacks.
    #expect(
      ReleaseHandOver.arguments(package: "/p", program: "own-bench", own: ["verify"])
        == ["swift", "run", "-c", "release", "--package-path", "/p", "own-bench", "verify"])
    #expect(ReleaseHandOver.packageDirectory(startingAt: [URL(fileURLWithPath: "/")]) == nil)
  }

  @Test("peers --records compares what there is, and refuses what chooses a measurement")
  func recordsOfPeers() throws {
    #expect(
      try PeersCommand.parse(["--records", "a.jsonl", "b.jsonl", "--threads", "2"]).records == ["a.jsonl", "b.jsonl"])
    for option in [["--network", "vgg16"], ["--peer", "mnn"], ["--output", "c.jsonl"], ["--time", "1"]] {
      #expect(throws: (any Error).self) { try PeersCommand.parse(["--records", "a.jsonl"] + option) }
    }
  }

  @Test func help() {
    let help = Bench.helpMessage()
    for word in ["EXAMPLES", "EXIT STATUS", "--resume", "130", "list", "describe", "gemm", "verify"] {
      #expect(help.contains(word), "\(word)")
    }
    for command in Bench.configuration.subcommands {
      #expect(command.helpMessage().contains("EXAMPLES"), "\(command)")
    }
  }
}
