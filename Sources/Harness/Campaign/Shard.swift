/// One part of a campaign that is split over machines: every `count`-th workload, beginning with the `index`-th.
///
/// Workloads, not pairs of workload and kernel, are split: the kernels of a workload are timed in the same interleaved
/// rounds, and only so can they be compared. Neighbouring layers of a network cost about the same, so dealing them out in
/// turn also spreads the work.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// The part's number, from 1.
  public let index: Int
  /// How many parts there are.
  public let count: Int

  /// Names a part.
  ///
  /// - Throws: ``ShardError/outOfRange(source:index:count:)`` unless 1 ≤ index ≤ count.
  public init(index: Int, count: Int, source: String = "shard") throws(ShardError) {
    guard count >= 1, (1...count).contains(index) else {
      throw .outOfRange(source: source, index: index, count: count)
    }
    self.index = index
    self.count = count
  }

  /// Reads `i/n`.
  ///
  /// - Throws: ``ShardError``, which names the text.
  public init(parsing text: String, source: String = "--shard") throws(ShardError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Shard.number(parts[0]), let count = Shard.number(parts[1]) else {
      throw .unreadable(source: source, text: text)
    }
    try self.init(index: index, count: count, source: source)
  }

  /// `3/8`.
  public var description: String { "\(index)/\(count)" }

  /// The elements that belong to this part, in their order. Every element belongs to exactly one part.
  public func part<Element>(of elements: [Element]) -> [Element] {
    elements.enumerated().filter { $0.offset % count == index - 1 }.map(\.element)
  }

  /// Digits only: `Int` alone would take a sign too.
  static func number(_ text: some StringProtocol) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int(String(text))
  }
}

/// What can be wrong with the description of a shard. The source is the option or the variables that it comes from.
public enum ShardError: Error, Hashable, Sendable {
  /// The text isn't `i/n`.
  case unreadable(source: String, text: String)
  /// There is no such part.
  case outOfRange(source: String, index: Int, count: Int)
  /// A variable that a scheduler sets is missing beside another.
  case missing(variable: String, beside: String, hint: String)
  /// A variable that a scheduler sets holds no number.
  case notANumber(variable: String, value: String)
  /// The indices of a Slurm array leave gaps, so that the number of a task among them isn't known.
  case gaps(first: Int, last: Int, step: Int, count: Int)
  /// Two schedulers name different parts.
  case ambiguous(Shard, Shard)
}

extension ShardError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let source, let text): "\(source) is \(text); expected i/n, such as 3/8"
    case .outOfRange(let source, let index, let count):
      count < 1
        ? "\(source): there are \(count) shards; expected at least 1"
        : "\(source): the shard is \(index) of \(count); expected 1…\(count)"
    case .missing(let variable, let beside, let hint): "\(beside) is set, but \(variable) isn't; \(hint)"
    case .notANumber(let variable, let value): "\(variable) is \"\(value)\"; expected a whole number from 0"
    case .gaps(let first, let last, let step, let count):
      "the \(count) tasks of the Slurm array are not evenly spaced from \(first) to \(last) by \(step); expected an "
        + "array without gaps, such as --array=0-7, or --shard i/n"
    case .ambiguous(let slurm, let kubernetes):
      "SLURM_ARRAY_TASK_ID says shard \(slurm), JOB_COMPLETION_INDEX says \(kubernetes); expected --shard i/n to decide"
    }
  }
}
