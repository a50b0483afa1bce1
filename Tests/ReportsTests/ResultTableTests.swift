import ConvolutionModel
import Foundation
import Harness
import Measurement
import Reports
import Testing
import Verification

@Suite("Results of a run")
struct ResultTableTests {
  private func report() throws -> RunReport {
    let first = try SampleRecords.workload("conv2_1/conv2", count: 3)
    let second = try SampleRecords.workload("conv2_1/conv3", kernel: 1)
    var report = RunReport(workloads: [first, second])
    report.add(SampleRecords.record(first, "direct-nhwc", milliseconds: 0.5, share: 0.25))
    report.add(SampleRecords.record(first, "winograd-nhwc", milliseconds: 0.25, share: 0.5))
    // A wrong kernel with a time, as a broken runner might leave it: the fastest of all.
    report.add(SampleRecords.record(first, "broken-nhwc", .failed, milliseconds: 0.01, reason: "output is NaN"))
    report.add(SampleRecords.record(first, "depthwise-nhwc", .unsupported, reason: "groups is 1"))
    report.add(SampleRecords.record(first, "depthwise-nchw", .unsupported, reason: "groups is 1"))
    report.skip(first, kernel: KernelID(family: "naive", layout: .nhwc), reason: "it takes 3 s a run")
    report.add(
      SampleRecords.record(second, "direct-nhwc", milliseconds: 0.1, share: 0.125, warnings: ["not pinned"]))
    return report
  }

  @Test("Fastest first; no time beside a failed verdict; what wasn't run in a line a reason")
  func text() throws {
    let expected = """
      resnet50 conv2_1/conv2  ×3  64×56×56→64 k3 p1  none  115.6 M multiply-adds
      kernel         verdict           ms  ± %  GFLOP/s  % of peak  note
      -------------  ----------  --------  ---  -------  ---------  -------------
      winograd-nhwc  passed        0.2500         400.0       50.0  best
      direct-nhwc    passed        0.5000         200.0       25.0
      broken-nhwc    failed                                         output is NaN
      depthwise-nhwc, depthwise-nchw unsupported: groups is 1
      naive-nhwc not timed: it takes 3 s a run


      """
    #expect(ResultTable(showsTimes: true).text(try report().groups[0], colour: false) == expected)
  }

  @Test("A verification shows errors instead of times")
  func verification() throws {
    let text = ResultTable(showsTimes: false, kernelWidth: 16).text(try report().groups[1], colour: false)
    let expected = """
      resnet50 conv2_1/conv3  64×56×56→64 k1  none  12.85 M multiply-adds
      kernel            verdict        error  checked  note
      ----------------  ----------  --------  -------  ----
      direct-nhwc       passed         0.125   25.0 %  best


      """
    #expect(text == expected)
  }

