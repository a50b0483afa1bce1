import ConvolutionModel
import Harness
import Measurement
import Verification

/// Records to print, with round numbers.
enum SampleRecords {
  static let machine = MachineIdentity(
    cpuModel: "Test CPU", cores: 2, l1dBytes: 48 << 10, l2Bytes: 2 << 20, l3Bytes: nil, isa: .avx2, os: "Linux 6",
    swiftVersion: "6.3", buildConfiguration: .release)

  static func workload(_ layer: String, kernel: Int = 3, count: Int = 1) throws -> Workload {
    let problem = try ConvolutionProblem(
      channels: 64, height: 56, width: 56, filters: 64, kernel: kernel, padding: .same)
    return Workload(
      network: "resnet50", layer: layer, count: count, operation: ConvolutionOperation(problem, epilogue: .none))
  }

  static func record(
    _ workload: Workload, _ kernel: String, _ verdict: Verdict = .passed, milliseconds: Double? = nil,
    share: Double = 0.5, reason: String? = nil, warnings: [String] = []
  ) -> BenchmarkRecord {
    let nanoseconds = milliseconds.map { $0 * 1e6 }
    return BenchmarkRecord(
      date: "2026-01-02T03:04:05Z", commit: "abc1234", machine: machine, problem: workload.operation.description,
      network: workload.network, layer: workload.layer, count: workload.count, kernel: kernel, layout: "nhwc",
      isa: "avx2", verdict: verdict, reason: reason,
      error: verdict == .passed
        ? MeasuredError(
          maxScaled: 0.125, maxAbsolute: 1e-6, rootMeanSquare: 0.1, batch: 0, channel: 1, row: 2, column: 3, actual: 1,
          expected: 1) : nil,
      checkedShare: verdict == .passed ? 0.25 : 0, samplesNanoseconds: nanoseconds.map { [$0] } ?? [],
      probeGflops: nanoseconds.map { _ in [200] } ?? [], callsPerSample: 1, minNanoseconds: nanoseconds,
      medianNanoseconds: nanoseconds, gflops: nanoseconds.map { 1e8 / $0 },
      fractionOfPeak: nanoseconds.map { _ in share },
      warnings: warnings)
  }
}
