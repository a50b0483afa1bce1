import Foundation

/// How numbers become places along an axis: linearly or by their logarithm, between round ends.
public struct Scale: Sendable, Hashable {
  /// What equal distances mean.
  public enum Kind: Sendable, Hashable {
    /// Equal differences.
    case linear
    /// Equal ratios; only positive numbers have a place.
    case logarithmic
  }

  /// A place that is marked and labelled.
  public struct Tick: Sendable, Hashable {
    /// The number.
    public let value: Double
    /// The number for readers.
    public let label: String
  }

  /// What equal distances mean.
  public let kind: Kind
  /// The number at the axis' beginning.
  public let lower: Double
  /// The number at the axis' end, above ``lower``.
  public let upper: Double
  /// Where the axis begins, in pixels.
  public let start: Double
  /// Where it ends; below ``start`` for an axis that runs upwards.
  public let end: Double
  private let tickCount: Int

  /// Numbers beyond these have no place: their squares and powers of ten would have none among numbers of 64 bits.
  private static let smallest = 1e-150
  private static let largest = 1e150

  /// A scale that holds all of the numbers.
  ///
  /// Numbers without a place (NaN, infinities and what's nearly that large or that small, for logarithms what isn't positive)
  /// don't count. Without any other, the axis goes from 0 to 1 or from 1 to 10; a single number gets room on both sides.
  ///
  /// - Parameters:
  ///   - includesZero: whether a linear axis begins at zero at the latest: lengths of bars mean nothing otherwise.
  ///   - tickCount: about how many ticks there is room for.
  public init(
    _ kind: Kind, of values: some Sequence<Double>, from start: Double, to end: Double, includesZero: Bool = false,
    tickCount: Int = 5
  ) {
    self.kind = kind
    self.start = start
    self.end = end
    self.tickCount = max(2, tickCount)
    let usable = values.filter { value in
      let magnitude = value.magnitude
      return kind == .linear && value == 0
        || Self.smallest...Self.largest ~= magnitude && (kind == .linear || value > 0)
    }
    switch kind {
    case .linear:
      var low = usable.min() ?? 0
      var high = usable.max() ?? 1
      if includesZero {
        low = min(0, low)
        high = max(0, high)
      }
      // Numbers so near each other that steps between them are lost in rounding count as one.
      if high - low <= 1e-9 * max(abs(low), abs(high)) {
        let room = low == 0 ? 1 : abs(low) / 2
        if includesZero {
          high += room
        } else {
          low -= room
          high += room
        }
      }
      let step = Self.step(high - low, count: self.tickCount)
      lower = (low / step).rounded(.down) * step
      upper = (high / step).rounded(.up) * step
    case .logarithmic:
      let low = usable.min() ?? 1
      let high = usable.max() ?? 10
      let isOne = high <= low * 1.00001
      lower = Self.roundPower(isOne ? low / 2 : low, .down)
      upper = Self.roundPower(isOne ? high * 2 : high, .up)
    }
  }

  /// Where a number stands. What lies beyond an end is put there; NaN at the beginning.
  public func position(_ value: Double) -> Double {
    let share: Double
    switch kind {
    case .linear: share = (value - lower) / (upper - lower)
    case .logarithmic: share = value > 0 ? log(value / lower) / log(upper / lower) : 0
    }
    return start + (share.isNaN ? 0 : min(max(share, 0), 1)) * (end - start)
  }

  /// Round numbers from ``lower`` to ``upper``.
  public var ticks: [Tick] {
    switch kind {
    case .linear:
      let step = Self.step(upper - lower, count: tickCount)
      let count = Int(((upper - lower) / step).rounded())
      return (0...count).map { index in
        let value = ((lower / step).rounded() + Double(index)) * step
        return Tick(value: value, label: Self.label(value, step: step))
      }
    case .logarithmic: return logarithmicTicks.map { Tick(value: $0, label: Self.label($0)) }
    }
  }

  /// 1, 2, 5 of each power of ten where there is room, else the powers, or some of them.
  private var logarithmicTicks: [Double] {
    let first = Int(log10(lower).rounded(.down))
    let last = Int(log10(upper).rounded(.up))
    func inside(_ value: Double) -> Bool { value >= lower * 0.999 && value <= upper * 1.001 }
    for factors in [[1.0, 2, 5], [1, 3], [1]] {
      let values = (first...last).flatMap { power in factors.map { $0 * pow(10, Double(power)) } }.filter(inside)
      if values.count <= tickCount + 1 && values.count >= 2 { return values }
    }
    let stride = max(1, (last - first + tickCount - 1) / tickCount)
    let powers = Swift.stride(from: first, through: last, by: stride).map { pow(10, Double($0)) }.filter(inside)
    return powers.count >= 2 ? powers : [lower, upper]
  }

  /// The least of 1, 2, 2.5, 5 · 10ⁿ that cuts a span into no more than about `count` parts.
  private static func step(_ span: Double, count: Int) -> Double {
    let raw = span / Double(count)
    let power = pow(10, log10(raw).rounded(.down))
    for factor in [1, 2, 2.5, 5] where factor * power >= raw * 0.999 { return factor * power }
    return 10 * power
  }

  /// The next of 1, 2, 5 · 10ⁿ below or above a positive number.
  private static func roundPower(_ value: Double, _ rule: FloatingPointRoundingRule) -> Double {
    let power = pow(10, log10(value).rounded(.down))
    let candidates = [1.0, 2, 5, 10].map { $0 * power }
    return rule == .down
      ? candidates.last { $0 <= value * 1.000001 } ?? power : candidates.first { $0 >= value * 0.999999 } ?? 10 * power
  }

  private static func label(_ value: Double, step: Double) -> String {
    let size = max(abs(value), step)
    if size >= 1e6 || step < 1e-4 { return label(value) }
    var decimals = 0
    while decimals < 6 && abs(step * pow(10, Double(decimals)) - (step * pow(10, Double(decimals))).rounded()) > 1e-6 {
      decimals += 1
    }
    return String(format: "%.\(decimals)f", value == 0 ? 0 : value)
  }

  private static func label(_ value: Double) -> String {
    if value == 0 { return "0" }
    let magnitude = abs(value)
    if magnitude >= 1e-3 * 0.999 && magnitude < 1e5 { return String(format: "%.4g", value) }
    let power = Int(
      log10(magnitude).rounded(.down) + (magnitude / pow(10, log10(magnitude).rounded(.down)) > 9.99 ? 1 : 0))
    let mantissa = String(format: "%.3g", value / pow(10, Double(power)))
    let raised = "10" + String(power).map { String(superscripts[$0] ?? $0) }.joined()
    return mantissa == "1" ? raised : mantissa + "·" + raised
  }

  private static let superscripts: [Character: Character] = [
    "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹",
  ]
}
