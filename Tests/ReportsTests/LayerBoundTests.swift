import ConvolutionModel
import Testing

@testable import Reports

/// Bounds computed by hand.
@Suite("Bounds of layers")
struct LayerBoundTests {
  /// 100 multiply-adds a nanosecond; levels of 1000 bytes, 1 MB, 10 MB and memory.
  static let rates = MachineRates(
    multiplyAdds: 100,
    levels: [
      .init(name: "L1", bytes: 1000, read: 200, write: 100), .init(name: "L2", bytes: 1_000_000, read: 100, write: 50),
      .init(name: "L3", bytes: 10_000_000, read: 32, write: 16), .init(name: "memory", bytes: nil, read: 10, write: 5),
    ])

  private func bound(
    _ line: String, _ kernel: String, packed: Int? = nil, threads: Int = 1
  ) throws -> LayerBound {
    let id = try #require(KernelID(kernel))
    let operation = try ProblemLine.parse(line).operation()
    return try #require(
      LayerBound(operation, kernel: id, packedWeightBytes: packed, threads: threads, rates: Self.rates))
  }

  @Test("3×3, 64 to 64 channels of 56×56: multiply-adds bind, the data come from L3")
  func direct() throws {
    let bound = try bound("mb1ic64ih56oc64kh3ph1", "direct-nhwc-avx512")
    // 56·56·64·64·9 products; 4·64·56·56 bytes on either side and 4·64·64·9 of weights.
    #expect(bound.parts.map(\.name) == ["multiply-adds", "L3"])
    #expect(bound.nanoseconds == 115_605_504 / 100.0)
    let (tensor, weights) = (802_816.0, 147_456.0)
    #expect(abs(bound.parts[1].nanoseconds - (tensor / 32 + tensor / 16 + weights / 32)) < 1e-6)
    #expect(bound.name == "multiply-adds" && bound.transformNanoseconds == 0)
  }

  @Test("Of a 1×1 with stride 2 a quarter of the input is read, in NCHW every second row")
  func strided() throws {
    let line = "mb1ic16ih56oc16kh1sh2ph0"
    let (input, output, weights) = (200_704.0, 50_176.0, 1024.0)
    let channelsLast = try bound(line, "direct-nhwc-avx512")
    let nhwc = try #require(channelsLast.parts.first { $0.name == "L2" })
    #expect(abs(nhwc.nanoseconds - (input / 4 / 100 + output / 50 + weights / 100)) < 1e-6)
    let channelsFirst = try bound(line, "direct-nchw-avx512")
    let nchw = try #require(channelsFirst.parts.first { $0.name == "L2" })
    #expect(abs(nchw.nanoseconds - (input / 2 / 100 + output / 50 + weights / 100)) < 1e-6)
  }

  @Test("A depthwise layer's arithmetic is little: what binds is the level it lives in")
  func depthwise() throws {
    let bound = try bound("g32mb1ic32ih112oc32kh3ph1", "depthwise-nhwc-avx512")
    #expect(bound.name == "L3")
    #expect(abs(bound.nanoseconds - (1_605_632 / 32.0 + 1_605_632 / 16.0 + 1152 / 32.0)) < 1e-6)
    #expect(bound.parts[1].nanoseconds == 3_612_672 / 100.0)
  }

  @Test("F(4,3) on 13×13: 16 tiles of 36 products where 4·4 outputs would take 144, and both transforms")
  func winograd() throws {
    let bound = try bound("mb1ic32ih13oc64kh3ph1", "winograd-f4x3-nhwc-avx512", packed: 4 * 36 * 32 * 64)
    let products = 16.0 * 36 * 32 * 64
    // Two pairs of points: 12 operations along an axis of the input's transform, 10 of the output's.
    let transforms = 16.0 * 32 * (6 + 6) * 12 + 16.0 * 64 * (6 + 4) * 10
    #expect(bound.productNanoseconds == products / 100)
    #expect(bound.transformNanoseconds == transforms / 100)
    #expect(bound.nanoseconds == (products + transforms) / 100)
    let through = try #require(bound.parts.first { $0.name == "transforms through L2" })
    #expect(abs(through.nanoseconds - 16 * 36 * 4 * (32.0 + 64) * (1 / 100.0 + 1 / 50.0)) < 1e-6)
    let level = try #require(bound.parts.first { $0.name == "L2" })
    #expect(abs(level.nanoseconds - (21_632 / 100.0 + 43_264 / 50.0 + 294_912 / 100.0)) < 1e-6)
  }

  @Test(
    "Points along an axis: of stride 2 the filter's two phases",
    arguments: [
      (2, 3, 1, 4), (4, 3, 1, 6), (6, 3, 1, 8), (2, 5, 1, 6), (4, 3, 2, 9), (2, 3, 2, 5), (4, 1, 2, 4),
    ])
  func points(outputs: Int, filter: Int, stride: Int, expected: Int) {
    #expect(LayerWork.points(outputs: outputs, filter: filter, stride: stride) == expected)
  }

  @Test("Two cores share arithmetic and tensors, but each reads all weights")
  func threads() throws {
    let (one, two) = try (
      bound("mb1ic512ih7oc512kh3ph1", "direct-nhwc-avx512"),
      bound("mb1ic512ih7oc512kh3ph1", "direct-nhwc-avx512", threads: 2)
    )
    #expect(two.nanoseconds == one.nanoseconds / 2)
    let tensor = 4 * 512 * 49.0
    let weights = 4 * 512 * 512 * 9.0
    #expect(abs(two.parts[1].nanoseconds - ((tensor / 32 + tensor / 16) / 2 + weights / 32)) < 1e-6)
  }

  @Test("Kernels of other programs have no bound, nor have unknown variants")
  func unknown() throws {
    let operation = try ProblemLine.parse("mb1ic32ih13oc64kh3ph1").operation()
    for name in ["external-nhwc", "winograd-nhwc", "winograd-fast-nhwc"] {
      let id = try #require(KernelID(name))
      #expect(LayerBound(operation, kernel: id, rates: Self.rates) == nil)
    }
  }

  @Test("What writing takes is what copying takes longer than reading")
  func measuredRates() throws {
    var machine = SampleRecords.machine
    machine.l3Bytes = nil
    let ceilings = MachineCeilings(
      machine: machine,
      bandwidths: [
        .init(level: "L1", access: "read", gigabytesPerSecond: 200),
        .init(level: "L1", access: "copy", gigabytesPerSecond: 200),
        .init(level: "L2", access: "read", gigabytesPerSecond: 100),
        .init(level: "L2", access: "copy", gigabytesPerSecond: 80),
        .init(level: "L3", access: "read", gigabytesPerSecond: 32),
        .init(level: "memory", access: "read", gigabytesPerSecond: 10),
      ])
    let rates = try #require(MachineRates(peakGflops: 180, ceilings: ceilings))
    #expect(rates.multiplyAdds == 90)
    // A level whose size isn't known holds nothing that could be told.
    #expect(rates.levels.map(\.name) == ["L1", "L2", "memory"])
    #expect(abs(rates.levels[1].write - 1 / (2.0 / 80 - 1.0 / 100)) < 1e-9)
    #expect(rates.levels[2].write == 10)
    #expect(rates.level(holding: 1)?.name == "L1" && rates.level(holding: 1e9)?.name == "memory")
    #expect(MachineRates(peakGflops: 0, ceilings: ceilings) == nil)
    #expect(MachineRates(peakGflops: 180, ceilings: MachineCeilings(machine: machine, bandwidths: [])) == nil)
  }
}
