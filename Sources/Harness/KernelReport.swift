import ConvolutionModel
import Verification

extension VerificationSubject {
  /// Verifies a kernel of ours, of a library or of another program, each as far as it can be held to.
  func report(on kernel: any ConvolutionKernel) -> VerificationReport {
    guard let external = kernel as? ExternalKernel else {
      return verify(kernel, requiresSameBits: !kernel.mayChooseAnew)
    }
    external.forget()
    return external.explaining(verify(external, requiresSameBits: false), of: operation)
  }
}

extension ConvolutionKernel {
  /// Whether a library computes the sums, in an order that it may choose anew for each run.
  var mayChooseAnew: Bool { id.family == "im2col" && id.isa == nil || self is ExternalKernel }
}