  @Test("A failed result's time reaches no form that is printed")
  func noTimeWithoutVerdict() throws {
    let groups = try report().groups
    let table = ResultTable(showsTimes: true)
    let csv = RecordTable.table(groups.flatMap(\.records)).csv()
    let fields = csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let columns = ["minNanoseconds", "medianNanoseconds", "gflops", "fractionOfPeak"].map { name in
      fields[0].firstIndex { $0 == name }!
    }
    for row in fields.dropFirst() {
      let hasTime = columns.map { !row[$0].isEmpty }
      let isPassed = row[fields[0].firstIndex { $0 == "verdict" }!] == "passed"
      #expect(hasTime == Array(repeating: isPassed, count: columns.count), "\(row)")
    }
    for line in table.table(groups).markdown().split(separator: "\n") where line.contains("broken") {
      #expect(
        line == "| resnet50 | conv2_1/conv2 | 64×56×56→64 k3 p1 | broken-nhwc | failed |  |  |  |  | output is NaN |")
    }
    #expect(groups[0].best?.kernel == "winograd-nhwc")
  }

  @Test func summary() throws {
    let expected = """
      layer                   count  best kernel        ms  GFLOP/s  % of peak  next / best  next kernel  noise
      ----------------------  -----  -------------  ------  -------  ---------  -----------  -----------  -----
      resnet50 conv2_1/conv2      3  winograd-nhwc  0.2500    400.0       50.0               direct-nhwc
      resnet50 conv2_1/conv3      1  direct-nhwc    0.1000   1000.0       12.5
      geometric mean of the winners' shares of the FMA peak: 25.0 %

      machine: Test CPU, 2 cores, L1d 48 KiB, L2 2 MiB, avx2, Linux 6, Swift 6.3, release build; commit abc1234
      warning: not pinned

      """
    #expect(RunSummaryText.text(try report(), colour: false) == expected)
  }

  @Test("A winner within the noise is a tie, and the noise stands beside it")
  func ties() throws {
    let workload = try SampleRecords.workload("a")
    func record(_ kernel: String, _ milliseconds: Double) -> BenchmarkRecord {
      var record = SampleRecords.record(workload, kernel, milliseconds: milliseconds)
      record.samplesNanoseconds = [Double](repeating: milliseconds * 1e6, count: 6)
      record.probeGflops = [200, 200, 200, 190, 190, 190]
      record.sampleRounds = Array(0..<6)
      record.medianInterval = milliseconds * 0.99e6...milliseconds * 1.01e6
      record.noiseFloor = 0.015
      record.probeIsa = "avx2"
      record.callOverheadNanoseconds = 42
      record.stageNanoseconds = ["multiply": 75_000, "pack": 25_000]
      record.chosenBy = kernel == "winograd-nhwc" ? "wisdom" : nil
      return record
    }
    var report = RunReport(workloads: [workload])
    for (kernel, time) in [("direct-nhwc", 0.1), ("winograd-nhwc", 0.101), ("im2col-nhwc", 0.2)] {
      report.add(record(kernel, time))
    }
    let table = ResultTable(showsTimes: true).text(report.groups[0], colour: false)
    let lines = table.split(separator: "\n")
    #expect(
      lines.first { $0.hasPrefix("winograd-nhwc") }?.hasSuffix("a tie with the best, the library's choice by wisdom")
        == true, "\(table)")
    #expect(lines.first { $0.hasPrefix("im2col-nhwc") }?.contains("tie") == false)
    #expect(lines.first { $0.hasPrefix("direct-nhwc") }?.contains(" 1.0 ") == true)
    #expect(lines.contains("stages of direct-nhwc: pack 0.0250 ms (25 %), multiply 0.0750 ms (75 %)"))
    let summary = RunSummaryText.text(report, colour: false)
    for text in [
      "1.01 [1.01, 1.01]", "winograd-nhwc: a tie", "±1.5 %", "a call that does nothing takes 42 ns",
      "FMA peak of a core over the run: avx2 195–195 GFLOP/s", "median ±1.5 %, worst ±1.5 %",
    ] { #expect(summary.contains(text), "\(text) in \(summary)") }
    #expect(!summary.contains("caches:"))
  }

  @Test("Ranges of a warning's numbers, position by position")
  func warningRanges() throws {
    let workload = try SampleRecords.workload("a")
    let texts = ["3 of 5 cores", "1 of 9 cores", "x 99999999999999999999", "x 88888888888888888888"]
    let records = texts.map { SampleRecords.record(workload, "k", warnings: [$0]) }
    #expect(
      RunSummaryText.warnings(records)
        == ["1–3 of 5–9 cores (2 of 4 records)", "x 99999999999999999999", "x 88888888888888888888"])
  }

  @Test("Warnings that differ in their numbers are one")
  func warnings() throws {
    let workload = try SampleRecords.workload("a")
    let records = [["40 % busy", "debug build"], [], ["7 % busy"], ["100 % busy"]].map {
      SampleRecords.record(workload, "k", warnings: $0)
    }
    #expect(RunSummaryText.warnings(records) == ["7–100 % busy (3 of 4 records)", "debug build"])
  }

  @Test("The machine's ceilings in every form", arguments: OutputFormat.allCases)
  func machineReport(format: OutputFormat) throws {
    let report = MachineReport(
      machine: SampleRecords.machine, peaks: [.init(isa: .avx2, gflops: 100, interval: 99...101)],
      bandwidths: [.init(level: "L2", access: .copy, isa: .avx2, workingSetBytes: 1 << 20, gigabytesPerSecond: 50.25)],
      callOverheadNanoseconds: 40,
      load: BusyMonitor.Load(others: 0.5, stolen: 0, onOwnCore: 0.25, preemptions: 2), warnings: ["not pinned"])
    let text = try MachineReportText.rendered(report, as: format)
    #expect(text.contains("avx2") && text.contains("50.2"))
    #expect(text.contains("warning: not pinned") == (format == .table))
    #expect(text.contains("2 preemptions") == (format == .table))
    #expect(!text.contains("\u{1B}"))
    if format == .json {
      #expect(try JSONDecoder().decode(MachineReport.self, from: Data(text.utf8)) == report)
    }
  }

  @Test func nothingMeasured() throws {
    let empty = RunReport(workloads: [try SampleRecords.workload("a")])
    #expect(RunSummaryText.text(empty, colour: false) == "")
    #expect(RunSummaryText.geometricMeanShare(empty.groups) == nil)
    #expect(ResultTable(showsTimes: true).text(empty.groups[0], colour: true) == "")
  }

  @Test("Records go to their workload; those of other runs nowhere")
  func otherRecords() throws {
    var report = RunReport(workloads: [try SampleRecords.workload("a")])
    #expect(!report.add(SampleRecords.record(try SampleRecords.workload("b"), "direct-nhwc", milliseconds: 1)))
    #expect(report.add(SampleRecords.record(try SampleRecords.workload("a"), "direct-nhwc", milliseconds: 1)))
    #expect(report.records.count == 1)
  }

  @Test("Escape sequences in names don't reach the terminal")
  func controlCharacters() throws {
    let workload = try SampleRecords.workload("evil\u{1B}[2J")
    var report = RunReport(workloads: [workload])
    report.add(SampleRecords.record(workload, "k", .unsupported, reason: "no\u{7}"))
    let text = ResultTable(showsTimes: true).text(report.groups[0], colour: false)
    #expect(text.contains("evil\\u{1b}[2J") && !text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
  }

  @Test("A record survives its file")
  func roundTrip() throws {
    let record = SampleRecords.record(try SampleRecords.workload("a"), "direct-nhwc", milliseconds: 0.1)
    let line = try JSONText.line(record)
    #expect(!line.contains("\n"))
    for key in ["schemaVersion", "samplesNanoseconds", "probeGflops", "fractionOfPeak", "verdict"] {
      #expect(line.contains("\"\(key)\":"))
    }
  }
}
