import ConvolutionModel
import RegisterTiles
import Testing
import Verification

@testable import ConvolutionKernels

/// The error constants that the Winograd kernels declare, against what random problems show.
struct WinogradErrorTests {
  #if DEBUG
    private static let problems = 25
    private static let mostChannels = 24
  #else
    private static let problems = 3000
    private static let mostChannels = 512
  #endif

  /// Never violated, and not so lax that it would hide a loss of accuracy by a factor of 3.
  @Test(arguments: WinogradVariant.all.map(\.outputs))
  func declaredConstantIsTheMeasuredOne(outputs: Int) throws {
    let variant = try #require(WinogradVariant.all.first { $0.outputs == outputs })
    var largest = 0.0
    var generator = SplitMix64(seed: UInt64(outputs))
    var constant = 0.0
    for number in 0..<Self.problems {
      // As many problems of 1 to 2 channels as of 256 to 512.
      let channels =
        Int.random(in: 1...Self.mostChannels, using: &generator) >> Int.random(in: 0...9, using: &generator)
      let problem = try ConvolutionProblem(
        channels: max(1, channels), height: Int.random(in: 4...9, using: &generator),
        width: Int.random(in: 4...9, using: &generator), filters: Int.random(in: 1...4, using: &generator), kernel: 3,
        padding: number % 2 == 0 ? .same : .valid)
      let operation = ConvolutionOperation(problem, epilogue: .none)
      let subject = VerificationSubject(
        operation, options: VerificationOptions(seed: UInt64(number), guardPages: false))
      let layout = TensorLayout.allCases[number / 2 % 2]
      // With and without fused multiply-adds.
      for isa in Set([InstructionSet.best, .baseline]) {
        let kernel = WinogradKernel(variant: variant, layout: layout, isa: isa)
        constant = kernel.errorBound(for: operation).constant
        let report = subject.verify(kernel)
        #expect(report.verdict == .passed, "\(kernel.id) on \(problem): \(report)")
        largest = max(largest, (report.error?.maxScaled ?? .infinity) * constant)
      }
    }
    print("winograd-f\(outputs)x3: largest error \(largest) of the direct bound, declared \(constant)")
    #expect(largest <= constant)
    #if !DEBUG
      #expect(3 * largest >= constant, "F(\(outputs), 3) declares \(constant), but errs by \(largest) at most")
    #endif
  }
}
