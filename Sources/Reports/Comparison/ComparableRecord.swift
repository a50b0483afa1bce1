import Foundation
import Harness
import Measurement
import Verification

/// The part of a record that a comparison needs. It is read from records of any schema version that has these keys, so
/// that a commit can be compared with one from before the format grew.
public struct ComparableRecord: Decodable, Hashable, Sendable {
  /// The version of the format that it was written in.
  public let schemaVersion: Int
  /// The commit that measured.
  public let commit: String
  /// What it ran on.
  public let machine: Hardware
  /// What it is a record of.
  public let key: MeasurementKey
  /// What verification said.
  public let verdict: Verdict
  /// Why there are no times, where there are none.
  public let reason: String?
  /// Work of the probe, in operations, that took as long as a call, one number a sample: nanoseconds × GFLOP/s of the
  /// probe beside it. Inverse to the share of the probe, and like it, unmoved by the core's speed at the moment.
  public let costs: [Double]
  /// What makes the times doubtful.
  public let warnings: [String]

  /// What decides whether two machines are the same for a comparison.
  public struct Hardware: Codable, Hashable, Sendable, CustomStringConvertible {
    /// The processor's name.
    public let cpuModel: String
    /// Cores that the process could use.
    public let cores: Int
    /// The highest instruction set.
    public let isa: String
    /// The host; nil where it isn't known, or where it doesn't matter which of one kind it is.
    public var host: String?

    /// The machine, whichever of its kind it is.
    var kind: Hardware { Hardware(cpuModel: cpuModel, cores: cores, isa: isa, host: nil) }

    public var description: String {
      "\(cpuModel), \(cores) \(cores == 1 ? "core" : "cores"), \(isa)" + (host.map { ", \($0)" } ?? "")
    }
  }

  private enum Keys: String, CodingKey {
    case schemaVersion, commit, machine, problem, network, layer, kernel, threads, epilogue, cacheState, verdict,
      reason,
      samplesNanoseconds, probeGflops, warnings
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    schemaVersion = try values.decode(Int.self, forKey: .schemaVersion)
    commit = try values.decode(String.self, forKey: .commit)
    machine = try values.decode(Hardware.self, forKey: .machine)
    key = MeasurementKey(
      problem: try values.decode(String.self, forKey: .problem),
      layer: try values.decode(String.self, forKey: .layer),
      network: try values.decodeIfPresent(String.self, forKey: .network),
      kernel: try values.decode(String.self, forKey: .kernel), threads: try values.decode(Int.self, forKey: .threads),
      epilogue: try values.decode(String.self, forKey: .epilogue),
      cacheState: try values.decodeIfPresent(String.self, forKey: .cacheState) ?? "warm")
    verdict = try values.decode(Verdict.self, forKey: .verdict)
    reason = try values.decodeIfPresent(String.self, forKey: .reason)
    warnings = try values.decodeIfPresent([String].self, forKey: .warnings) ?? []
    let samples = try values.decode([Double].self, forKey: .samplesNanoseconds)
    let probes = try values.decode([Double].self, forKey: .probeGflops)
    guard samples.count == probes.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .probeGflops, in: values,
        debugDescription: "\(probes.count) probes for \(samples.count) samples; expected as many")
    }
    let costs = zip(samples, probes).map(*)
    guard costs.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .samplesNanoseconds, in: values, debugDescription: "a sample or its probe isn't a positive number")
    }
    // A time without a verified result is not compared.
    self.costs = verdict == .passed ? costs : []
  }

  /// Takes what is needed from a record.
  public init(_ record: BenchmarkRecord) {
    schemaVersion = record.schemaVersion
    commit = record.commit
    machine = Hardware(
      cpuModel: record.machine.cpuModel, cores: record.machine.cores, isa: record.machine.isa.rawValue,
      host: record.machine.host)
    key = record.measurement
    verdict = record.verdict
    reason = record.reason
    warnings = record.warnings
    costs = record.verdict == .passed ? zip(record.samplesNanoseconds, record.probeGflops).map(*) : []
  }

  /// The median cost; nil where nothing was timed.
  public var medianCost: Double? { Statistics.median(costs) }
}

extension MeasurementKey {
  /// Network and layer: `resnet50 conv2_1/conv2`.
  public var layerTitle: String { (network.map { "\($0) " } ?? "") + layer }

  /// The kernel, with all that isn't plain about its run.
  public var kernelTitle: String {
    kernel + (threads == 1 ? "" : " ×\(threads) threads") + (cacheState == "warm" ? "" : " \(cacheState)")
  }
}
