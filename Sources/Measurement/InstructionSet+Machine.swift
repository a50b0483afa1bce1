import CKernelISA
import ConvolutionModel

extension InstructionSet {
  /// The highest instruction set that this machine, and the registers that its operating system saves, can run.
  static let best: Self =
    switch kernel_isa_level() {
    case 2: .avx512
    case 1: .avx2
    default: .baseline
    }
}
