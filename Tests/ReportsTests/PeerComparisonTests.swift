import ConvolutionModel
import Foundation
import Harness
import Measurement
import Testing
import Verification

@testable import Reports

/// Comparisons made from planted samples.
@Suite struct PeerComparisonTests {
  /// A record whose samples waver by one percent to both sides of a time, and with what the machine did in each round.
  private func record(
    _ workload: Workload, _ kernel: String, milliseconds: Double, verdict: Verdict = .passed, rounds: Int = 40,
    noiseFloor: Double? = 0.01, machine: (Int) -> Double = { _ in 1 }
  ) -> BenchmarkRecord {
    var record = SampleRecords.record(workload, kernel, verdict, milliseconds: milliseconds)
    record.samplesNanoseconds = (0..<rounds).map { (round: Int) -> Double in
      // Each kernel wavers in its own way.
      let place = Double(round * (7 + kernel.utf8.count) % 41) / 40
      return milliseconds * 1e6 * (0.99 + 0.02 * place) * machine(round)
    }
    record.sampleRounds = Array(0..<rounds)
    record.noiseFloor = noiseFloor
    record.probeGflops = record.samplesNanoseconds.map { _ in 200 }
    return record
  }

  private func comparison(_ workloads: [Workload], _ records: [BenchmarkRecord]) -> PeerComparison {
    var report = RunReport(workloads: workloads)
    for record in records { report.add(record) }
    return PeerComparison(report)
  }

  @Test(arguments: [(2.0, 1.0, "slower"), (1.0, 2.0, "faster"), (1.0, 1.001, "tie"), (1.0, 0.999, "tie")])
  func outcome(ours: Double, theirs: Double, expected: String) throws {
    let workload = try SampleRecords.workload("a")
    let layer = comparison(
      [workload],
      [
        record(workload, "direct-nhwc-avx2", milliseconds: ours),
        record(workload, "external-fast-nhwc", milliseconds: theirs),
      ]
    ).layers[0]
    #expect(layer.outcome.rawValue == expected)
    let estimate = try #require(layer.estimate)
    #expect(abs(estimate.ratio - theirs / ours) < 0.01)
    #expect(estimate.interval.contains(theirs / ours))
  }

