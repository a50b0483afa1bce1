import ConvolutionModel

/// The ceilings of this machine, measured on one core: what kernels are held against.
public struct MachineReport: Hashable, Sendable, Codable {
  /// The multiply-add rate of one instruction set.
  public struct Peak: Hashable, Sendable, Codable {
    /// The instruction set.
    public var isa: InstructionSet
    /// The median of the probes in GFLOP/s of one core.
    public var gflops: Double
    /// Where the true median lies in 95 % of cases.
    public var interval: ClosedRange<Double>

    /// Names a rate.
    public init(isa: InstructionSet, gflops: Double, interval: ClosedRange<Double>) {
      self.isa = isa
      self.gflops = gflops
      self.interval = interval
    }
  }

  /// The rate of one level of memory.
  public struct Bandwidth: Hashable, Sendable, Codable {
    /// `L1`, `L2`, `L3` or `memory`.
    public var level: String
    /// What was done.
    public var access: BandwidthProbe.Access
    /// The instruction set of the loads and stores.
    public var isa: InstructionSet
    /// Bytes that were gone through.
    public var workingSetBytes: Int
    /// GB/s of one core; a copy counts bytes read and bytes written.
    public var gigabytesPerSecond: Double

    /// Names a rate.
    public init(
      level: String, access: BandwidthProbe.Access, isa: InstructionSet, workingSetBytes: Int,
      gigabytesPerSecond: Double
    ) {
      self.level = level
      self.access = access
      self.isa = isa
      self.workingSetBytes = workingSetBytes
      self.gigabytesPerSecond = gigabytesPerSecond
    }
  }

  /// The machine.
  public var machine: MachineIdentity
  /// One entry an instruction set that the machine runs, lowest first.
  public var peaks: [Peak]
  /// Read and copy of each level.
  public var bandwidths: [Bandwidth]
  /// What a call of a plan that does nothing costs, in nanoseconds; nil where it wasn't measured.
  public var callOverheadNanoseconds: Double?
  /// What others did meanwhile.
  public var load: BusyMonitor.Load?
  /// What makes the numbers doubtful.
  public var warnings: [String]

  /// Puts a report together.
  public init(
    machine: MachineIdentity, peaks: [Peak], bandwidths: [Bandwidth], callOverheadNanoseconds: Double? = nil,
    load: BusyMonitor.Load? = nil, warnings: [String] = []
  ) {
    self.machine = machine
    self.peaks = peaks
    self.bandwidths = bandwidths
    self.callOverheadNanoseconds = callOverheadNanoseconds
    self.load = load
    self.warnings = warnings
  }

  /// How many bytes are gone through to measure each level: half of the level, so that nothing else pushes it out, and
  /// for memory four times the last level. Levels of unknown size are left out.
  public static func workingSets(_ machine: MachineIdentity) -> [(level: String, bytes: Int)] {
    var sets: [(level: String, bytes: Int)] = []
    if let bytes = machine.l1dBytes { sets.append(("L1", bytes / 2)) }
    if let bytes = machine.l2Bytes { sets.append(("L2", bytes / 2)) }
    // A third level is shared with everybody on the host: a quarter is what one may hope to keep.
    if let bytes = machine.l3Bytes { sets.append(("L3", max(bytes / 4, 2 * (machine.l2Bytes ?? 0)))) }
    let last = machine.l3Bytes ?? machine.l2Bytes ?? 64 << 20
    sets.append(("memory", min(1 << 30, max(64 << 20, 4 * last))))
    return sets
  }

  /// Measures everything, on a pinned thread: about two seconds in a release build.
  ///
  /// - Parameters:
  ///   - largestBytes: working sets beyond this are cut down to it.
  ///   - isCancelled: asked between the probes; what was measured until then is reported.
  public static func measure(
    machine: MachineIdentity = .current, largestBytes: Int = 1 << 30, isCancelled: () -> Bool = { false }
  ) -> MachineReport {
    ThreadPinning.withPinnedThread { pinning in
      let monitor = BusyMonitor(cpu: pinning.cpu)
      var report = MachineReport(machine: machine, peaks: [], bandwidths: [])
      for probe in FMAProbe.all where !isCancelled() {
        let rates = (0..<25).map { _ in probe.measureGflops() }
        report.peaks.append(
          Peak(isa: probe.isa, gflops: Statistics.median(rates)!, interval: Statistics.medianInterval(rates)!))
        if let warning = ProbeDrift.warning(ProbeDrift.share(rates)) {
          report.warnings.append("\(probe.isa.rawValue): \(warning)")
        }
      }
      let isa = FMAProbe.best.isa
      for (level, bytes) in workingSets(machine) where !isCancelled() {
        guard let probe = BandwidthProbe(isa, byteCount: min(bytes, largestBytes)) else { continue }
        for access in BandwidthProbe.Access.allCases where !isCancelled() {
          report.bandwidths.append(
            Bandwidth(
              level: level, access: access, isa: isa, workingSetBytes: probe.byteCount,
              gigabytesPerSecond: probe.measureGigabytesPerSecond(access, nanoseconds: 60_000_000)))
        }
      }
      report.load = monitor.load()
      if machine.buildConfiguration == .debug {
        report.warnings.append("debug build: the probes show the lack of optimisation, not the machine")
      }
      if let reason = pinning.reason { report.warnings.append("not pinned to a core: \(reason)") }
      report.warnings += report.load?.warnings ?? []
      return report
    }
  }
}
