import Foundation

/// How much of the machine others took while something was measured.
public struct BusyMonitor: Sendable {
  private let start: Reading?

  /// Begins to watch.
  public init() { start = Reading.now() }

  /// What happened since: shares of the cores' time, 0…1.
  public struct Load: Hashable, Sendable {
    /// What other processes of this machine used.
    public var others: Double
    /// What the host of a virtual machine gave to somebody else.
    public var stolen: Double

    /// Names the shares.
    public init(others: Double, stolen: Double) {
      self.others = others
      self.stolen = stolen
    }

    /// Sentences for a record where others used more than a tenth or more than a fiftieth was stolen.
    public var warnings: [String] {
      var warnings: [String] = []
      if others > 0.1 { warnings.append("other processes used \(percent(others)) of the cores while timing") }
      if stolen > 0.02 { warnings.append("the host took \(percent(stolen)) of the cores away while timing") }
      return warnings
    }

    private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
  }

  /// The load since this monitor was made; nil where the system doesn't tell or too little time went by to say: the
  /// system counts hundredths of a second.
  public func load() -> Load? {
    guard let start, let now = Reading.now() else { return nil }
    return Self.load(from: start, to: now)
  }

  static func load(from start: Reading, to end: Reading) -> Load? {
    let total = end.total - start.total
    guard total >= 0.5 else { return nil }
    let others = (end.busy - start.busy) - (end.own - start.own)
    return Load(others: min(max(others / total, 0), 1), stolen: min(max((end.stolen - start.stolen) / total, 0), 1))
  }

  /// Seconds since boot, all cores together.
  struct Reading: Sendable {
    var total: Double
    /// Neither idle nor stolen.
    var busy: Double
    var stolen: Double
    /// Of this process.
    var own: Double

    static func now() -> Reading? {
      guard let line = SystemFile.text("/proc/stat")?.split(separator: "\n").first else { return nil }
      var usage = rusage()
      #if os(Linux) && canImport(Glibc)
        let status = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      #else
        let status = getrusage(RUSAGE_SELF, &usage)
      #endif
      guard status == 0 else { return nil }
      func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
      let own = seconds(usage.ru_utime) + seconds(usage.ru_stime) + CompanionProcesses.seconds
      return Reading(statistics: line, own: own)
    }

    /// Reads the line `cpu user nice system idle iowait irq softirq steal …` of `/proc/stat`.
    ///
    /// Its unit is USER_HZ, a hundredth of a second on every architecture that Swift runs on.
    init?(statistics line: some StringProtocol, own: Double) {
      let fields = line.split(separator: " ")
      guard fields.first == "cpu", fields.count >= 9 else { return nil }
      let times = fields.dropFirst().prefix(8).compactMap { Double($0) }.map { $0 / 100 }
      guard times.count == 8 else { return nil }
      total = times.reduce(0, +)
      stolen = times[7]
      busy = total - times[3] - times[4] - stolen
      self.own = own
    }
  }
}
