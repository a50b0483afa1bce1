import ArgumentParser
import ConvolutionKernels
import ConvolutionModel
import Harness

/// Kernels that other programs compute.
struct ExternalOptions: ParsableArguments {
  @Option(
    help: .init(
      "A program that computes convolutions and speaks the protocol of Documentation/external-kernels.md, with its "
        + "arguments, split as a shell would; repeatable. It is verified and timed beside the kernels that --kernel "
        + "selects; --kernel 'external-*' runs nothing else.", valueName: "command"))
  var external: [String] = []

  @Option(
    parsing: .unconditional,
    help: .init("How long an external kernel may take for one answer.", valueName: "seconds"))
  var externalTimeout: Double = 60

  mutating func validate() throws {
    guard externalTimeout > 0, externalTimeout <= 86_400 else {
      throw ValidationError("--external-timeout is \(externalTimeout); expected more than 0 and at most 86400")
    }
    for command in external {
      do throws(SelectionError) {
        _ = try ExternalCommand(command)
      } catch {
        throw ValidationError("\(error)")
      }
    }
  }

  /// Starts the programs.
  ///
  /// - Throws: ``SelectionError/external(message:)`` where two have the same name.
  func workers() throws(SelectionError) -> [ExternalWorker] {
    var workers: [ExternalWorker] = []
    for text in external {
      let worker = ExternalWorker(try ExternalCommand(text), timeout: externalTimeout)
      if let other = workers.first(where: { $0.name == worker.name }) {
        throw .external(
          message: "--external \(text): its name, \(worker.name), is that of \(other.command.text); expected another")
      }
      workers.append(worker)
    }
    return workers
  }

  /// The chosen kernels and those of the programs. Patterns fit both, but programs take part even when none fits them: who
  /// names one wants it.
  static func kernels(
    _ selection: KernelSelection, _ workers: [ExternalWorker]
  ) throws(SelectionError) -> [any ConvolutionKernel] {
    let foreign = workers.flatMap(\.kernels)
    let chosen = try selection.kernels(among: KernelRegistry.all + foreign)
    let missing = foreign.filter { kernel in
      (selection.layout == nil || kernel.id.layout == selection.layout) && !chosen.contains { $0.id == kernel.id }
    }
    return chosen + missing
  }
}
