import ConvolutionKernels
import ConvolutionModel
import Testing
import Verification

@Test(arguments: TensorLayout.allCases)
func naiveKernelPasses(layout: TensorLayout) throws {
  let kernel = try KernelRegistry.kernel(named: "naive-\(layout.rawValue)")
  let problem = try ConvolutionProblem(
    batch: 2, channels: 6, height: 9, width: 7, filters: 4, kernel: 3, stride: 2, padding: .same, groups: 2)
  for activation in Activation.allCases {
    let epilogue = Epilogue(bias: true, residual: true, activation: activation)
    let operation = ConvolutionOperation(problem, epilogue: epilogue)
    let report = VerificationSubject(operation).verify(kernel)
    #expect(report.verdict == .passed, "\(operation): \(report.reason ?? "")")
    #expect(report.checkedOutputs == operation.outputShape.count)
    #expect((report.error?.maxScaled ?? 2) < 1)
  }
}
