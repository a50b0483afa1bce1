import ArgumentParser
import Harness
import Networks
import Reports

/// `bench list`.
struct ListCommand: ParsableCommand {
  /// What can be listed.
  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case kernels, networks, layers
  }

  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List kernels, networks or layers.",
    discussion: """
      Kernels that this machine can't run are listed with the reason, and of every kernel all instruction sets unless --isa \
      says otherwise. Layers are those that run would take with the same selectors, and without any those of every network.

      EXAMPLES
        bench list kernels --isa avx2                   what there is, and why some of it isn't available here
        bench list networks
        bench list layers --network resnet50 --layer 'conv2_*' --format json
      """)

  @Argument(help: "What to list: kernels, networks or layers.")
  var subject: Subject

  @OptionGroup(title: "Selection") var selection: SelectionOptions
  @OptionGroup(title: "Output") var format: FormatOptions

  func run() throws {
    let console = Console.standard
    try console.exiting {
      console.write(try rendered(colour: console.hasColour))
      return .success
    }
  }

  /// The list.
  func rendered(colour: Bool) throws -> String {
    switch subject {
    case .kernels:
      var kernels = selection.kernelSelection
      if kernels.isa == .highest { kernels.isa = .all }
      return try KernelList.rendered(kernels.kernels(), as: format.format, colour: colour)
    case .networks:
      let ids = selection.networkIDs
      let networks = try ids.isEmpty ? Network.all : ids.map { try Network.named($0) }
      return try NetworkList.rendered(networks, as: format.format)
    case .layers:
      var workloads = try selection.workloadSelection(.full)
      if workloads.usesScope { workloads.networks = Network.all.map(\.id) }
      let (selected, refused) = try workloads.workloads()
      for line in refused { Console.standard.note("\(line.isOutOfScope ? "note" : "error"): \(line)") }
      return try LayerList.rendered(selected, as: format.format)
    }
  }
}
