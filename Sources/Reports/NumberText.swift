import Foundation

/// Numbers for readers; records and CSV keep them in full.
public enum NumberText {
  /// A number with a fixed count of decimals, whatever the locale: `3.14`.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    return String(format: "%.\(max(0, decimals))f", value)
  }

  /// Nanoseconds as milliseconds with about four digits that mean something: `0.3615`, `12.40`.
  public static func milliseconds(_ nanoseconds: Double) -> String {
    let value = nanoseconds / 1e6
    let decimals = value < 1 ? 4 : value < 10 ? 3 : value < 100 ? 2 : 1
    return fixed(value, decimals: decimals)
  }

  /// A share as a percentage: `97.3 %`.
  public static func percent(_ share: Double) -> String { fixed(share * 100, decimals: 1) + " %" }

  /// A count in the largest unit of thousands that leaves something before the point: `15.47 G`, `138.4 M`, `980`.
  public static func count(_ count: Int) -> String {
    let magnitude = Double(count.magnitude)
    for (scale, unit) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where magnitude >= scale {
      let value = Double(count) / scale
      return fixed(value, decimals: abs(value) < 10 ? 3 : abs(value) < 100 ? 2 : 1) + " " + unit
    }
    return String(count)
  }

  /// A span of time: `8 s`, `1:05 min`, `2:03 h`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(max(0, seconds).rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60):\(two(whole % 60)) min" }
    return "\(whole / 3600):\(two(whole / 60 % 60)) h"
  }
}
