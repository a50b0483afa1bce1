import CKernelISA

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How many processors this process may keep busy: those that its affinity allows, or fewer where its control group grants
/// less time than they have. More threads than that only wait for one another.
package enum ProcessorLimit {
  /// The number right now, at least 1. The affinity is asked for each time, since a thread can be pinned at any time.
  package static var current: Int {
    var processors = Int(kernel_allowed_processors())
    if processors < 1 { processors = sysconf(Int32(_SC_NPROCESSORS_ONLN)) }
    return limit(processors: processors, grants: grants)
  }

  /// The least of processors and grants, at least 1. A grant of 1.5 processors counts as 2: one would leave time unused.
  package static func limit(processors: Int, grants: [Double]) -> Int {
    let granted = grants.map { $0.rounded(.up) }.min() ?? .infinity
    return max(1, granted < Double(processors) ? Int(granted) : processors)
  }

  /// Processors granted by the text of a group's limit: "200000 100000", microseconds of each period, or "max" of any.
  package static func grant(_ text: String) -> Double? {
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else { return nil }
    return quota / period
  }

  /// The directories of a process's groups, its own before those around it, from the text of `/proc/self/cgroup`.
  package static func groups(_ text: String) -> [String] {
    for line in text.split(separator: "\n") {
      // Of the second version there is one line; of the first, one for each kind of limit.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isFirst = fields[1].split(separator: ",").contains("cpu")
      guard isFirst || fields[0] == "0" && fields[1].isEmpty else { continue }
      let root = "/sys/fs/cgroup" + (isFirst ? "/cpu" : "")
      var names = fields[2].split(separator: "/")
      var directories: [String] = []
      while !names.isEmpty {
        directories.append(root + "/" + names.joined(separator: "/"))
        names.removeLast()
      }
      return directories + [root]
    }
    return []
  }

  private static let grants: [Double] = groups(text("/proc/self/cgroup") ?? "").compactMap { directory in
    text(directory + "/cpu.max").flatMap(grant)
      ?? text(directory + "/cpu.cfs_quota_us").flatMap { quota in
        text(directory + "/cpu.cfs_period_us").flatMap { grant("\(quota) \($0)") }
      }
  }

  /// The beginning of a small file; nil where there is none.
  private static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    return String(decoding: bytes.prefix(fread(&bytes, 1, bytes.count, file)), as: UTF8.self)
  }
}
