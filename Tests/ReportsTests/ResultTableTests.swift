import ConvolutionModel
import Harness
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
      kernel         verdict           ms  GFLOP/s  % of peak  note
      -------------  ----------  --------  -------  ---------  -------------
      winograd-nhwc  passed        0.2500    400.0       50.0  best
      direct-nhwc    passed        0.5000    200.0       25.0
      broken-nhwc    failed                                    output is NaN
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
        line == "| resnet50 | conv2_1/conv2 | 64×56×56→64 k3 p1 | broken-nhwc | failed |  |  |  | output is NaN |")
    }
    #expect(groups[0].best?.kernel == "winograd-nhwc")
  }

  @Test func summary() throws {
    let expected = """
      layer                   count  best kernel        ms  GFLOP/s  % of peak
      ----------------------  -----  -------------  ------  -------  ---------
      resnet50 conv2_1/conv2      3  winograd-nhwc  0.2500    400.0       50.0
      resnet50 conv2_1/conv3      1  direct-nhwc    0.1000   1000.0       12.5
      geometric mean of the winners' shares of the FMA peak: 25.0 %

      machine: Test CPU, 2 cores, L1d 48 KiB, L2 2 MiB, avx2, Linux 6, Swift 6.3, release build; commit abc1234
      warning: not pinned

      """
    #expect(RunSummaryText.text(try report(), colour: false) == expected)
  }

  @Test("Warnings that differ in their numbers are one")
  func warnings() throws {
    let workload = try SampleRecords.workload("a")
    let records = [["40 % busy", "debug build"], [], ["7 % busy"], ["100 % busy"]].map {
      SampleRecords.record(workload, "k", warnings: $0)
    }
    #expect(RunSummaryText.warnings(records) == ["40 % busy (and 2 more like it)", "debug build"])
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
