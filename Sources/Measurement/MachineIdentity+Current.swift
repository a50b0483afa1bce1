import ConvolutionModel
import Foundation
import RegisterTiles
import Threading

extension MachineIdentity {
  /// The machine that this process runs on, as it was when first asked.
  public static let current = MachineIdentity(
    cpuModel: currentCPUModel, host: host(environment: ProcessInfo.processInfo.environment),
    cores: ThreadPool.availableProcessors,
    l1dBytes: cacheBytes(level: 1), l2Bytes: cacheBytes(level: 2), l3Bytes: cacheBytes(level: 3), isa: .best,
    os: currentOS, swiftVersion: currentSwiftVersion,
    buildConfiguration: .current)

  /// The environment variable that names the host in records; set to nothing, it hides the name.
  public static let hostVariable = "BENCH_HOST"

  /// The name to record: the variable's, or else the system's; nil where either is empty.
  static func host(environment: [String: String]) -> String? {
    let name = environment[hostVariable]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? systemHostName
    return name.isEmpty ? nil : name
  }

  /// The name that the system has been given; empty where it doesn't say. No name server is asked.
  private static var systemHostName: String {
    var bytes = [CChar](repeating: 0, count: 257)
    guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static var currentCPUModel: String {
    #if os(Linux)
      // arm64 has no model name there; the implementer's and the part's numbers say as much.
      if let name = SystemFile.field("model name", in: "/proc/cpuinfo") { return name }
      if let implementer = SystemFile.field("CPU implementer", in: "/proc/cpuinfo"),
        let part = SystemFile.field("CPU part", in: "/proc/cpuinfo")
      {
        return "implementer \(implementer) part \(part)"
      }
      return "unknown"
    #elseif canImport(Darwin)
      return systemText("machdep.cpu.brand_string") ?? "unknown"
    #else
      return "unknown"
    #endif
  }

  /// Bytes of the first core's data (or unified) cache of a level.
  private static func cacheBytes(level: Int) -> Int? {
    #if os(Linux)
      for index in 0..<8 {
        let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)/"
        guard SystemFile.text(folder + "level") == "\(level)", SystemFile.text(folder + "type") != "Instruction"
        else { continue }
        return SystemFile.text(folder + "size").flatMap(SystemFile.bytes)
      }
      return nil
    #elseif canImport(Darwin)
      let name = level == 1 ? "hw.l1dcachesize" : "hw.l\(level)cachesize"
      var value: Int64 = 0
      var size = MemoryLayout<Int64>.size
      return sysctlbyname(name, &value, &size, nil, 0) == 0 && value > 0 ? Int(value) : nil
    #else
      return nil
    #endif
  }

  #if canImport(Darwin)
    private static func systemText(_ name: String) -> String? {
      var size = 0
      guard sysctlbyname(name, nil, &size, nil, 0) == 0, size > 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  #endif

  private static var currentOS: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    func text<Name>(_ name: Name) -> String {
      withUnsafeBytes(of: name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return "\(text(names.sysname)) \(text(names.release)) \(text(names.machine))"
  }

  /// A program can ask which compiler it's for, not which compiled it: the highest version that says yes.
  private static var currentSwiftVersion: String {
    #if compiler(>=6.5)
      "6.5 or later"
    #elseif compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3.3)
      "6.3.3 or later"
    #elseif compiler(>=6.3.2)
      "6.3.2"
    #elseif compiler(>=6.3.1)
      "6.3.1"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
