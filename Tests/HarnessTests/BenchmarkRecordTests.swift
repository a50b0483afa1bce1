import ConvolutionModel
import Foundation
import Measurement
import Testing
import Verification

@testable import Harness

@Suite struct BenchmarkRecordTests {
  private static let machine = MachineIdentity(
    cpuModel: "Some CPU", cores: 4, l1dBytes: 49152, l2Bytes: 1 << 20, l3Bytes: nil, isa: .avx512, os: "Linux 6 x86_64",
    swiftVersion: "6.3", buildConfiguration: .release)

  private static func record() throws -> BenchmarkRecord {
    let error = MeasuredError(
      maxScaled: .infinity, maxAbsolute: .nan, rootMeanSquare: 0.1, batch: 0, channel: 1, row: 2, column: 3, actual: 4,
      expected: 5)
    return BenchmarkRecord(
      date: "2026-01-02T03:04:05Z", commit: "abc", machine: machine, problem: "mb1", network: "vgg16", layer: "conv1",
      kernel: "naive-nhwc", layout: "nhwc", isa: "baseline", threads: 2, verdict: .failed, reason: "wrong",
      error: error, checkedShare: 0.5)
  }

  @Test func survivesJSON() throws {
    var record = try Self.record()
    let read = try JSONDecoder().decode(BenchmarkRecord.self, from: JSONEncoder().encode(record))
    // A NaN differs from itself: the rest must be equal.
    #expect(read.error?.maxScaled == .infinity && read.error?.maxAbsolute.isNaN == true)
    record.error = nil
    record.verdict = .passed
    record.setTimes(
      ContenderSamples(
        samplesNanoseconds: [1500, 2000.125], rounds: [0, 2], probeGflops: [100, 90.5], callsPerSample: 4, dropped: 3),
      operation: ConvolutionOperation(
        try ConvolutionProblem(channels: 4, height: 8, width: 8, filters: 4, kernel: 3, padding: .same), epilogue: .none
      ))
    record.load = BusyMonitor.Load(others: 0.5, stolen: 0.25, onOwnCore: 0.125, preemptions: 3)
    record.stageNanoseconds = ["pack": 12.5]
    record.chosenBy = "wisdom"
    #expect(record.sampleRounds == [0, 2] && record.medianInterval == 1500...2000.125)
    let again = try JSONDecoder().decode(BenchmarkRecord.self, from: JSONEncoder().encode(record))
    #expect(again == record)
  }

