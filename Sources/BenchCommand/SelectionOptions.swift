import ArgumentParser
import ConvolutionModel
import Harness

/// What is selected, the same for every subcommand that looks at workloads or kernels.
struct SelectionOptions: ParsableArguments {
  @Option(
    name: .customLong("network"),
    help: .init(
      "Networks whose layers are taken: ids, separated by commas or repeated. See: bench list networks.",
      valueName: "id,…"))
  var networks: [String] = []

  @Option(
    name: .customLong("layer"),
    help: .init(
      "Layers by name; repeatable. Without --network, --problem and --batch, of every network.", valueName: "glob"))
  var layers: [String] = []

  @Option(
    name: .customLong("problem"),
    help: .init(
      "A problem in benchdnn's notation; repeatable. dh0 means a dense filter, mb is 2 unless given.",
      valueName: "string"))
  var problems: [String] = []

  @Option(
    name: .customLong("batch"),
    help: .init("A file of problems, one a line; repeatable. - is standard input.", valueName: "file"))
  var problemFiles: [String] = []

  @Option(
    name: .customLong("kernel"),
    help: .init(
      "Kernels by id or glob, separated by commas or repeated. See: bench list kernels.", valueName: "glob,…"))
  var kernels: [String] = []

  @Option(help: .init("The memory layout: nchw, nhwc or both.", valueName: "layout"))
  var layout: LayoutChoice = .both

  @Option(parsing: .unconditional, help: .init("Threads of a run.", valueName: "n"))
  var threads = 1

  @Option(
    help: .init(
      "The instruction set: baseline, avx2, avx512 or all. By default the highest that runs here. Kernels that name none "
        + "always stay.", valueName: "level"))
  var isa: ISAChoice = .highest

  @Option(
    parsing: .unconditional,
    help: .init("Where the random data and the order of measurements start.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    help: .init(
      "What is applied to every output: none, or bias, residual and relu or relu6 joined with +. By default the layer's "
        + "own; bias for problems from strings.", valueName: "parts"))
  var epilogue: String?

  @Option(
    parsing: .unconditional,
    help: .init("Images in a batch. By default 1 for networks, and what problems say.", valueName: "n"))
  var mb: Int?

  mutating func validate() throws {
    try Self.check(threads: threads)
    if let mb, mb < 1 { throw ValidationError("--mb is \(mb); expected at least 1") }
    if let epilogue {
      do throws(SelectionError) {
        _ = try Epilogue(name: epilogue)
      } catch {
        throw ValidationError("--epilogue: \(error)")
      }
    }
    for (name, values) in [
      ("--network", networks), ("--layer", layers), ("--problem", problems), ("--batch", problemFiles),
      ("--kernel", kernels),
    ] where values.contains(where: { $0.split(separator: ",").isEmpty }) {
      throw ValidationError("\(name) has an empty value; expected a name")
    }
    if problemFiles.count(where: { $0 == "-" }) > 1 {
      throw ValidationError("--batch - is given twice; standard input can be read only once")
    }
  }

  /// Threads beyond this are a slip of the keyboard.
  private static let mostThreads = 1024

  /// Refuses what is no number of threads.
  static func check(threads: Int) throws(ValidationError) {
    guard 1...mostThreads ~= threads else {
      throw ValidationError("--threads is \(threads); expected 1…\(mostThreads)")
    }
  }

  /// The choice of kernels.
  var kernelSelection: KernelSelection {
    KernelSelection(patterns: Self.separated(kernels), layout: layout.layout, isa: isa.choice)
  }

  /// The ids of the chosen networks, none of them twice.
  var networkIDs: [String] {
    Self.separated(networks).reduce(into: []) { ids, id in if !ids.contains(id) { ids.append(id) } }
  }

  /// The choice of workloads.
  ///
  /// - Parameter scope: what is taken where nothing is named.
  func workloadSelection(_ scope: WorkloadSelection.Scope) throws(SelectionError) -> WorkloadSelection {
    var named: Epilogue?
    if let epilogue { named = try Epilogue(name: epilogue) }
    return WorkloadSelection(
      networks: networkIDs, layers: layers, problems: problems, problemFiles: problemFiles,
      epilogue: named, batch: mb, scope: scope)
  }

  private static func separated(_ values: [String]) -> [String] {
    values.flatMap { $0.split(separator: ",").map { String($0.trimmingPrefix(while: \.isWhitespace)) } }
  }
}

/// The values of `--layout`.
enum LayoutChoice: String, CaseIterable, ExpressibleByArgument {
  case nchw, nhwc, both

  /// The layout; nil for both.
  var layout: TensorLayout? { TensorLayout(rawValue: rawValue) }
}

/// The values of `--isa`.
enum ISAChoice: String, CaseIterable, ExpressibleByArgument {
  case highest, baseline, avx2, avx512, all

  /// The choice that the value stands for.
  var choice: InstructionSetChoice {
    switch self {
    case .highest: .highest
    case .baseline: .only(.baseline)
    case .avx2: .only(.avx2)
    case .avx512: .only(.avx512)
    case .all: .all
    }
  }
}
