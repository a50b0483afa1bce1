import ConvolutionModel
import Foundation
import Harness
import Measurement
import Testing
import Verification

@testable import Reports

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Reports")
struct ReportTests {
  private static let machine = SampleRecords.machine

  private func record(
    _ layer: String, _ kernel: String, milliseconds: Double?, problem: String = "mb1ic64ih56oc64oh56kh3ph1",
    threads: Int = 1, commit: String = "abc1234", date: String = "2026-01-02T03:04:05Z", share: Double? = 0.5,
    error: Double = 1e-6, cpu: String = "Test CPU", host: String? = nil, verdict: Verdict = .passed,
    reason: String? = nil
  ) -> BenchmarkRecord {
    var machine = Self.machine
    machine.cpuModel = cpu
    machine.host = host
    let time = milliseconds.map { $0 * 1e6 }
    let samples = time.map { time in (-3...3).map { time * (1 + Double($0) / 100) } } ?? []
    return BenchmarkRecord(
      date: date, commit: commit, machine: machine, problem: problem, network: "resnet50", layer: layer,
      kernel: kernel, layout: "nhwc", isa: kernel.hasPrefix("im2col-blis") ? "external" : "avx2", threads: threads,
      verdict: verdict, reason: reason,
      error: MeasuredError(
        maxScaled: 0.1, maxAbsolute: error, rootMeanSquare: 0.1, batch: 0, channel: 0, row: 0, column: 0, actual: 1,
        expected: 1),
      checkedShare: 1, samplesNanoseconds: samples, probeGflops: samples.map { _ in 100 }, callsPerSample: 1,
      minNanoseconds: samples.first, medianNanoseconds: time, gflops: time.map { 1e8 / $0 },
      fractionOfPeak: time == nil ? nil : share)
  }

  private func figure(_ report: Report, _ name: String) throws -> String {
    try #require(report.figures.first { $0.name == name }).standalone()
  }

  private func isWellFormed(_ text: String) -> Bool { XMLParser(data: Data(text.utf8)).parse() }

  /// The pictures of a page, which must all be well-formed.
  private func checkPage(_ page: String) {
    let parts = page.components(separatedBy: "<svg ").dropFirst()
    for part in parts {
      guard let end = part.range(of: "</svg>") else {
        Issue.record("a picture has no end")
        continue
      }
      #expect(isWellFormed("<svg " + part[..<end.upperBound]))
    }
    for opening in ["http://", "https://", "<link", "@import", "src="] {
      let rest = page.replacingOccurrences(of: "xmlns=\"http://www.w3.org/2000/svg\"", with: "")
      #expect(!rest.contains(opening), "the page must not need anything else: \(opening)")
    }
    #expect(page.contains("name=\"viewport\"") && page.contains("prefers-color-scheme:dark"))
  }

