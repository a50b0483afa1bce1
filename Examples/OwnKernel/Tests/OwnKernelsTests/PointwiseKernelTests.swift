import ConvolutionVerification
import OwnKernels
import Testing

/// The kernel before all checks of the suite, and the checks before kernels that are wrong.
@Suite struct PointwiseKernelTests {
  /// Counts around the edges of the kernel's blocks, sixteen output channels and four pixels of a row.
  static let extents: [(inputs: Int, outputs: Int, width: Int)] = [
    (1, 1, 1), (3, 15, 3), (5, 16, 4), (7, 17, 5), (16, 33, 7), (2, 31, 9),
  ]

  @Test(arguments: extents.indices)
  func isRight(_ index: Int) throws {
    let (inputs, outputs, width) = Self.extents[index]
    for stride in [1, 2] {
      let problem = try ConvolutionProblem(
        batch: 2, channels: inputs, height: 3, width: width, filters: outputs, kernel: 1, stride: stride)
      for epilogue in [.none, Epilogue(bias: true, residual: true, activation: .relu), Epilogue(activation: .relu6)] {
        let operation = ConvolutionOperation(problem, epilogue: epilogue)
        let report = VerificationSubject(operation, options: .thorough()).verify(PointwiseKernel())
        #expect(report.verdict == .passed, "\(operation), \(epilogue): \(report.reason ?? "")")
        #expect(report.checkedShare == 1)
      }
    }
  }

  @Test func refusesWhatItCannotDo() throws {
    let problem = try ConvolutionProblem(channels: 4, height: 5, width: 5, filters: 4, kernel: 3)
    let report = VerificationSubject(ConvolutionOperation(problem, epilogue: .none)).verify(PointwiseKernel())
    #expect(report.verdict == .unsupported && report.reason == "the filter is 3×3; expected 1×1")
  }

  /// Tests that can't fail show nothing: what one channel too few and one too many come to.
  @Test(arguments: [(0, nil), (-1, .exactIntegers), (1, .guardPages)] as [(Int, VerificationCheck?)])
  func aLoopThatEndsAtAWrongPlaceIsCaught(_ offByChannels: Int, _ check: VerificationCheck?) throws {
    let problem = try ConvolutionProblem(channels: 6, height: 4, width: 5, filters: 3, kernel: 1)
    let report = VerificationSubject(ConvolutionOperation(problem, epilogue: .none), options: .thorough())
      .verify(PlantedKernel(offByChannels: offByChannels))
    #expect(report.verdict == (check == nil ? .passed : .failed), "\(report.reason ?? "")")
    #expect(check == nil || report.failures.contains { $0.check == check }, "\(report.failures)")
  }
}
