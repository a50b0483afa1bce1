/// A part of a kernel's run whose time can be told apart.
public enum KernelStage: String, Hashable, Sendable, Codable, CaseIterable {
  /// Input is laid out for what follows.
  case pack
  /// Input is transformed to another domain.
  case transform
  /// The depthwise half of a separable convolution.
  case depthwise
  /// Products are summed.
  case multiply
  /// Products are transformed back, with the epilogue where the kernel does both at once.
  case inverse
  /// Bias, residual and activation, where they're a pass of their own.
  case epilogue
}

/// A stopwatch that a kernel tells which stage it has just come to the end of.
///
/// It is for one run on one thread at a time.
public final class StageTimes {
  /// Nanoseconds of each stage, all blocks together.
  public private(set) var nanoseconds: [KernelStage: Double] = [:]
  /// Times that a stage was ended: each is a reading of the clock, which a normal run doesn't have.
  public private(set) var laps = 0
  private let clock: () -> UInt64
  private var last: UInt64

  /// Starts the watch.
  ///
  /// - Parameter clock: nanoseconds, never going back.
  public init(clock: @escaping () -> UInt64) {
    self.clock = clock
    last = clock()
  }

  /// Forgets the time since the last stage ended.
  public func restart() { last = clock() }

  /// Counts the time since the last stage ended, or since the start, for a stage.
  public func end(_ stage: KernelStage) {
    let now = clock()
    nanoseconds[stage, default: 0] += Double(now - last)
    laps += 1
    last = now
  }
}
