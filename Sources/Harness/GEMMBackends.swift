import ConvolutionModel
import MatrixMultiplication

/// The implementations of matrix products that are compared.
public enum GEMMBackends {
  /// All of them, our own first, missing libraries included.
  ///
  /// - Parameter isa: the instruction sets that our own runs on. What a library runs is its own choice.
  public static func all(isa: InstructionSetChoice = .highest) -> [any GEMM] {
    let own: [any GEMM] =
      switch isa {
      case .highest: [OwnGEMM()]
      case .only(let isa): [OwnGEMM(isa: isa)]
      case .all: InstructionSet.allCases.map { OwnGEMM(isa: $0) }
      }
    return own + BLASVendor.allCases.map { BLASLibrary.load($0) }
  }
}
