import ConvolutionModel
import Testing
import Verification

struct PlantedBugTests {
  /// Has every feature that a bug could be in: groups, several images, uneven padding, all of the epilogue.
  private static func operation() throws -> ConvolutionOperation {
    let problem = try ConvolutionProblem(
      batch: 2, inputChannels: 6, inputHeight: 6, inputWidth: 7, outputChannels: 4, filterHeight: 3, filterWidth: 3,
      padding: Padding(top: 1, left: 2, bottom: 0, right: 1), groups: 2)
    return ConvolutionOperation(problem, epilogue: Epilogue(bias: true, residual: true, activation: .relu6))
  }

  /// The check that has to find each bug; anything else would find it by chance.
  private static let checks: [Bug: VerificationCheck] = [
    .coarseWeights: .zeroMeanReals, .writesPastOutput: .strayWrite, .writesBeforeOutput: .strayWrite,
    .writesPastWorkspace: .strayWrite, .writesInput: .inputUntouched, .writesResidual: .residualUntouched,
    .writesWeights: .parametersUntouched, .threadsChangeBits: .exactIntegers, .refusesToPlan: .planning,
  ]

  @Test(arguments: TensorLayout.allCases)
  func everyBugIsCaught(layout: TensorLayout) throws {
    let operation = try Self.operation()
    for seed: UInt64 in 1...3 {
      let options = VerificationOptions(seed: seed, threads: 2, guardPages: false)
      let subject = VerificationSubject(operation, options: options)
      for bug in Bug.allCases {
        let report = subject.verify(Mutant(bug: bug, layout: layout))
        #expect(report.verdict == (bug == .none ? .passed : .failed), "\(bug), seed \(seed): \(report)")
        #expect((report.reason == nil) == (bug == .none))
        #expect((report.failedCheck == nil) == (bug == .none))
        if let check = Self.checks[bug] { #expect(report.failedCheck == check, "\(bug): \(report)") }
        #expect(report.checkedOutputs == operation.outputShape.count)
      }
    }
  }

  /// With a bound on the error instead of exact integers, what only shows in the bits is left to the comparison of runs.
  @Test func inexactKernelsAreHeldToTheirBits() throws {
    let operation = try Self.operation()
    let subject = VerificationSubject(operation, options: VerificationOptions(threads: 2, guardPages: false))
    let bound = ErrorBound(constant: 20, tile: 4, isExactOnIntegers: false)
    for (bug, check) in [
      (Bug.lastBitChanges, VerificationCheck.repeatability), (.threadsChangeBits, .threadIndependence),
      (.readsWorkspace, .zeroMeanReals), (.droppedTap, .exactIntegers),
    ] {
      let report = subject.verify(Mutant(bug: bug, bound: bound))
      #expect(report.verdict == .failed)
      if bug != .readsWorkspace { #expect(report.failedCheck == check, "\(bug): \(report)") }
    }
    #expect(subject.verify(Mutant(bug: .none, bound: bound)).verdict == .passed)
  }

  @Test func errorNamesTheOutput() throws {
    let operation = try Self.operation()
    let subject = VerificationSubject(operation, options: VerificationOptions(guardPages: false))
    let report = subject.verify(Mutant(bug: .oneNaN, layout: .nchw))
    let error = try #require(report.error)
    let shape = operation.outputShape
    let place = TensorLayout.nchw.offset(
      shape, batch: error.batch, channel: error.channel, row: error.row, column: error.column)
    #expect(place == shape.count / 2)
    #expect(error.actual.isNaN)
    #expect(error.maxScaled == .infinity)
    #expect(report.reason?.contains("nan") == true)
  }

  /// What only protected pages can see: a read whose value goes nowhere.
  @Test func guardPagesNoteReads() throws {
    let operation = ConvolutionOperation(
      try ConvolutionProblem(channels: 2, height: 4, width: 4, filters: 2, kernel: 3), epilogue: .none)
    let report = VerificationSubject(operation).verify(Mutant(bug: .readsPastInput))
    #expect(report.verdict == .failed)
    let failure = try #require(report.failures.first { $0.check == .guardPages })
    #expect(failure.reason.contains("right after the end of the input"), "\(report)")
    // And the next kernel finds the guards in place again.
    #expect(VerificationSubject(operation).verify(Mutant(bug: .none)).verdict == .passed)
  }
}
