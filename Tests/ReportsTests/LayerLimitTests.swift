import ConvolutionModel
import Harness
import Testing
import Verification

@testable import Reports

@Suite("Layers beside their bounds")
struct LayerLimitTests {
  static let ceilings = MachineCeilings(
    machine: SampleRecords.machine,
    bandwidths: [
      .init(level: "L2", access: "read", gigabytesPerSecond: 100),
      .init(level: "memory", access: "read", gigabytesPerSecond: 32),
    ])

  /// A bound of 1000 ns of products and 200 ns of transforms, with 300 ns of data behind it.
  private func losses(
    _ nanoseconds: Double, vectorShare: Double = 1, stages: [String: Double] = [:], call: Double = 0,
    sumLength: Int? = nil
  ) throws -> [String] {
    let rates = MachineRates(
      multiplyAdds: 36, levels: [.init(name: "L2", bytes: nil, read: 100, write: 100)])
    // 1×1, 16 to 16 channels of 12×12: 36864 products, 18432 bytes of tensors and 1024 of weights.
    let id = try #require(KernelID("direct-nhwc-avx512"))
    let operation = try ProblemLine.parse("mb1ic16ih12oc16kh1ph0").operation()
    let bound = try #require(LayerBound(operation, kernel: id, rates: rates))
    #expect(bound.nanoseconds == 1024)
    return LayerLimit.losses(
      bound: bound, nanoseconds: nanoseconds, vectorShare: vectorShare, stages: stages, callNanoseconds: call,
      sumLength: sumLength
    ).map { "\($0.name) \(NumberText.fixed($0.share * 100, decimals: 1))" }
  }

  @Test("No cause accounts for more than there is beyond the bound; the largest come first, and what is left is named")
  func rest() throws {
    #expect(try losses(1024) == [])
    #expect(try losses(1030) == [])
    // 194.56 ns from L2: behind the bound it costs no more than 102.
    #expect(try losses(1126.4) == ["L2 not hidden ≤ 9.1"])
    #expect(
      try losses(2048, vectorShare: 0.8, call: 100, sumLength: 16) == [
        "unused lanes 12.5", "L2 not hidden ≤ 9.5", "calling a plan 4.9",
        "tiles' beginnings and ends, sums of 16 23.1",
      ])
    #expect(
      try losses(2048, stages: ["pack": 400, "multiply": 1400, "epilogue": 200])
        == ["laying out the input 20.0", "epilogue of its own 10.0", "L2 not hidden ≤ 9.5", "not told apart 10.5"])
  }

  @Test("Of every layer the fastest verified kernel of ours, warm and on as many threads as asked for")
  func fastest() throws {
    let layer = try SampleRecords.workload("a")
    let other = try SampleRecords.workload("b", kernel: 1)
    var cold = SampleRecords.record(layer, "direct-nhwc-avx512", milliseconds: 0.1)
    cold.cacheState = "cold"
    let records = [
      SampleRecords.record(layer, "direct-nhwc-avx2", milliseconds: 2),
      SampleRecords.record(layer, "winograd-f2x3-nhwc-avx2", milliseconds: 1),
      SampleRecords.record(layer, "external-fast-nhwc", milliseconds: 0.5),
      SampleRecords.record(layer, "winograd-f6x3-nhwc-avx2", .failed, milliseconds: 0.2), cold,
      SampleRecords.record(other, "direct-nhwc-avx2", milliseconds: 0.25),
    ]
    let limits = LayerLimit.all(of: records, ceilings: Self.ceilings)
    #expect(limits.map(\.kernel) == ["winograd-f2x3-nhwc-avx2", "direct-nhwc-avx2"])
    // 56·56·64·64 products at 100 a nanosecond.
    #expect(limits[1].boundBy == "multiply-adds" && abs(limits[1].share - 128_450.56 / 250_000) < 1e-9)
    #expect(LayerLimit.all(of: records, ceilings: Self.ceilings, threads: 2).isEmpty)
    let markdown = LimitsTable.table(limits, as: .markdown).markdown().split(separator: "\n")
    #expect(markdown.count == 4 && markdown[3].contains("| direct-nhwc-avx2 | 0.2500 | 0.1285 | multiply-adds | 51 |"))
    let csv = LimitsTable.table(limits, as: .csv).csv().split(separator: "\n")
    #expect(csv[0] == "layer,problem,kernel,nanoseconds,boundNanoseconds,boundBy,share,rest")
    #expect(csv[2].contains(",250000.0,128450.56,multiply-adds,"))
    #expect(LimitsTable.summary(limits)?.hasPrefix("2 layers at ") == true)
    #expect(LimitsTable.summary([]) == nil)
  }

  @Test("Lanes: output channels in NHWC, pixels in NCHW, of a depthwise layer the rows'")
  func lanes() throws {
    func share(_ line: String, _ kernel: String) throws -> Double {
      let id = try #require(KernelID(kernel))
      return LayerLimit.vectorShare(try ProblemLine.parse(line).operation().problem, id, lanes: 16)
    }
    #expect(try share("mb1ic8ih7oc24kh1ph0", "direct-nhwc-avx512") == 0.75)
    #expect(try share("mb1ic8ih7oc24kh1ph0", "direct-nchw-avx512") == 49.0 / 64)
    #expect(try share("g24mb1ic24ih7oc24kh3ph1", "depthwise-nhwc-avx512") == 0.75)
    #expect(try share("g24mb1ic24ih7oc24kh3ph1", "depthwise-nchw-avx512") == 7.0 / 16)
  }
}