  @Test func everyLineHasEveryKey() throws {
    let bare = BenchmarkRecord(
      date: "", commit: "", machine: Self.machine, problem: "", layer: "", kernel: "", layout: "nhwc", isa: "baseline",
      verdict: .unsupported)
    let keys = [
      "schemaVersion", "date", "commit", "machine", "problem", "network", "layer", "count", "kernel", "layout", "isa",
      "implementation", "threads", "seed", "epilogue", "verdict", "reason", "error", "checkedShare",
      "samplesNanoseconds", "probeGflops", "callsPerSample", "droppedSamples", "cacheState", "minNanoseconds",
      "medianNanoseconds", "gflops", "gflopsWithoutPadding", "fractionOfPeak", "planNanoseconds", "workspaceBytes",
      "packedWeightsBytes", "reorderNanoseconds", "warnings", "sampleRounds", "sampling", "medianInterval",
      "noiseFloor",
      "callOverheadNanoseconds",
      "probeIsa", "probeDrift", "load", "stageNanoseconds", "chosenBy",
    ]
    for record in [bare, try Self.record()] {
      let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(record))
      let object = try #require(json as? [String: Any])
      #expect(Set(object.keys) == Set(keys))
      // Nothing that the value has is forgotten in writing.
      #expect(object.count == Mirror(reflecting: record).children.count)
    }
  }

  @Test func timesFollowFromSamples() throws {
    var record = try Self.record()
    // 16 channels in and out, 3×3 on 10×10 with a border: 100·9·256 products, 28·28·256 of them inside.
    let problem = try ConvolutionProblem(
      channels: 16, height: 10, width: 10, filters: 16, kernel: 3, padding: .same)
    record.setTimes(
      ContenderSamples(
        samplesNanoseconds: [4000, 2000, 3000], probeGflops: [100, 80, 120], callsPerSample: 7, dropped: 1),
      operation: ConvolutionOperation(problem, epilogue: .none))
    #expect(record.minNanoseconds == 2000 && record.medianNanoseconds == 3000)
    #expect(record.gflops == 460_800.0 / 3000 && record.gflopsWithoutPadding == 401_408.0 / 3000)
    // The shares of two threads' peak: 0.576, 1.44, 0.64.
    let share = try #require(record.fractionOfPeak)
    #expect(abs(share - 0.64) < 1e-12)
    #expect(record.callsPerSample == 7 && record.droppedSamples == 1)
    record.setTimes(ContenderSamples(), operation: ConvolutionOperation(problem, epilogue: .none))
    #expect(record.samplesNanoseconds.isEmpty && record.medianNanoseconds == nil)
  }

  @Test func recordsOfOneWorkloadCompareRoundByRound() throws {
    let operation = ConvolutionOperation(
      try ConvolutionProblem(channels: 4, height: 8, width: 8, filters: 4, kernel: 3, padding: .same), epilogue: .none)
    func record(_ times: [Double], rounds: [Int], noiseFloor: Double?) throws -> BenchmarkRecord {
      var record = try Self.record()
      record.setTimes(
        ContenderSamples(
          samplesNanoseconds: times, rounds: rounds, probeGflops: times.map { _ in 100 }), operation: operation)
      record.noiseFloor = noiseFloor
      return record
    }
    let fast = try record([10, 20, 30, 40, 50, 60], rounds: [0, 1, 2, 3, 4, 5], noiseFloor: 0.02)
    let close = try record([60.6, 50.5, 40.4, 30.3, 20.2], rounds: [5, 4, 3, 2, 1], noiseFloor: 0.02)
    let slow = try record([11, 22, 33, 44, 55], rounds: [0, 1, 2, 3, 4], noiseFloor: 0.02)
    #expect(abs(try #require(close.ratio(to: fast)).ratio - 1.01) < 1e-9)
    #expect(close.isTie(with: fast) && !slow.isTie(with: fast))
    // What another run measured, as before a resumed one, was not in these rounds, whatever their numbers.
    var elsewhere = slow
    elsewhere.sampling = "other"
    #expect(elsewhere.ratio(to: fast) == nil && !elsewhere.isTie(with: fast))
    let few = try record([11, 22], rounds: [0, 1], noiseFloor: nil)
    #expect(!few.isTie(with: fast) && few.ratio(to: fast)?.rounds == 2)
    #expect(try Self.record().ratio(to: fast) == nil)
  }

  @Test func recordsFromBeforeTheNewKeysAreRead() throws {
    let data = try JSONEncoder().encode(try Self.record())
    var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    for key in [
      "sampleRounds", "sampling", "medianInterval", "noiseFloor", "callOverheadNanoseconds", "probeIsa", "probeDrift",
    ] {
      object[key] = nil
    }
    object["load"] = nil
    object["stageNanoseconds"] = nil
    object["chosenBy"] = nil
    object["error"] = nil
    let old = try JSONDecoder().decode(
      BenchmarkRecord.self, from: try JSONSerialization.data(withJSONObject: object))
    #expect(old.sampleRounds == nil && old.noiseFloor == nil)
  }

  @Test func keysTellRecordsApart() throws {
    let problem = try ConvolutionProblem(channels: 1, height: 4, width: 4, filters: 1, kernel: 3)
    let plain = Workload(network: "n", layer: "l", operation: ConvolutionOperation(problem, epilogue: .none))
    let relu = Workload(
      network: "n", layer: "l", operation: ConvolutionOperation(problem, epilogue: Epilogue(activation: .relu)))
    let id = KernelID(family: "naive", layout: .nhwc)
    let keys = [
      RecordKey(plain, kernel: id, threads: 1, seed: 1), RecordKey(relu, kernel: id, threads: 1, seed: 1),
      RecordKey(plain, kernel: id, threads: 2, seed: 1), RecordKey(plain, kernel: id, threads: 1, seed: 2),
      RecordKey(plain, kernel: KernelID(family: "naive", layout: .nchw), threads: 1, seed: 1),
      RecordKey(Workload(layer: "l", operation: plain.operation), kernel: id, threads: 1, seed: 1),
    ]
    #expect(Set(keys).count == keys.count)
  }

  @Test func epiloguesAreNamed() throws {
    #expect(Epilogue.none.name == "none")
    #expect(Epilogue(bias: true, residual: true, activation: .relu6).name == "bias+residual+relu6")
    let problem = try ConvolutionProblem(channels: 4, height: 4, width: 4, filters: 4, kernel: 3, groups: 4)
    let separable = try ConvolutionOperation(
      problem, epilogue: Epilogue(bias: true, activation: .relu6),
      pointwise: PointwiseStage(outputChannels: 8, epilogue: Epilogue(bias: true)))
    #expect(separable.epilogueName == "bias+relu6 then bias")
  }

  @Test func summariesCountAndRead() {
    var summary = RunSummary(problems: 2, kernels: 3)
    for verdict in [Verdict.passed, .passed, .unsupported, .unavailable] { summary.add(verdict) }
    #expect(!summary.hasFailures)
    #expect(
      summary.description == "2 problems, 3 kernels: 2 passed, 0 failed, 0 mistrusted, 1 unsupported, 1 unavailable")
    var failed = summary
    failed.add(.failed)
    var mistrusted = summary
    mistrusted.add(.mistrusted)
    #expect(failed.hasFailures && mistrusted.hasFailures)
  }

  @Test func revisionIsACommitOrUnknown() {
    let revision = SourceRevision.current
    let commit = revision.hasSuffix("-dirty") ? String(revision.dropLast(6)) : revision
    #expect(commit == "unknown" || (commit.count >= 7 && commit.allSatisfy(\.isHexDigit)))
    #expect(SourceRevision.git(["rev-parse", "HEAD"], in: "/no/such/folder") == nil)
    #expect(SourceRevision.git(["no-such-command"], in: "/") == nil)
  }
}
