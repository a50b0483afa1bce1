import ConvolutionModel
import Foundation
import Measurement
import Testing
import Verification

@testable import Convolution
@testable import Harness

struct CostFitTests {
  private static let machine = MachineIdentity(
    cpuModel: "Test CPU", cores: 2, l1dBytes: 48 << 10, l2Bytes: 1 << 20, l3Bytes: 32 << 20, isa: .avx512,
    os: "Linux 6", swiftVersion: "6.3", buildConfiguration: .release)

  /// What a machine would record that is as a table says.
  private static func records(
    _ table: CostTable, kernels: [String], verdict: Verdict = .passed, state: CacheState = .warm
  ) throws -> [BenchmarkRecord] {
    var model = CostModel(machine)
    model.table = table
    var records: [BenchmarkRecord] = []
    for channels in [32, 64, 256, 512] {
      for (filters, extent) in [(48, 28), (64, 14), (512, 7)] {
        let problem = "mb1ic\(channels)ih\(extent)oc\(filters)kh3ph1"
        let operation = try ProblemLine.parse(problem).operation()
        for kernel in kernels {
          let id = try #require(KernelID(kernel))
          let cost = model.cost(of: id, operation, weights: state == .warm ? .warm : .cold)
          records.append(
            BenchmarkRecord(
              date: "2026-01-02T03:04:05Z", commit: "abc1234", machine: machine, problem: problem, layer: "layer",
              kernel: kernel, layout: id.layout.rawValue, isa: "avx512", verdict: verdict,
              samplesNanoseconds: [Double](repeating: cost / 88, count: 9), cacheState: state.rawValue,
              medianNanoseconds: cost / 88, fractionOfPeak: Double(operation.multiplyAdds) / cost,
              sampleRounds: Array(0..<9), sampling: problem))
        }
      }
    }
    return records
  }

  private static let kernels = ["direct-nhwc-avx512", "winograd-f2x3-nhwc-avx512", "winograd-f4x3-nhwc-avx512"]

  /// A table with other numbers for what the records are of.
  private static var planted: CostTable {
    var table = CostTable.fitted
    for kernel in kernels {
      let row = table.row(of: KernelID(kernel)!)!
      table.rows[row].share *= 0.6
      table.rows[row].perInput *= 3
      table.rows[row].perOutput *= 0.5
    }
    table.perByteFromMemory *= 2
    return table
  }

  @Test func plantedNumbersAreFound() throws {
    let records =
      try Self.records(Self.planted, kernels: Self.kernels)
      + Self.records(Self.planted, kernels: Self.kernels, state: .coldWeights)
    let fit = try #require(CostFit(records, from: .fitted))
    #expect(fit.count == records.count)
    #expect(fit.spread < 0.01, "\(fit.spread)")
    #expect(HeuristicLossSummary(fit.losses(of: records))!.worst < 0.03)
    for (row, before) in zip(fit.table.rows, CostTable.fitted.rows) {
      let isMeasured = Self.kernels.contains { fit.table.row(of: KernelID($0)!).map { fit.table.rows[$0] } == row }
      // What no record is of stays as it was.
      #expect((row == before) != isMeasured, "\(row)")
    }
    for kernel in Self.kernels {
      let row = fit.table.row(of: KernelID(kernel)!)!
      #expect(abs(log(fit.table.rows[row].share / Self.planted.rows[row].share)) < 0.1, "\(kernel)")
    }
    #expect(abs(log(fit.table.perByteFromMemory / Self.planted.perByteFromMemory)) < 0.2)
  }

  /// A few times far off don't move the rest.
  @Test func outliersHardlyCount() throws {
    var records = try Self.records(Self.planted, kernels: Self.kernels)
    for index in records.indices where index % 9 == 4 { records[index].fractionOfPeak! *= 0.4 }
    let fit = try #require(CostFit(records, from: .fitted))
    #expect(fit.spread < 0.05, "\(fit.spread)")
  }

  @Test func withoutTimesThereIsNothingToFitTo() throws {
    #expect(CostFit([]) == nil)
    #expect(CostFit(try Self.records(.fitted, kernels: Self.kernels, verdict: .failed)) == nil)
    #expect(CostFit(try Self.records(.fitted, kernels: ["direct-nhwc-avx2"])) == nil)
    var untimed = try Self.records(.fitted, kernels: Self.kernels)
    for index in untimed.indices { untimed[index].fractionOfPeak = nil }
    #expect(CostFit(untimed) == nil)
  }

  /// The numbers of the package are what the command wrote, and nobody's since.
  @Test func theSourceFileIsTheCommandsOwn() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Convolution/CostTable+Fitted.swift")
    let text = try String(contentsOf: file, encoding: .utf8)
    let comments = text.split(separator: "\n").filter { $0.hasPrefix("  ///") }
    let note = comments.drop { $0 != "  ///" }.dropFirst().map { String($0.dropFirst(6)) }
    #expect(!note.isEmpty && CostTable.fitted.source(note: note) == text)
  }
}