  @Test func aPeerThatFailedIsNeitherBestNorShown() throws {
    let workload = try SampleRecords.workload("a")
    let made = comparison(
      [workload],
      [
        record(workload, "direct-nhwc-avx2", milliseconds: 1),
        record(workload, "external-wrong-nhwc", milliseconds: 0.1, verdict: .failed),
        record(workload, "external-right-nchw", milliseconds: 2),
        record(workload, "external-right-nhwc", milliseconds: 3),
        record(workload, "im2col-openblas-nhwc", milliseconds: 4),
      ])
    let layer = made.layers[0]
    #expect(layer.best?.kernel == "external-right-nchw")
    #expect(layer.ours?.kernel == "direct-nhwc-avx2")
    #expect(made.libraries == ["wrong", "right", "im2col-openblas"])
    let text = PeerTable.layers(made).text()
    #expect(text.contains("failed") && !text.contains("1000.0"))
    #expect(PeerTable.complaints(made) == ["wrong-nhwc failed"])

    let json = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(made)) as? [String: Any])
    let first = try #require((json["layers"] as? [[String: Any]])?.first)
    #expect(first["best"] as? String == "right-nchw")
    #expect((first["interval"] as? [Double])?.count == 2 && first["ratio"] is Double)
    #expect(first["noiseFloor"] as? Double == 0.01 && first["outcome"] as? String == "faster")
    #expect((first["ours"] as? [String: Any])?["kernel"] as? String == "direct-nhwc-avx2")
    let peers = try #require(first["peers"] as? [String: [String: Any]])
    #expect(Set(peers.keys) == ["wrong-nhwc", "right-nchw", "right-nhwc", "im2col-openblas-nhwc"])
    #expect(peers["wrong-nhwc"]?["gflops"] == nil && peers["wrong-nhwc"]?["verdict"] as? String == "failed")
    #expect(first["problem"] as? String == workload.operation.description)
  }

  @Test func meansCountLayersAsOftenAsTheNetworkRunsThem() throws {
    let first = try SampleRecords.workload("a", count: 3)
    let second = try SampleRecords.workload("b", kernel: 1)
    let made = comparison(
      [first, second],
      [
        record(first, "direct-nhwc-avx2", milliseconds: 1), record(first, "external-x-nhwc", milliseconds: 2),
        record(first, "external-y-nhwc", milliseconds: 4),
        record(second, "direct-nhwc-avx2", milliseconds: 1), record(second, "external-x-nhwc", milliseconds: 8),
        record(second, "external-y-nhwc", milliseconds: 0.5),
      ])
    let means = made.means
    #expect(means.map(\.peer) == [nil, "x", "y"])
    // Virtual best: 2, 2, 2 and 0.5; x: 2, 2, 2 and 8; y: 4, 4, 4 and 0.5.
    for (mean, expected) in zip(means, [pow(4.0, 0.25), pow(64, 0.25), pow(32, 0.25)]) {
      #expect(abs(mean.ratio / expected - 1) < 0.01)
      #expect(mean.layers == 2 && mean.allLayers == 2)
    }
    #expect(abs(means[0].timeRatio - 6.5 / 4) < 0.02)
  }

  @Test("Ratios are taken round by round: what slowed whole rounds down is no noise")
  func rounds() throws {
    let workload = try SampleRecords.workload("a")
    func layer(_ machine: @escaping (Int) -> Double) -> PeerComparison.Layer {
      comparison(
        [workload],
        [
          record(workload, "direct-nhwc-avx2", milliseconds: 1, machine: machine),
          record(workload, "external-x-nhwc", milliseconds: 1.1, machine: machine),
        ]
      ).layers[0]
    }
    let (steady, wavering) = (layer { _ in 1 }, layer { $0 % 3 == 0 ? 2 : 1 + Double($0) / 40 })
    #expect(steady.outcome == .faster && wavering.outcome == .faster)
    let estimate = try #require(wavering.estimate)
    #expect(estimate.rounds == 40 && estimate.interval.upperBound - estimate.interval.lowerBound < 0.02)
  }

  @Test("The noise floor is the layer's, a kernel against itself; without it, or with few rounds, nothing is decided")
  func noise() throws {
    let workload = try SampleRecords.workload("a")
    func outcome(_ floor: Double?, rounds: Int = 40) -> PeerComparison.Outcome {
      comparison(
        [workload],
        [
          record(workload, "direct-nhwc-avx2", milliseconds: 1, noiseFloor: floor),
          record(workload, "external-x-nhwc", milliseconds: 1.1, rounds: rounds, noiseFloor: floor),
        ]
      ).layers[0].outcome
    }
    #expect(outcome(0.02) == .faster && outcome(0.15) == .tie)
    #expect(outcome(nil) == .undecided && outcome(0.02, rounds: 4) == .undecided)
  }

  @Test func oneSideAloneIsIncomparable() throws {
    let workload = try SampleRecords.workload("a")
    let made = comparison([workload], [record(workload, "external-x-nhwc", milliseconds: 2)])
    #expect(made.layers[0].outcome == .incomparable && made.means.isEmpty)
    #expect(PeerTable.layers(made).text().contains("none"))
  }

  @Test("Records of several runs are compared by threads and caches, the last of one key counts")
  func ofRecords() throws {
    let workload = try SampleRecords.workload("a")
    func made(_ kernel: String, _ milliseconds: Double, threads: Int = 1, cacheState: String = "warm")
      -> BenchmarkRecord
    {
      var made = record(workload, kernel, milliseconds: milliseconds)
      made.threads = threads
      made.cacheState = cacheState
      return made
    }
    var unreadable = made("direct-nhwc-avx2", 9)
    unreadable.problem = "nonsense"
    let parts = PeerComparison.comparisons(of: [
      made("direct-nhwc-avx2", 5), made("external-fast-nhwc", 2), made("direct-nhwc-avx2", 1), unreadable,
      made("direct-nhwc-avx2", 1, threads: 2), made("external-fast-nhwc", 0.5, threads: 2),
      made("direct-nhwc-avx2", 1, cacheState: "cold"),
    ])
    #expect(parts.map(\.threads) == [1, 2, 1] && parts.map(\.cacheState) == ["warm", "warm", "cold"])
    #expect(parts.allSatisfy { $0.comparison.layers.count == 1 })
    let ratios = parts.map { $0.comparison.layers[0].estimate?.ratio ?? 0 }
    #expect(zip(ratios, [2, 0.5, 0]).allSatisfy { abs($0 - $1) < 0.02 }, "\(ratios)")
  }

  @Test("A report says what the libraries come to, in a table and two pictures, ours of many threads apart")
  func inTheReport() throws {
    let workload = try SampleRecords.workload("a")
    var two = record(workload, "direct-nhwc-avx2", milliseconds: 1)
    two.threads = 2
    let report = Report(
      [
        record(workload, "direct-nhwc-avx2", milliseconds: 1), record(workload, "external-fast-nhwc", milliseconds: 2),
        two,
        // A layer beside which no worker was timed says nothing of them: it's in no mean.
        record(try SampleRecords.workload("b"), "direct-nhwc-avx2", milliseconds: 1),
        record(try SampleRecords.workload("b"), "im2col-openblas-nhwc", milliseconds: 9),
      ], resamples: 100)
    let names = report.figures.map(\.name)
    #expect(names.contains("peers-networks") && names.contains("peers-layers"))
    let layers = try #require(report.figures.first { $0.name == "peers-layers" }).standalone()
    #expect(layers.contains("fast-nhwc against direct-nhwc-avx2: 2.000, faster"))
    let machine = report.data.machines[0]
    #expect(machine.layers.map(\.title) == ["resnet50 a, 1 thread", "resnet50 a, 2 threads", "resnet50 b, 1 thread"])
    #expect(machine.mainLayers.map(\.title) == ["resnet50 a", "resnet50 b"])
    let table = ReportTable.peers(machine.peers[0].comparison, machine.peers[0].conditions)
    #expect(
      table.rows.map { $0.map(\.text) } == [["virtual best: the fastest of each layer", "2.00"], ["fast", "2.00"]])
    let page = report.html()
    #expect(page.contains("Beside other libraries") && page.contains("time ÷ ours, 1 thread"))
  }
}
