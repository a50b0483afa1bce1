import ArgumentParser
import Harness
import Measurement
import Reports

/// `bench machine`.
struct MachineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "machine",
    abstract: "Measure what the machine can do: multiply-adds of each instruction set, bandwidth of each memory level.",
    discussion: """
      Everything on one core. Multiply-adds stay in registers; bandwidth is that of reading, and of copying, where bytes \
      read and bytes written both count. These are the ceilings of a roofline.

      EXAMPLES
        bench machine
        bench machine --format json >machine.json       bench report takes it beside the records
      """)

  @OptionGroup(title: "Output") var format: FormatOptions
  @OptionGroup var debug: DebugOptions

  func run() throws {
    try debug.exiting { console, cancelled in
      var report = MachineReport.measure(isCancelled: { cancelled.isCancelled })
      if !cancelled.isCancelled { report.callOverheadNanoseconds = EmptyCall.overheadNanoseconds() }
      return try show(report, wasCancelled: cancelled.isCancelled, console: console)
    }
  }

  /// Prints a report, also one that was broken off.
  func show(_ report: MachineReport, wasCancelled: Bool, console: Console) throws -> Outcome {
    console.write(try MachineReportText.rendered(report, as: format.format, colour: console.hasColour))
    if wasCancelled {
      console.note("interrupted")
      return .interrupted
    }
    return .success
  }
}
