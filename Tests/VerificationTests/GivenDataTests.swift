import ConvolutionKernels
import ConvolutionModel
import Testing
import Verification

/// Verification on data that somebody brings.
struct GivenDataTests {
  private static let problem = "g2mb2ic6ih5oc4kh3ph1"

  private func subject(_ text: String, scale: Float, bias: Bool = true) throws -> VerificationSubject {
    let problem = try ConvolutionProblem(parsing: text)
    // Whole numbers for scale 1, different from their neighbours.
    func numbers(_ count: Int) -> [Float] { (0..<count).map { Float($0 * 7 % 11 - 5) * scale } }
    return try VerificationSubject(
      given: ConvolutionOperation(problem, epilogue: Epilogue(bias: bias)), input: numbers(problem.inputShape.count),
      weights: numbers(problem.weightCount), bias: bias ? numbers(problem.outputChannels) : nil)
  }

  @Test("A right kernel passes and a wrong one fails, on whole numbers and on others", arguments: [1, 0.1] as [Float])
  func verdicts(scale: Float) throws {
    let subject = try subject(Self.problem, scale: scale)
    #expect(subject.checkedOutputs == 2 * 4 * 25)
    let sound = subject.verify(Mutant(bug: .none))
    #expect(sound.verdict == .passed, "\(sound)")
    for bug in [Bug.droppedTap, .flippedFilter, .wrongGroup, .biasTwice, .oneNaN, .readsWorkspace] {
      #expect(subject.verify(Mutant(bug: bug)).verdict == .failed, "\(bug)")
    }
  }

  @Test("Small whole numbers must be exact, whatever the bound would allow")
  func exactness() throws {
    let lax = ErrorBound(constant: 1e9, tile: 1, isExactOnIntegers: true)
    let mutant = Mutant(bug: .droppedTap, bound: lax)
    #expect(try subject(Self.problem, scale: 1).verify(mutant).verdict == .failed)
    #expect(try subject(Self.problem, scale: 0.1).verify(mutant).verdict == .passed)
    // Too large for their sums to be exact.
    #expect(try subject(Self.problem, scale: 0x1p20).verify(mutant).verdict == .passed)
  }

  /// To a one each of the terms that follow is too small to be seen: a plain sum loses all of them, by right.
  @Test("Unlucky data of one sign have the bound that holds for any")
  func oneSign() throws {
    let count = 1 << 16
    let problem = try ConvolutionProblem(channels: count, height: 1, width: 1, filters: 1, kernel: 1)
    let subject = try VerificationSubject(
      given: ConvolutionOperation(problem, epilogue: .none), input: [1] + Array(repeating: 0x1.8p-25, count: count - 1),
      weights: Array(repeating: 1, count: count), bias: nil)
    let report = subject.verify(Mutant(bug: .none))
    #expect(report.verdict == .passed, "\(report)")
    #expect(try #require(report.error).maxScaled > 0.5)
  }

  @Test("Tensors that don't belong to the operation are refused")
  func refusals() throws {
    let problem = try ConvolutionProblem(parsing: "mb1ic2ih3oc2kh1")
    func refuse(_ operation: ConvolutionOperation, input: Int = 18, weights: Int = 4, bias: Int? = nil) {
      #expect(throws: ConvolutionError.self) {
        try VerificationSubject(
          given: operation, input: Array(repeating: 1, count: input), weights: Array(repeating: 1, count: weights),
          bias: bias.map { Array(repeating: 1, count: $0) })
      }
    }
    refuse(ConvolutionOperation(problem, epilogue: .none), input: 17)
    refuse(ConvolutionOperation(problem, epilogue: .none), weights: 3)
    refuse(ConvolutionOperation(problem, epilogue: .none), bias: 2)
    refuse(ConvolutionOperation(problem, epilogue: Epilogue(bias: true)), bias: 1)
    refuse(ConvolutionOperation(problem, epilogue: Epilogue(bias: true)))
    refuse(ConvolutionOperation(problem, epilogue: Epilogue(residual: true)))
    refuse(try ConvolutionOperation(problem, pointwise: PointwiseStage(outputChannels: 2)))
  }
}
