import ConvolutionModel
import Measurement
import Threading

/// Brings the caches of all cores that a run uses into a state.
final class CacheConditioner {
  private let state: CacheState
  private let evictors: [CacheEvictor]

  /// - Parameters:
  ///   - state: not warm: that needs nobody.
  ///   - evictors: one a thread, each emptying the caches of its own core.
  init(_ state: CacheState, evictors: [CacheEvictor]) {
    self.state = state
    self.evictors = evictors
  }

  convenience init(_ state: CacheState, threads: Int) {
    self.init(state, evictors: (0..<threads).map { _ in CacheEvictor() })
  }

  /// Empties the caches and, where only the weights are to be cold, reads the memory of a run back in.
  func condition(_ memory: [UnsafeRawBufferPointer]) {
    // Safe to share: each part uses an evictor of its own.
    nonisolated(unsafe) let evictors = evictors
    ThreadPool.shared.run(parts: evictors.count) { evictors[$0].evict() }
    guard state == .coldWeights, let evictor = evictors.first else { return }
    for buffer in memory { evictor.touch(buffer) }
  }
}
