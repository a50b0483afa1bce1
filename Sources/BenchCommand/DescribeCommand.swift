import ArgumentParser
import Networks
import Reports

/// `bench describe`.
struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Describe a network layer by layer: output shape, parameters, multiply-adds, receptive field.",
    discussion: """
      EXAMPLES
        bench describe resnet50
        bench describe mobilenetv2 --format markdown
      """)

  @Argument(help: .init("The network's id. See: bench list networks.", valueName: "network"))
  var network: String

  @OptionGroup(title: "Output") var format: FormatOptions

  mutating func validate() throws {
    do throws(NetworkError) {
      _ = try Network.named(network)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  func run() throws {
    let console = Console.standard
    try console.exiting {
      console.write(try NetworkDescription(Network.named(network)).rendered(as: format.format))
      return .success
    }
  }
}
