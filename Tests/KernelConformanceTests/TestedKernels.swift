import ConvolutionKernels
import ConvolutionModel
import Testing
import Verification

/// The registry's kernels as arguments of tests: by name, so that a failure names its kernel.
enum TestedKernels {
  static let names = KernelRegistry.all.map(\.id.description)

  /// The kernel of a name.
  ///
  /// - Throws: what ends a test as skipped, with the reason, where this machine can't run the kernel.
  static func available(_ name: String) throws -> any ConvolutionKernel {
    let kernel = try KernelRegistry.kernel(named: name)
    if let reason = kernel.availability.reason { try Test.cancel("\(name): \(reason)") }
    return kernel
  }
}

extension ConvolutionKernel {
  /// Whether a library computes the sums, in an order that it may choose anew for each run.
  var usesLibrary: Bool { id.family == "im2col" && id.isa == nil }
}

extension VerificationSubject {
  /// Verifies a kernel that may refuse the operation, but nothing else; tells whether it computed it.
  func expectPass(_ kernel: any ConvolutionKernel) -> Bool {
    let report = verify(kernel)
    if report.verdict == .unsupported {
      #expect(report.reason?.isEmpty == false, "\(kernel.id) refuses \(operation) without a reason")
      return false
    }
    #expect(
      report.verdict == .passed,
      "\(kernel.id) on \(operation), \(operation.finalEpilogue), seed \(options.seed): \(report)")
    #expect(report.checkedOutputs == operation.outputShape.count)
    return report.verdict == .passed
  }
}
