import ConvolutionModel
import Harness

/// All kernels' records of one workload.
public struct ResultGroup: Sendable {
  /// The workload.
  public let workload: Workload
  /// The records, in the order in which they came.
  public private(set) var records: [BenchmarkRecord] = []
  /// Kernels that weren't run because they'd take too long, and why.
  public private(set) var skipped: [(kernel: String, reason: String)] = []

  /// Begins a group.
  public init(_ workload: Workload) { self.workload = workload }

  /// Adds a record.
  public mutating func append(_ record: BenchmarkRecord) { records.append(record) }

  /// Notes a kernel that isn't run.
  public mutating func skip(kernel: KernelID, reason: String) { skipped.append((kernel.description, reason)) }

  /// The records whose times may be shown, fastest first. A time without a verified result is never among them.
  public var ranked: [BenchmarkRecord] {
    records.filter { $0.shownNanoseconds != nil }.sorted { $0.shownNanoseconds! < $1.shownNanoseconds! }
  }

  /// The fastest record.
  public var best: BenchmarkRecord? { ranked.first }

  /// The fastest record of another kernel than the best.
  public var next: BenchmarkRecord? { ranked.dropFirst().first { $0.kernel != best?.kernel } }

  /// The network and the layer, or the layer alone.
  public var title: String {
    [workload.network, workload.layer].compactMap { $0 }.joined(separator: " ")
  }
}

extension BenchmarkRecord {
  /// The median time, unless the result is not verified: then there is nothing to show.
  public var shownNanoseconds: Double? { verdict == .passed ? medianNanoseconds : nil }
}
