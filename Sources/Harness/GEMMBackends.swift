import MatrixMultiplication

/// The implementations of matrix products that are compared.
public enum GEMMBackends {
  /// All of them, our own first, missing libraries included.
  public static var all: [any GEMM] { [OwnGEMM()] + BLASVendor.allCases.map { BLASLibrary.load($0) } }
}
