/// How many outputs the oracle evaluates.
public enum Coverage: Hashable, Sendable {
  /// Every output.
  case all
  /// Every output where that costs the oracle no more multiply-adds than these; otherwise a selection within them: corners,
  /// block edges, borders, every channel, then random places. At least one output is always compared.
  case sampled(maximumMultiplyAdds: Int)
}

/// What a verification does and how thoroughly.
public struct VerificationOptions: Hashable, Sendable {
  /// Where the random data start; the same seed gives the same data on every machine.
  public var seed: UInt64
  /// How many outputs are compared.
  public var coverage: Coverage
  /// Threads of the kernel's runs. With more than one, the result must have the bits of the single-threaded run.
  public var threads: Int
  /// Whether the memory around every buffer is made inaccessible, so that a stray access fails the verification by the name of
  /// the buffer and the side. Without, stray writes close to a buffer are still found afterwards.
  public var guardPages: Bool

  /// The classes of data, beside ``DataClass/basic``, that operations of up to 2²⁴ multiply-adds are run on.
  public var dataClasses: Set<DataClass>
  /// Whether operations of up to 2²¹ multiply-adds are held to the laws of convolution as well.
  public var laws: Bool

  /// Everything there is to check.
  public static func thorough(
    seed: UInt64 = 1, coverage: Coverage = .all, threads: Int = 1, guardPages: Bool = true
  ) -> VerificationOptions {
    VerificationOptions(
      seed: seed, coverage: coverage, threads: threads, guardPages: guardPages, dataClasses: Set(DataClass.allCases),
      laws: true)
  }

  /// Chooses options.
  public init(
    seed: UInt64 = 1, coverage: Coverage = .all, threads: Int = 1, guardPages: Bool = true,
    dataClasses: Set<DataClass> = Set(DataClass.basic), laws: Bool = false
  ) {
    self.dataClasses = dataClasses
    self.laws = laws
    self.seed = seed
    self.coverage = coverage
    self.threads = threads
    self.guardPages = guardPages
  }
}
