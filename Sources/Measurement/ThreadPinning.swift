#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Keeps a thread on one core, so that a sample and the probes beside it see the same core.
public enum ThreadPinning {
  /// What became of a request to pin.
  public enum Outcome: Hashable, Sendable {
    /// The thread runs on this core only.
    case pinned(cpu: Int)
    /// The thread runs where it did before, and why.
    case notPinned(reason: String)

    /// The reason, where there is one.
    public var reason: String? {
      if case .notPinned(let reason) = self { reason } else { nil }
    }
  }

  /// Runs `body` with the calling thread on one of the cores that it may use, and lets it go afterwards.
  ///
  /// Threads that `body` starts inherit the pin: it is for single-threaded work.
  ///
  /// - Parameters:
  ///   - cpu: the core's number; nil takes the highest that is allowed, since interrupts prefer the first.
  ///   - body: told whether the thread is pinned.
  public static func withPinnedThread<Result, Failure: Error>(
    to cpu: Int? = nil, _ body: (Outcome) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    #if os(Linux)
      guard let affinity = Affinity.shared, let before = affinity.mask() else {
        return try body(.notPinned(reason: "the C library gives no thread affinity"))
      }
      guard let wanted = cpu ?? before.cpus.last, before.cpus.contains(wanted) else {
        return try body(.notPinned(reason: "core \(cpu ?? -1) isn't one of those allowed: \(before.cpus)"))
      }
      guard affinity.set(CPUMask(cpu: wanted)) else {
        return try body(.notPinned(reason: "the system refused to pin the thread to core \(wanted)"))
      }
      defer { _ = affinity.set(before) }
      return try body(.pinned(cpu: wanted))
    #else
      return try body(.notPinned(reason: "this system has no thread affinity"))
    #endif
  }

  /// Keeps all threads that another process has now on some cores. What the system refuses is left as it was.
  public static func pin(process: Int32, to cpus: [Int]) {
    #if os(Linux)
      guard let affinity = Affinity.shared, !cpus.isEmpty else { return }
      guard let tasks = opendir("/proc/\(process)/task") else { return }
      defer { closedir(tasks) }
      while let entry = readdir(tasks) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if let thread = Int32(name) { _ = affinity.set(CPUMask(cpus: cpus), of: thread) }
      }
    #endif
  }

  /// The numbers of the cores that the calling thread may use; nil where the system doesn't say.
  public static var allowedCPUs: [Int]? {
    #if os(Linux)
      Affinity.shared?.mask()?.cpus
    #else
      nil
    #endif
  }
}

#if os(Linux)
  /// A set of cores as the system's calls take it: 1024 bits.
  private struct CPUMask {
    var words = [UInt](repeating: 0, count: 1024 / UInt.bitWidth)

    init() {}

    init(cpu: Int) { self.init(cpus: [cpu]) }

    init(cpus: [Int]) {
      for cpu in cpus { words[cpu / UInt.bitWidth] |= 1 << UInt(cpu % UInt.bitWidth) }
    }

    var cpus: [Int] {
      (0..<1024).filter { words[$0 / UInt.bitWidth] >> UInt($0 % UInt.bitWidth) & 1 == 1 }
    }
  }

  /// The calls of the C library. Its header shows them only to those who define `_GNU_SOURCE`, which Swift's import doesn't,
  /// so they are looked up by name.
  private struct Affinity: Sendable {
    typealias GetCall = @convention(c) (Int32, Int, UnsafeMutablePointer<UInt>?) -> Int32
    typealias SetCall = @convention(c) (Int32, Int, UnsafePointer<UInt>?) -> Int32
    private let getCall: GetCall
    private let setCall: SetCall

    static let shared = Affinity()

    private init?() {
      guard let getCall = dlsym(nil, "sched_getaffinity"), let setCall = dlsym(nil, "sched_setaffinity") else {
        return nil
      }
      self.getCall = unsafeBitCast(getCall, to: GetCall.self)
      self.setCall = unsafeBitCast(setCall, to: SetCall.self)
    }

    func mask() -> CPUMask? {
      var mask = CPUMask()
      let status = getCall(0, mask.words.count * MemoryLayout<UInt>.size, &mask.words)
      return status == 0 ? mask : nil
    }

    func set(_ mask: CPUMask, of thread: Int32 = 0) -> Bool {
      setCall(thread, mask.words.count * MemoryLayout<UInt>.size, mask.words) == 0
    }
  }
#endif
