import Measurement

/// What bounds a layer on a machine: the arithmetic of one core and the rates at which it moves data, level by level.
public struct MachineRates: Sendable, Equatable {
  /// A level of memory.
  public struct Level: Sendable, Equatable {
    /// `L1`, `L2`, `L3` or `memory`.
    public let name: String
    /// What it holds; nil for memory, which holds everything.
    public let bytes: Int?
    /// Bytes a nanosecond that are read.
    public let read: Double
    /// Bytes a nanosecond that are written, lines that have to be fetched for it included.
    public let write: Double

    /// Describes a level.
    public init(name: String, bytes: Int?, read: Double, write: Double) {
      self.name = name
      self.bytes = bytes
      self.read = read
      self.write = write
    }
  }

  /// Multiply-adds a nanosecond: half the peak in GFLOP/s.
  public let multiplyAdds: Double
  /// The levels that were measured, nearest first.
  public let levels: [Level]

  /// Puts rates together.
  public init(multiplyAdds: Double, levels: [Level]) {
    self.multiplyAdds = multiplyAdds
    self.levels = levels
  }

  /// Takes bandwidths as they were measured and the peak that was measured beside a kernel's samples; nil where a rate isn't
  /// a positive number or no level was measured.
  ///
  /// A copy of n bytes reads n and writes n. What it takes longer than reading n is what writing n takes.
  public init?(peakGflops: Double, ceilings: MachineCeilings) {
    let machine = ceilings.machine
    let known: [(name: String, bytes: Int?)] = [
      ("L1", machine.l1dBytes), ("L2", machine.l2Bytes), ("L3", machine.l3Bytes), ("memory", nil),
    ]
    func rate(_ level: String, _ access: String) -> Double? {
      ceilings.bandwidths.filter { $0.level == level && $0.access == access && $0.gigabytesPerSecond.isFinite }
        .map(\.gigabytesPerSecond).filter { $0 > 0 }.max()
    }
    let levels: [Level] = known.compactMap { level in
      guard level.name == "memory" || level.bytes != nil, let read = rate(level.name, "read") else { return nil }
      let copied = rate(level.name, "copy").map { 2 / $0 - 1 / read } ?? 0
      return Level(name: level.name, bytes: level.bytes, read: read, write: copied > 0 ? 1 / copied : read)
    }
    guard peakGflops > 0, peakGflops.isFinite, !levels.isEmpty else { return nil }
    self.init(multiplyAdds: peakGflops / 2, levels: levels)
  }

  /// The nearest level that holds so many bytes, or the farthest there is.
  func level(holding bytes: Double) -> Level? {
    levels.first { level in level.bytes.map { Double($0) >= bytes } ?? true } ?? levels.last
  }
}
