import CKernelISA
import ConvolutionModel

extension InstructionSet {
  /// The widest instruction set that this machine and its operating system have.
  public static let best: InstructionSet = {
    switch kernel_isa_level() {
    case 2: .avx512
    case 1: .avx2
    default: .baseline
    }
  }()

  /// The instruction sets of this architecture.
  package static let ofThisArchitecture: [InstructionSet] = {
    #if arch(x86_64)
      [.avx512, .avx2, .baseline]
    #else
      [.baseline]
    #endif
  }()

  /// Whether this machine has it, and what lacks otherwise.
  package var availability: Availability {
    self <= Self.best
      ? .available : .unavailable(reason: "this machine has no \(rawValue); its best instruction set is \(Self.best)")
  }

  /// Floats in a vector register.
  package var lanes: Int {
    switch self {
    case .baseline: 4
    case .avx2: 8
    case .avx512: 16
    }
  }

  /// Vector registers.
  package var registers: Int {
    #if arch(arm64)
      32
    #else
      self == .avx512 ? 32 : 16
    #endif
  }

  /// The widest row of a register tile, in vectors.
  package var widestRow: Int { registers == 32 ? 4 : 2 }
}
