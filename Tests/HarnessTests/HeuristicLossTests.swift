import Convolution
import ConvolutionModel
import Measurement
import Testing
import Verification

@testable import Harness

struct HeuristicLossTests {
  private static let machine = MachineIdentity(
    cpuModel: "Test CPU", cores: 2, l1dBytes: 48 << 10, l2Bytes: 1 << 20, l3Bytes: 32 << 20, isa: .avx512,
    os: "Linux 6",
    swiftVersion: "6.3", buildConfiguration: .release)

  private static func record(
    _ kernel: String, _ samples: [Double], problem: String = "mb1ic256ih28oc64kh1ph0", cacheState: String = "warm",
    verdict: Verdict = .passed
  ) -> BenchmarkRecord {
    BenchmarkRecord(
      date: "2026-01-02T03:04:05Z", commit: "abc1234", machine: machine, problem: problem, layer: "layer",
      kernel: kernel, layout: "nhwc", isa: "avx512", verdict: verdict, samplesNanoseconds: samples,
      cacheState: cacheState, medianNanoseconds: Statistics.median(samples), sampleRounds: Array(samples.indices),
      sampling: "1", noiseFloor: 0.02)
  }

  private static let even = [Double](repeating: 1000, count: 9)

  @Test func lossesAreTakenRoundByRound() throws {
    // Direct is what the model picks for a pointwise layer; the second is 10 % faster in each round.
    let drifting = (0..<9).map { 1000 + 100 * Double($0) }
    let loss = try #require(
      HeuristicLoss([
        Self.record("direct-nhwc-avx512", drifting),
        Self.record("im2col-own-nhwc-avx512", drifting.map { $0 / 1.1 }),
        // Neither counts: another instruction set, and one that is wrong.
        Self.record("direct-nhwc-avx2", Self.even.map { $0 / 10 }),
        Self.record("winograd-f2x3-nhwc-avx512", Self.even.map { $0 / 10 }, verdict: .failed),
      ]))
    #expect(loss.heuristic.kernel == "direct-nhwc-avx512" && loss.best.kernel == "im2col-own-nhwc-avx512")
    #expect(abs(loss.ratio - 1.1) < 1e-9 && loss.standing == .larger)
  }

  @Test func theBestLosesNothing() throws {
    let loss = try #require(
      HeuristicLoss([
        Self.record("im2col-own-nhwc-avx512", Self.even.map { $0 * 2 }), Self.record("direct-nhwc-avx512", Self.even),
      ]))
    #expect(loss.ratio == 1 && loss.standing == .tie && loss.estimate == nil)
  }

  @Test func layersAreSummedUp() throws {
    let other = "mb1ic64ih28oc64kh1ph0"
    let losses = HeuristicLoss.all(of: [
      Self.record("direct-nhwc-avx512", Self.even.map { $0 * 1.21 }), Self.record("im2col-own-nhwc-avx512", Self.even),
      Self.record("direct-nhwc-avx512", Self.even, problem: other),
      // The same layer with cold weights is one of its own; without times there's none.
      Self.record("direct-nhwc-avx512", Self.even, cacheState: "cold-weights"),
      Self.record("direct-nhwc-avx512", [], problem: "mb1ic8ih28oc64kh1ph0"),
      Self.record("direct-nhwc-avx512", Self.even, problem: "nonsense"),
    ])
    #expect(losses.map(\.ratio) == [1.21, 1, 1])
    let summary = try #require(HeuristicLossSummary(losses))
    #expect(summary.layers == 3 && abs(summary.worst - 0.21) < 1e-9)
    #expect(abs(summary.mean - 0.0656) < 1e-4)
    #expect(HeuristicLossSummary([]) == nil)
  }

  @Test func kernelNamesAreReadAsTheyAreWritten() {
    for name in ["naive-nchw", "direct-nhwc-avx512", "im2col-openblas-nchw", "winograd-f4x3-nhwc-avx2"] {
      #expect(KernelID(name)?.description == name)
    }
    for name in ["", "nhwc", "direct", "direct-avx512", "a-b-c-nhwc", "-nhwc", "direct--nhwc"] {
      #expect(KernelID(name) == nil)
    }
  }

  @Test func tuningKeepsAChoiceForEachLayout() throws {
    let problem = try ConvolutionProblem(channels: 8, height: 6, width: 6, filters: 8, kernel: 3, padding: .same)
    let workload = Workload(
      network: nil, layer: "small", count: 1, operation: ConvolutionOperation(problem, epilogue: .none))
    let options = RunOptions(secondsPerMeasurement: 0.002, guardPages: false, commit: "test")
    var kept = Wisdom()
    var losses: [HeuristicLoss] = []
    try Tuner(workloads: [workload], layouts: [.nhwc, .nchw], accuracy: .sum, options: options)
      .run { _, loss, learned in
        losses.append(loss)
        kept.merge(learned)
      }
    #expect(losses.map(\.best.layout) == ["nhwc", "nchw"])
    for (layout, loss) in zip([TensorLayout.nhwc, .nchw], losses) {
      let entry = kept[Wisdom.Key(workload.operation, layout: layout, accuracy: .sum)]
      // What isn't clearly better isn't kept.
      #expect(entry?.kernel == (loss.standing == .larger ? loss.best.kernel : loss.heuristic.kernel))
      #expect(entry?.kernel.hasPrefix("winograd") == false && (entry?.nanoseconds ?? 0) > 0)
    }
  }
}
