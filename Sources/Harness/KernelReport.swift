import ConvolutionModel
import Verification

extension VerificationSubject {
  /// Verifies a kernel, one of another program as far as a foreign process allows.
  ///
  /// - Parameter librariesMayChooseAnew: whether kernels that leave the sums to a library are only held to right results, not
  ///   to the same bits.
  func report(on kernel: any ConvolutionKernel, librariesMayChooseAnew: Bool = false) -> VerificationReport {
    guard let external = kernel as? ExternalKernel else {
      return verify(kernel, requiresSameBits: !(librariesMayChooseAnew && kernel.leavesSumsToALibrary))
    }
    external.forget()
    return external.explaining(verify(external, requiresSameBits: false), of: operation)
  }
}

extension ConvolutionKernel {
  /// Whether a library computes the sums, in an order that it may choose anew for each run.
  fileprivate var leavesSumsToALibrary: Bool { id.family == "im2col" && id.isa == nil }
}