@Suite("Sweeps")
struct SizeSweepTests {
  private func record(_ line: String, _ kernel: String, share: Double) throws -> BenchmarkRecord {
    let workload = Workload(network: nil, layer: line, count: 1, operation: try ProblemLine.parse(line).operation())
    return SampleRecords.record(workload, kernel, milliseconds: 1, share: share)
  }

  @Test("The median, the worst and the cliffs of what the library would pick")
  func cliffs() throws {
    var records: [BenchmarkRecord] = []
    for (channels, share) in [(16, 0.8), (32, 0.9), (33, 0.5), (64, 0.9), (128, 0.95)] {
      records.append(try record("mb1ic\(channels)ih14oc\(channels)kh1ph0", "direct-nhwc-avx2", share: share))
      // The heuristic picks neither of these.
      records.append(try record("mb1ic\(channels)ih14oc\(channels)kh1ph0", "im2col-own-nhwc-avx2", share: 0.1))
      records.append(try record("mb1ic\(channels)ih14oc\(channels)kh1ph0", "direct-nhwc-baseline", share: 0.1))
    }
    records.append(try record("mb1ic16ih28oc16kh1ph0", "direct-nhwc-avx2", share: 0.8))
    let sweeps = SizeSweep.all(of: records, ceilings: LayerLimitTests.ceilings)
    #expect(sweeps.map(\.axis) == [.channels])
    let sweep = try #require(sweeps.first)
    #expect(sweep.shape == "1×1 14×14" && sweep.points.map(\.extent) == [16, 32, 33, 64, 128])
    #expect(sweep.median == 0.9 && sweep.worst.extent == 33 && abs(sweep.ratio - 0.5 / 0.9) < 1e-9)
    #expect(sweep.cliffs.map(\.extent) == [33] && sweep.points.allSatisfy { $0.kernel == "direct-nhwc-avx2" })
    let text = SweepTable.table(sweeps, as: .markdown).markdown()
    #expect(text.contains("| channels | 1×1 14×14 | 16–128 (5) | 90 | 50 | 33 | 0.56 | 33: 50 %, "))
    #expect(SweepTable.table(sweeps, as: .csv).csv().split(separator: "\n").count == 6)
    let without = SizeSweep.all(of: records, ceilings: nil)
    #expect(without[0].points[0].shareOfBound == nil)
    #expect(SizeSweep.all(of: records, ceilings: nil, threads: 2).isEmpty)
  }

  @Test(
    "What is swept, and where an operation stands",
    arguments: [
      ("mb4ic64ih28oc64kh3ph1", SizeSweep.Axis.batch, "3×3 64→64 28×28", 4),
      ("mb1ic64ih28oc64kh3ph1", .size, "3×3 64→64", 28), ("mb1ic64ih28oc64kh3ph1", .channels, "3×3 28×28", 64),
      ("g32mb1ic32ih56oc32kh3sh2ph1", .channels, "depthwise 3×3 stride 2 56×56", 32),
      ("mb2ic64ih28oc128kh3ph0", .size, "3×3 no padding 64→128 batch 2", 28),
    ])
  func places(line: String, axis: SizeSweep.Axis, shape: String, extent: Int) throws {
    let operation = try ProblemLine.parse(line).operation()
    let place = try #require(SizeSweep.place(operation, on: axis))
    #expect(place.shape == shape && place.extent == extent)
    #expect(SizeSweep.place(try ProblemLine.parse("mb1ic64ih28iw14oc32kh3kw3ph1pw1").operation(), on: axis) == nil)
    #expect(SizeSweep.place(try ProblemLine.parse("mb1ic64ih28oc32kh3ph1").operation(), on: .channels) == nil)
  }
}
