import ArgumentParser
import Harness
import ONNXModels
import Reports

/// `bench onnx`.
struct ONNXCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx", abstract: "Run the kernels on ONNX's own test cases for convolution.",
    discussion: """
      A case is a directory with a file model.onnx beside directories test_data_set_0 and so on, each with inputs and the \
      expected output. The cases of the format's backend tests come with the Python package onnx, in \
      onnx/backend/test/data. Every kernel that can run a case must agree with the double-precision reference within its \
      bound, exactly where the data are small whole numbers, and with the expected output within ONNX's tolerance; the \
      columns error and distance say how much of either was used at most. Convolutions of other kinds, pooling and \
      normalisation are listed as unsupported with the reason, and cases about other operators are counted.

      Reading ONNX files needs a library that is left out of builds unless the package trait ONNX is on.

      EXAMPLES
        swift run -c release --traits ONNX bench onnx onnx/backend/test/data --isa all
        swift run -c release --traits ONNX bench onnx my_cases --kernel 'winograd-*' --format json
      """)

  @Argument(help: "A directory of cases, at any depth; or of one.")
  var directory: String

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup var debug: DebugOptions

  mutating func validate() throws {
    for (option, isGiven) in [
      ("--network", !selection.networks.isEmpty), ("--layer", !selection.layers.isEmpty),
      ("--problem", !selection.problems.isEmpty), ("--batch", !selection.problemFiles.isEmpty),
      ("--epilogue", selection.epilogue != nil), ("--mb", selection.mb != nil),
    ] where isGiven { throw ValidationError("\(option) means nothing to test cases, which bring their own problems") }
  }

  func run() throws {
    #if ONNX
      try debug.exiting { console, cancelled in try run(console: console, cancelled: cancelled) }
    #else
      try Console.standard.exiting { throw MissingTrait() }
    #endif
  }

  #if ONNX
    /// Runs the cases and prints what became of them.
    func run(console: Console, cancelled: CancellationFlag) throws -> Outcome {
      let runner = CaseRunner(kernels: try selection.kernelSelection.kernels(), threads: selection.threads)
      let reader = CaseReader(directory: directory, runner: runner)
      var results: [CaseResult] = []
      for name in try reader.caseNames() where !cancelled.isCancelled { results.append(reader.run(name)) }
      let counts = CaseCounts(results)
      let table = ONNXTable.table(results)
      console.write(try table.rendered(as: format.format, colour: console.hasColour, rows: results))
      if format.format == .table { console.write("\n\(counts)\n") } else { console.note("\(counts)") }
      if cancelled.isCancelled {
        console.note("interrupted")
        return .interrupted
      }
      if counts.passed + counts.failed == 0 {
        console.note("error: \(directory) holds no case of a convolution that could be run")
      }
      return counts.isSound ? .success : .failure
    }
  #endif
}

/// Why a build can't read ONNX files.
struct MissingTrait: ExitStatusError, CustomStringConvertible {
  var outcome: Outcome { .unavailable }
  var description: String {
    "this build reads no ONNX files; build with the trait: swift run -c release --traits ONNX bench onnx DIRECTORY"
  }
}

extension ONNXError: ExitStatusError {
  var outcome: Outcome { .inputOutput }
}
