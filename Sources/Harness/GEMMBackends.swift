import MatrixMultiplication

/// The implementations of matrix products that are compared.
public enum GEMMBackends {
  /// All of them, missing libraries included.
  public static var all: [any GEMM] { BLASVendor.allCases.map { BLASLibrary.load($0) } }
}
