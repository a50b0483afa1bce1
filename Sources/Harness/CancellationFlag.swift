import Synchronization

/// Says that a run should end after the sample it is taking. May be set from a signal handler: it takes no lock and
/// allocates nothing.
public final class CancellationFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  /// Makes a flag that isn't set.
  public init() {}

  /// Whether ``cancel()`` was called.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Asks the run to end.
  public func cancel() { flag.store(true, ordering: .relaxed) }
}
