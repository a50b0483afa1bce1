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

  /// Without a clamp or a residual, with rows that no tile of four columns divides.
  private static func bareOperation() throws -> ConvolutionOperation {
    let problem = try ConvolutionProblem(
      inputChannels: 4, inputHeight: 5, inputWidth: 9, outputChannels: 3, filterHeight: 3, filterWidth: 3,
      padding: Padding(1))
    return ConvolutionOperation(problem, epilogue: .none)
  }

  /// The check that is meant to find each bug; others may find it too.
  static let checks: [Bug: VerificationCheck] = [
    .droppedTap: .exactIntegers, .droppedLastChannel: .exactIntegers, .flippedFilter: .exactIntegers,
    .transposedFilter: .exactIntegers, .shiftedFilter: .exactIntegers, .wrongGroup: .exactIntegers,
    .coarseWeights: .zeroMeanReals, .zeros: .exactIntegers, .perturbedTransform: .exactIntegers,
    .flushesDenormals: .denormals, .swallowsNaN: .nonFinite, .boundsInfinity: .nonFinite,
    .roundsSumsToHalf: .zeroMeanReals, .rightColumnRepeated: .exactIntegers, .bottomRowUnwritten: .completeOutput,
    .lastChannelUnwritten: .completeOutput, .secondImageIsFirst: .batch, .oneNaN: .completeOutput,
    .lastTileOfColumnsRepeated: .exactIntegers, .paddingReadsNextPixel: .exactIntegers,
    .channelsSwapped: .exactIntegers,
    .biasTwice: .exactIntegers, .biasMissing: .exactIntegers, .biasOfNextChannel: .exactIntegers,
    .activationBeforeResidual: .exactIntegers, .activationMissing: .exactIntegers, .clampMissing: .exactIntegers,
    .residualOfNextPixel: .exactIntegers, .residualMissing: .exactIntegers, .writesPastOutput: .strayWrite,
    .writesBeforeOutput: .strayWrite, .writesPastWorkspace: .strayWrite, .writesInput: .inputUntouched,
    .writesResidual: .residualUntouched, .writesWeights: .parametersUntouched, .readsPastInput: .guardPages,
    .readsBeforeInput: .guardPages, .readsVectorPastInput: .guardPages, .readsPastResidual: .guardPages,
    .readsPastWeights: .guardPages, .readsPastPacked: .guardPages, .readsWorkspace: .exactIntegers,
    .readsWeightsLate: .guardPages, .readsPastWorkspace: .guardPages, .writesVectorPastOutput: .strayWrite,
    .writesPacked: .guardPages, .writesFarPastOutput: .guardPages, .runsOnce: .repeatability,
    .repeatsFirstResult: .exactIntegers, .lastBitChanges: .repeatability, .threadsChangeBits: .threadIndependence,
    .addressChangesBits: .repeatability, .sharesScratch: .concurrency, .refusesToPlan: .planning,
  ]

  /// What is seen of a bug on two operations.
  static func failures(of bug: Bug, layout: TensorLayout) throws -> [CheckFailure] {
    try [operation(), bareOperation()].flatMap { operation in
      let subject = VerificationSubject(operation, options: .thorough(threads: 2))
      let report = subject.verify(Mutant(bug: bug, layout: layout))
      #expect(report.verdict == (report.failures.isEmpty ? .passed : .failed))
      #expect(report.checkedOutputs == operation.outputShape.count)
      return report.failures
    }
  }

  /// Every bug is caught by the check that is meant for it, and a kernel without one by none.
  @Test(arguments: TensorLayout.allCases)
  func everyBugIsCaught(layout: TensorLayout) throws {
    #expect(try Self.failures(of: .none, layout: layout) == [])
    for bug in Bug.allCases where bug != .none {
      let failures = try Self.failures(of: bug, layout: layout)
      #expect(failures.allSatisfy { !$0.isUnfit && !$0.reason.isEmpty }, "\(bug): \(failures)")
      let check = try #require(Self.checks[bug], "no check is meant for \(bug)")
      #expect(failures.contains { $0.check == check }, "\(bug), \(layout): \(failures)")
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
