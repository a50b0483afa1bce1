/// What a line of a record file is a record of. Lines that don't say are convolutions.
public enum RecordKind: String, Hashable, Sendable, Codable, CaseIterable {
  /// A convolution kernel on a layer: ``BenchmarkRecord``.
  case convolution
  /// A matrix product by itself: ``GEMMRecord``.
  case matrixProduct = "gemm"
}
