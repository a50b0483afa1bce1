import Foundation

/// Small text files through which Linux tells about itself.
enum SystemFile {
  /// The whole text without the spaces around it; nil where there is no such file.
  static func text(_ path: String) -> String? {
    // These files claim to be of no length, so they're read to their end instead.
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.readToEnd() else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The value after the first colon of the first line that begins with a name, as in `/proc/cpuinfo`.
  static func field(_ name: String, in path: String) -> String? {
    for line in (text(path) ?? "").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      if parts.count == 2 && parts[0] == name { return parts[1] }
    }
    return nil
  }

  /// A size as the system writes it, `48K` or `32M`, in bytes.
  static func bytes(_ text: String) -> Int? {
    let units = ["K": 1024, "M": 1024 * 1024, "G": 1024 * 1024 * 1024]
    if let unit = text.last.flatMap({ units[String($0)] }) { return Int(text.dropLast()).map { $0 * unit } }
    return Int(text)
  }
}