  @Test("Without records, with failed ones, with one: a page, and no time of what failed")
  func fewRecords() throws {
    let failed = record("conv1", "direct-nhwc-avx2", milliseconds: 77.125, verdict: .failed, reason: "a tap is missing")
    let empty = Report([]).html()
    checkPage(empty)
    #expect(empty.contains("no records to show") && Report([]).figures.isEmpty)
    let page = Report([failed]).html()
    checkPage(page)
    #expect(Report([failed]).figures.isEmpty)
    #expect(page.contains("a tap is missing") && !page.contains("77.1"))
    let one = Report([record("conv1", "direct-nhwc-avx2", milliseconds: 1.25)], resamples: 20)
    checkPage(one.html())
    #expect(one.html().contains("1.250"))
    #expect(
      one.figures.map(\.name) == ["roofline", "heat-map", "layers/resnet50-conv1", "samples/resnet50-conv1"])
  }

  @Test func everythingIsEscaped() {
    let nasty = "<script>alert('x')</script>&\"\u{1B}[31m"
    let records = [
      record(nasty, "direct-nhwc-avx2", milliseconds: 1, cpu: nasty),
      record(nasty, "external-\(nasty)", milliseconds: 2, cpu: nasty, reason: nasty),
      record("conv", "naive-nhwc", milliseconds: nil, commit: nasty, cpu: nasty, verdict: .failed, reason: nasty),
    ]
    let report = Report(records, resamples: 20)
    let page = report.html(title: nasty)
    checkPage(page)
    #expect(!page.contains("<script>alert") && !page.contains("\u{1B}"))
    #expect(page.contains("&lt;script&gt;alert"))
    for figure in report.figures {
      #expect(isWellFormed(figure.standalone()))
      #expect(!figure.name.contains("<") && !figure.name.contains(".."))
    }
  }

  @Test("Hundreds of layers fit, with a file for each picture")
  func manyLayers() throws {
    var records: [BenchmarkRecord] = []
    for layer in 0..<300 {
      let problem = "mb1ic\(8 + layer)ih\(7 + layer % 50)oc64oh\(7 + layer % 50)kh3ph1"
      for (index, kernel) in ["direct-nhwc-avx2", "winograd-f4x3-nhwc-avx2", "external-onednn-nhwc"].enumerated() {
        records.append(
          record("conv\(layer)", kernel, milliseconds: Double(layer + index + 1) / 50, problem: problem))
      }
    }
    let report = Report(records, resamples: 2)
    let names = report.figures.map(\.name)
    #expect(Set(names).count == names.count && names.count > 600)
    #expect(isWellFormed(try figure(report, "roofline")))
    #expect(isWellFormed(try figure(report, "heat-map")))
    let table = ReportTable.summary(report.data.machines[0])
    #expect(table.rows.count == 300)
  }

  @Test func layersOfOneNameAreToldApart() throws {
    let report = Report(
      [
        record("conv", "direct-nhwc-avx2", milliseconds: 1),
        record("conv", "direct-nhwc-avx2", milliseconds: 1, threads: 2),
        record("conv", "direct-nhwc-avx2", milliseconds: 2, problem: "mb1ic64ih28oc64oh28kh3ph1"),
        // The last of one key counts.
        record("conv", "direct-nhwc-avx2", milliseconds: 4),
      ], resamples: 20)
    let layers = report.data.machines[0].layers
    #expect(layers.map(\.title).count == 3 && Set(layers.map(\.title)).count == 3)
    #expect(layers[0].entries.map(\.nanoseconds) == [4e6])
  }

  @Test("Scaling is drawn where records vary")
  func scaling() throws {
    var records: [BenchmarkRecord] = []
    for (threads, time) in [(1, 8.0), (2, 4), (4, 2.5)] {
      records.append(record("conv", "direct-nhwc-avx2", milliseconds: time, threads: threads))
    }
    for (batch, time) in [(2, 15.0), (8, 50)] {
      records.append(
        record("conv", "direct-nhwc-avx2", milliseconds: time, problem: "mb\(batch)ic64ih56oc64oh56kh3ph1"))
    }
    records.append(record("conv", "direct-nhwc-avx2", milliseconds: 2, problem: "mb1ic64ih28oc64oh28kh3ph1"))
    let report = Report(records, resamples: 20)
    #expect(try figure(report, "scaling-threads").contains("direct-nhwc-avx2, 4 threads: 3.20 ×"))
    #expect(try figure(report, "scaling-batch").contains("direct-nhwc-avx2, 8 images in a batch: 1.28 ×"))
    #expect(try figure(report, "scaling-size").contains("64→64 k3, direct-nhwc-avx2"))
    let constant = Report([records[0]], resamples: 20)
    #expect(!constant.figures.contains { $0.name.hasPrefix("scaling") })
  }

  @Test("History follows what consecutive commits share, by share of peak")
  func history() throws {
    let records = [
      record("a", "direct-nhwc-avx2", milliseconds: 1, commit: "c1", date: "2026-01-01T00:00:00Z", share: 0.4),
      record("a", "direct-nhwc-avx2", milliseconds: 9, commit: "c2", date: "2026-01-02T00:00:00Z", share: 0.6),
      record("b", "direct-nhwc-avx2", milliseconds: 9, commit: "c2", date: "2026-01-02T00:00:00Z", share: 0.3),
      record("b", "direct-nhwc-avx2", milliseconds: 9, commit: "c3", date: "2026-01-03T00:00:00Z", share: 0.6),
    ]
    let report = Report(records.reversed(), resamples: 20)
    #expect(report.data.machines[0].commits == ["c1", "c2", "c3"])
    #expect(report.data.machines[0].layers.map(\.group.layer) == ["b"])
    let history = try figure(report, "history")
    #expect(history.contains("direct, c2: 1.500 ×") && history.contains("direct, c3: 3.000 ×"))
  }

  @Test func machinesAreCompared() throws {
    let report = Report(
      [
        record("a", "direct-nhwc-avx2", milliseconds: 1),
        record("a", "direct-nhwc-avx2", milliseconds: 2, cpu: "Other"),
        record("b", "direct-nhwc-avx2", milliseconds: 2, cpu: "Other"),
      ], resamples: 20)
    let picture = try figure(report, "machines")
    #expect(picture.contains("Other, 2 cores, avx2") && picture.contains("Test CPU, 2 cores, avx2"))
    #expect(report.figures.contains { $0.name == "machine2-roofline" })
    checkPage(report.html())
  }

  @Test("Hosts of one kind are told apart where they measured the same; as shards, they are one machine")
  func hosts() throws {
    let one = record("a", "direct-nhwc-avx2", milliseconds: 1, host: "one")
    let apart = Report([one, record("a", "direct-nhwc-avx2", milliseconds: 2, host: "two")], resamples: 20)
    let picture = try figure(apart, "machines")
    #expect(picture.contains("Test CPU, 2 cores, avx2, one") && picture.contains("Test CPU, 2 cores, avx2, two"))
    for other in [
      record("b", "direct-nhwc-avx2", milliseconds: 2, host: "two"),
      record("a", "direct-nhwc-avx2", milliseconds: 2, commit: "def5678", host: "two"),
      record("a", "direct-nhwc-avx2", milliseconds: 2),
    ] { #expect(!Report([one, other], resamples: 20).figures.contains { $0.name == "machines" }) }
  }

  @Test("The roofline has ceilings of memory only where they were measured")
  func ceilings() throws {
    let records = [record("a", "depthwise-nhwc-avx2", milliseconds: 1, problem: "g64mb1ic64ih56oc64oh56kh3ph1")]
    #expect(try figure(Report(records, resamples: 20), "roofline").contains("bandwidths"))
    let ceilings = MachineCeilings(
      machine: Self.machine,
      bandwidths: [
        .init(level: "memory", access: "copy", gigabytesPerSecond: 99),
        .init(level: "memory", access: "read", gigabytesPerSecond: 12),
      ])
    let roofline = try figure(Report(records, ceilings: [ceilings], resamples: 20), "roofline")
    #expect(roofline.contains("memory 12 GB/s") && !roofline.contains("bandwidths"))
    #expect(roofline.contains("multiply-add peak: 100 GFLOP/s"))
  }

  @Test func paretoFront() {
    let front = ParetoFront([(1, 9), (2, 5), (2, 4), (3, 6), (5, 1), (0.5, 20)])
    #expect(front.members == [5, 0, 2, 4])
    #expect(front.steps.map(\.x) == [0.5, 1, 1, 2, 2, 5, 5])
    #expect(front.steps.map(\.y) == [20, 20, 9, 9, 4, 4, 1])
    #expect(ParetoFront([]).members.isEmpty)
  }

  @Test func tiesAreSaid() throws {
    let near = [
      record("a", "direct-nhwc-avx2", milliseconds: 1), record("a", "im2col-blis-nhwc", milliseconds: 1.005),
      record("b", "direct-nhwc-avx2", milliseconds: 1), record("b", "external-onednn-nhwc", milliseconds: 3),
    ]
    let rows = ReportTable.summary(Report(near, resamples: 100).data.machines[0]).rows
    #expect(rows[0].contains { $0.text == "1.00 (tie)" || $0.text == "1.01 (tie)" })
    #expect(rows[1].contains { $0.text == "3.00" && $0.style == "number good" })
  }

  @Test func filesAreReadAndWritten() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let path = directory.appending(path: "a.jsonl").path
    let identity = try JSONText.line(Self.machine)
    let bandwidths = """
      {"machine":\(identity),"bandwidths":[{"level":"L1","access":"read","gigabytesPerSecond":100}],"peaks":[]}
      """
    let good = try JSONText.line(record("a", "direct-nhwc-avx2", milliseconds: 1))
    let newer = good.replacing("\"schemaVersion\":1", with: "\"schemaVersion\":99")
    try Data("\(good)\n\(bandwidths)\n\(newer)\nrubbish\n".utf8).write(to: URL(fileURLWithPath: path))
    var input = ReportInput()
    try input.read(path)
    #expect(input.records.count == 1 && input.ceilings.count == 1)
    #expect(input.broken.map(\.line) == [3, 4])
    #expect(input.broken[0].reason.contains("99 is newer"))
    #expect(throws: RecordFileError.self) { try input.read(directory.appending(path: "missing").path) }

    let report = Report(input.records, ceilings: input.ceilings, resamples: 20)
    let (page, pictures) = try ReportFiles.write(report, to: directory.path + "/out/", title: "T")
    #expect(page.hasSuffix("/out/index.html") && pictures.count == report.figures.count)
    for picture in pictures { #expect(isWellFormed(try String(contentsOfFile: picture, encoding: .utf8))) }
    let single = try ReportFiles.write(report, to: directory.path + "/x/one.HTML", title: "T")
    #expect(single.pictures.isEmpty && FileManager.default.fileExists(atPath: single.page))
    #expect(throws: RecordFileError.self) { try ReportFiles.write(report, to: path + "/no.html", title: "T") }
  }
}
