/// What the caches hold when a sample begins.
public enum CacheState: String, Hashable, Sendable, Codable, CaseIterable {
  /// What the call before it left: all of a small layer, the last of a large one.
  case warm
  /// Input, output and workspace, but no packed weights: a layer in a network whose other layers' weights went through the
  /// caches since.
  case coldWeights = "cold-weights"
  /// Nothing of the operation.
  case cold
}
