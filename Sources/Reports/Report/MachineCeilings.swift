import Measurement

/// How fast the memory of a machine was measured to be: the sloped ceilings of a roofline.
///
/// Reads what a probe of the machine printed as JSON; of its fields only these are needed.
public struct MachineCeilings: Decodable, Hashable, Sendable {
  /// The rate of one level.
  public struct Bandwidth: Decodable, Hashable, Sendable {
    /// `L1`, `L2`, `L3` or `memory`.
    public var level: String
    /// What was done: `read`, `copy`.
    public var access: String
    /// GB/s of one core.
    public var gigabytesPerSecond: Double

    /// Names a rate.
    public init(level: String, access: String, gigabytesPerSecond: Double) {
      self.level = level
      self.access = access
      self.gigabytesPerSecond = gigabytesPerSecond
    }
  }

  /// The machine.
  public var machine: MachineIdentity
  /// The rates.
  public var bandwidths: [Bandwidth]

  /// Puts rates together.
  public init(machine: MachineIdentity, bandwidths: [Bandwidth]) {
    self.machine = machine
    self.bandwidths = bandwidths
  }

  /// A rate that no memory has; nil where there's none. Zero and what is no number are left out later: a probe that was broken
  /// off has them.
  var unlikelyRate: UnlikelyRate? {
    bandwidths.first {
      $0.gigabytesPerSecond < 0 || $0.gigabytesPerSecond > Self.highestRate && $0.gigabytesPerSecond.isFinite
    }.map { UnlikelyRate(bandwidth: $0, highest: Self.highestRate) }
  }

  /// GB/s.
  private static let highestRate = 1e6

  /// The highest rate of each level, by reading where that was measured, fastest first.
  var levels: [Bandwidth] {
    var best: [String: Bandwidth] = [:]
    let usable = bandwidths.filter { $0.gigabytesPerSecond > 0 && $0.gigabytesPerSecond.isFinite }
    for one in usable {
      let hasRead = usable.contains { $0.level == one.level && $0.access == "read" }
      if hasRead && one.access != "read" { continue }
      if one.gigabytesPerSecond > best[one.level]?.gigabytesPerSecond ?? 0 { best[one.level] = one }
    }
    return best.values.sorted { ($0.gigabytesPerSecond, $1.level) > ($1.gigabytesPerSecond, $0.level) }
  }
}

/// Why ceilings aren't taken.
struct UnlikelyRate: Error, CustomStringConvertible {
  let bandwidth: MachineCeilings.Bandwidth
  let highest: Double

  var description: String {
    "the bandwidth of \(bandwidth.level), \(bandwidth.access), is \(bandwidth.gigabytesPerSecond) GB/s; expected 0 to "
      + "\(highest)"
  }
}
