import Measurement

/// The measured ceilings of a machine, as `bench machine` prints them.
public enum MachineReportText {
  /// The report in a form. CSV and Markdown hold the rows only.
  ///
  /// - Throws: `EncodingError`, which only a rate that is no number causes.
  public static func rendered(
    _ report: MachineReport, as format: OutputFormat, colour: Bool = false
  ) throws(EncodingError) -> String {
    switch format {
    case .json: return try JSONText.pretty(report)
    case .csv: return table(report).csv()
    case .markdown: return table(report).markdown()
    case .table: break
    }
    var text = "machine: \(RunSummaryText.machine(report.machine))\n\n" + table(report).text(colour: colour)
    if let overhead = report.callOverheadNanoseconds {
      text += "a call that does nothing: \(NumberText.fixed(overhead, decimals: 0)) ns\n"
    }
    if let load = report.load {
      text += "meanwhile: others \(NumberText.percent(load.others)) of the cores, "
      if let core = load.onOwnCore { text += "\(NumberText.percent(core)) of this one, " }
      text += "stolen \(NumberText.percent(load.stolen)), \(load.preemptions) preemptions\n"
    }
    for warning in report.warnings {
      text += (colour ? TextStyle.warning.escaped("warning: " + warning) : "warning: " + warning) + "\n"
    }
    return text
  }

  private static func table(_ report: MachineReport) -> Table {
    var table = Table([
      .init("probe"), .init("isa"), .init("working set", .right, key: "workingSetBytes"), .init("rate", .right),
      .init("unit"), .init("± %", .right, key: "halfIntervalPercent"),
    ])
    for peak in report.peaks {
      let half = (peak.interval.upperBound - peak.interval.lowerBound) / 2 / peak.gflops * 100
      table.append([
        "multiply-add", .init(peak.isa.rawValue), "", .init(NumberText.fixed(peak.gflops, decimals: 1)), "GFLOP/s",
        .init(NumberText.fixed(half, decimals: 1)),
      ])
    }
    table.separate()
    for bandwidth in report.bandwidths {
      table.append([
        .init("\(bandwidth.level) \(bandwidth.access.rawValue)"), .init(bandwidth.isa.rawValue),
        .init(RunSummaryText.bytesText(bandwidth.workingSetBytes)),
        .init(NumberText.fixed(bandwidth.gigabytesPerSecond, decimals: 1)), "GB/s",
      ])
    }
    return table
  }
}
