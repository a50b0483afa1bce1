import ArgumentParser
import Convolution
import Harness
import Measurement
import Verification

/// `bench run`, the default.
struct RunCommand: SessionCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Verify kernels, then time those that passed (default).",
    discussion: """
      Of large problems a sample of the outputs is verified: borders, block edges, random places; verify does all. Times \
      are medians of interleaved samples, and each stands beside the machine's own peak measured in the same moment. A \
      note says which kernel a plan would choose for this layout, thread count and state of the caches.

      EXAMPLES
        bench run --quick                               five layers, within seconds
        bench run --network resnet50 --kernel 'direct-*' --layout nhwc
        bench run --layer conv3_2 --stages --samples 100
        bench run --full --output all.jsonl --resume    every layer; goes on where it was stopped
        bench run --quick --external ./my_kernel        a program of your own beside ours
        bench run --network vgg16 --wisdom wisdom.json  what plans with wisdom choose is marked
      """)

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup var extent: ExtentOptions
  @OptionGroup(title: "External kernels") var external: ExternalOptions
  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup(title: "Records") var records: RecordOptions
  @OptionGroup(title: "Campaigns") var sharding: ShardOptions
  @OptionGroup var debug: DebugOptions
  @OptionGroup var timing: TimeOptions

  @Option(
    parsing: .unconditional,
    help: .init(
      "How many samples of one kernel are taken on one problem. Without --time exactly as many, however long it takes; "
        + "with it, whichever comes first.", valueName: "n"))
  var samples: Int?

  @Option(
    help: .init(
      "What the caches hold before each sample: warm, what the call before left; cold-weights, all but the packed "
        + "weights; or cold, nothing.", valueName: "state"))
  var cache: CacheState = .warm

  @Option(help: .init("A file of choices that bench tune has made, which plans would follow.", valueName: "file"))
  var wisdom: String?

  @Flag(help: "Time the stages (pack, transform, multiply, inverse, epilogue) of kernels that tell them apart, too.")
  var stages = false

  mutating func validate() throws {
    if let samples, !(1...1_000_000 ~= samples) {
      throw ValidationError("--samples is \(samples); expected 1…1000000")
    }
    if stages && selection.threads != 1 {
      throw ValidationError("--stages times single-threaded runs; --threads is \(selection.threads)")
    }
  }

  /// How long one kernel is timed; nil where the number of samples ends it.
  func secondsPerMeasurement(budget: @autoclosure () -> Double) -> Double? {
    timing.time ?? (samples == nil ? budget() : nil)
  }

  func run() throws {
    try debug.exiting { console, cancelled in
      let wisdom = try wisdom.map { path throws(WisdomError) in try Wisdom(contentsOf: path) }
      let run = try RunSession(self, leavesRecord: true, console: console) { options($0, wisdom) }
      return try run.run(cancelled)
    }
  }

  /// How what was selected is run.
  private func options(_ selected: RunSession.Selected, _ wisdom: Wisdom?) -> RunOptions {
    let extent = extent
    let budget = MeasurementBudget(
      scope: selected.usesScope ? extent.scope : nil, isQuick: extent.quick, timesSlowKernels: extent.full)
    return RunOptions(
      seed: selection.seed,
      secondsPerMeasurement: secondsPerMeasurement(
        budget: budget.secondsPerMeasurement(workloads: selected.workloads, kernels: selected.kernels)),
      samplesPerMeasurement: samples, cacheState: cache, timesStages: stages, threads: selection.threads,
      slowLimitSeconds: budget.slowLimitSeconds, wisdom: wisdom)
  }
}

extension CacheState: ExpressibleByArgument {}
