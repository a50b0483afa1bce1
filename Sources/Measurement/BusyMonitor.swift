import Foundation

/// How much of the machine others took while something was measured.
public struct BusyMonitor: Sendable {
  private let start: Reading?
  private let cpu: Int?

  /// Begins to watch.
  ///
  /// - Parameter cpu: the core that the measuring thread is pinned to; nil where it isn't.
  public init(cpu: Int? = nil) {
    self.cpu = cpu
    start = Reading.now(cpu: cpu)
  }

  /// What happened since: shares of the cores' time, 0…1.
  public struct Load: Hashable, Sendable, Codable {
    /// What other processes of this machine used.
    public var others: Double
    /// What the host of a virtual machine gave to somebody else.
    public var stolen: Double
    /// What others used of the one core that was measured on; nil where the thread wasn't pinned.
    public var onOwnCore: Double?
    /// How often the system took a core away from this process before it was done with it.
    public var preemptions: Int

    /// Names the shares.
    public init(others: Double, stolen: Double, onOwnCore: Double? = nil, preemptions: Int = 0) {
      self.others = others
      self.stolen = stolen
      self.onOwnCore = onOwnCore
      self.preemptions = preemptions
    }

    /// Sentences for a record where others used more than a tenth of the cores or of this one, or more than a fiftieth was
    /// stolen. Less can't be told from the rounding of the system's counts over a quarter of a second.
    public var warnings: [String] {
      var warnings: [String] = []
      if let onOwnCore, onOwnCore > 0.1 {
        warnings.append("other processes used \(percent(onOwnCore)) of the core that was measured on")
      }
      if others > 0.1 { warnings.append("other processes used \(percent(others)) of the cores while timing") }
      if stolen > 0.02 { warnings.append("the host took \(percent(stolen)) of the cores away while timing") }
      return warnings
    }

    private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
  }

  /// The load since this monitor was made; nil where the system doesn't tell or too little time went by to say: the
  /// system counts hundredths of a second.
  public func load() -> Load? {
    guard let start, let now = Reading.now(cpu: cpu) else { return nil }
    return Self.load(from: start, to: now)
  }

  static func load(from start: Reading, to end: Reading) -> Load? {
    let total = end.total - start.total
    guard total >= 0.5 else { return nil }
    let others = (end.busy - start.busy) - (end.own - start.own)
    var onOwnCore: Double?
    if let first = start.core, let last = end.core, last.total - first.total > 0 {
      let othersOnCore = (last.busy - first.busy) - (end.own - start.own)
      onOwnCore = min(max(othersOnCore / (last.total - first.total), 0), 1)
    }
    return Load(
      others: min(max(others / total, 0), 1), stolen: min(max((end.stolen - start.stolen) / total, 0), 1),
      onOwnCore: onOwnCore, preemptions: max(0, end.preemptions - start.preemptions))
  }

  /// Seconds since boot of one core or of all together.
  struct CoreTimes: Sendable {
    var total: Double
    /// Neither idle nor stolen.
    var busy: Double
    var stolen: Double

    /// Reads a line `cpu user nice system idle iowait irq softirq steal …` of `/proc/stat`.
    ///
    /// Its unit is USER_HZ, a hundredth of a second on every architecture that Swift runs on.
    init?(_ line: some StringProtocol, name: String) {
      let fields = line.split(separator: " ")
      guard let first = fields.first, first == name, fields.count >= 9 else { return nil }
      let times = fields.dropFirst().prefix(8).compactMap { Double($0) }.map { $0 / 100 }
      guard times.count == 8 else { return nil }
      total = times.reduce(0, +)
      stolen = times[7]
      busy = total - times[3] - times[4] - stolen
    }
  }

  /// What the system counted until a moment.
  struct Reading: Sendable {
    /// All cores together.
    var all: CoreTimes
    /// The core that is measured on.
    var core: CoreTimes?
    /// Seconds of this process.
    var own: Double
    var preemptions: Int

    var total: Double { all.total }
    var busy: Double { all.busy }
    var stolen: Double { all.stolen }

    static func now(cpu: Int?) -> Reading? {
      guard let text = SystemFile.text("/proc/stat") else { return nil }
      var usage = rusage()
      #if os(Linux) && canImport(Glibc)
        let status = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      #else
        let status = getrusage(RUSAGE_SELF, &usage)
      #endif
      guard status == 0 else { return nil }
      func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
      let own = seconds(usage.ru_utime) + seconds(usage.ru_stime) + CompanionProcesses.seconds
      return Reading(statistics: text, cpu: cpu, own: own, preemptions: Int(usage.ru_nivcsw))
    }

    /// Reads the text of `/proc/stat`: the line of all cores and the one of a core.
    init?(statistics text: String, cpu: Int? = nil, own: Double, preemptions: Int = 0) {
      let lines = text.split(separator: "\n")
      guard let first = lines.first, let all = CoreTimes(first, name: "cpu") else { return nil }
      self.all = all
      core = cpu.flatMap { cpu in lines.lazy.compactMap { CoreTimes($0, name: "cpu\(cpu)") }.first }
      self.own = own
      self.preemptions = preemptions
    }
  }
}
