import ConvolutionModel
import Synchronization

/// One operation with its test data and what the oracle says of them: made once, used for many kernels.
///
/// The data of both classes exist in memory at once, in NCHW and in every layout that was asked for.
public final class VerificationSubject: Sendable {
  /// What is computed.
  public let operation: ConvolutionOperation
  /// How thoroughly it's verified.
  public let options: VerificationOptions
  /// How many outputs are compared in each class of data.
  public let checkedOutputs: Int
  private let cases: [Case]
  private let converted = Mutex<[ConvertedTensor: AlignedBuffer<Float>]>([:])

  /// One class of data with the oracle's values.
  struct Case: Sendable {
    let data: TestData
    let oracle: OracleValues
    /// Whether a kernel that is exact on whole numbers has to be exact on these.
    let isExact: Bool
  }

  private struct ConvertedTensor: Hashable {
    let layout: TensorLayout
    let isResidual: Bool
  }

  /// Makes the data and evaluates the oracle, which takes about a nanosecond a multiply-add of the selected outputs.
  ///
  /// - Parameters:
  ///   - blockEdges: where the kernels to come cut the operation into blocks, so that sampled coverage looks there.
  public init(
    _ operation: ConvolutionOperation, blockEdges: [BlockEdge] = [], options: VerificationOptions = .init()
  ) {
    self.operation = operation
    self.options = options
    let samples = OutputSamples(operation, blockEdges: blockEdges, options: options)
    // Those that are always there come first, and the reals that plans are timed on last of them.
    let classes = DataClass.allCases.filter { options.dataClasses.contains($0) || DataClass.basic.contains($0) }
    cases = classes.filter { DataClass.basic.contains($0) || operation.multiplyAdds <= KernelTrial.smallOperation }
      .map { Self.makeCase(operation, $0, samples, seed: options.seed) }
    checkedOutputs = cases.map(\.oracle.values.count).min() ?? 0
  }

  /// Takes data that somebody brings, NCHW, in place of drawn ones, and compares every output: exactly where the data are
  /// small whole numbers; otherwise within the bound of each kernel, or that of any `n` terms where it's wider.
  ///
  /// - Parameters:
  ///   - operation: a convolution with or without a bias, and nothing else.
  ///   - input: the input tensor, finite numbers.
  ///   - weights: the weights, `[K][C/groups][R][S]`.
  ///   - bias: one value per output channel, where the epilogue has one.
  /// - Throws: ``ConvolutionError/bufferTooShort(name:expected:actual:)`` or
  ///   ``ConvolutionError/unexpectedBuffer(name:isMissing:)``.
  public init(
    given operation: ConvolutionOperation, input: [Float], weights: [Float], bias: [Float]?,
    options: VerificationOptions = .init()
  ) throws(ConvolutionError) {
    if operation.pointwise != nil { throw .unexpectedBuffer(name: "pointwise stage's weights", isMissing: true) }
    let data = TestData(given: operation, input: input, weights: weights, bias: bias)
    let oracle = try OracleValues(data, samples: .all)
    self.operation = operation
    self.options = options
    cases = [Case(data: data, oracle: oracle, isExact: data.dataClass == .exactIntegers)]
    checkedOutputs = oracle.values.count
  }

  /// Draws data until enough expected outputs are nonzero: behind a ReLU, a single output is zero every other time.
  private static func makeCase(
    _ operation: ConvolutionOperation, _ dataClass: DataClass, _ samples: OutputSamples, seed: UInt64
  ) -> Case {
    var draws = SplitMix64(seed: seed ^ dataClass.stream)
    var attempt = 0
    while true {
      let data = TestData(operation, dataClass, seed: draws.next())
      let oracle: OracleValues
      do {
        oracle = try OracleValues(data, samples: samples)
      } catch {
        preconditionFailure("the oracle refused the data made for it: \(error)")
      }
      attempt += 1
      let (count, nonzero) = oracle.meaningful
      // With many outputs one draw is as good as the next.
      if 4 * nonzero >= count || attempt == 64 || (count > 256 && attempt == 2) {
        let isExact = dataClass.isWhole && oracle.largestMagnitude / data.unit <= 0x1p24
        return Case(data: data, oracle: oracle, isExact: isExact)
      }
    }
  }

  /// That the data show too little of any kernel, since most outputs are zero or depend on padding alone; nil where they show
  /// enough.
  public var distrust: CheckFailure? { cases.lazy.compactMap(\.distrust).first }

  /// Runs a kernel on all classes of data and compares. Never throws: what's wrong is in the report.
  ///
  /// - Parameter requiresSameBits: whether all runs, with any number of threads, must give the same bits. Without, each run
  ///   with the asked number of threads is compared with the oracle: foreign libraries promise no more. Nor must they run
  ///   the smaller problems that a law of convolution compares with: it's left out then.
  public func verify(_ kernel: any ConvolutionKernel, requiresSameBits: Bool = true) -> VerificationReport {
    var report = VerificationReport(verdict: .passed, checkedOutputs: 0, totalOutputs: operation.outputShape.count)
    if case .unavailable(let reason) = kernel.availability {
      (report.verdict, report.refusal) = (.unavailable, reason)
      return report
    }
    if case .unsupported(let reason) = kernel.support(for: operation) {
      (report.verdict, report.refusal) = (.unsupported, reason)
      return report
    }
    report.checkedOutputs = checkedOutputs
    for subjectCase in cases {
      var trial = KernelTrial(kernel, subjectCase, options, requiresSameBits: requiresSameBits)
      let isComplete = trial.run()
      report.failures += trial.failures.filter { failure in !report.failures.contains { $0.check == failure.check } }
      // Data that somebody brought are the only case.
      if subjectCase.data.dataClass == .zeroMeanReals || cases.count == 1 { report.passedError = trial.error }
      if !isComplete || !requiresSameBits && !report.failures.isEmpty { break }
    }
    // The laws' memory isn't guarded: a kernel that strays isn't let near it.
    if options.laws, operation.multiplyAdds <= KernelLaws.largestOperation,
      !report.failures.contains(where: \.check.isOfMemory)
    {
      var laws = KernelLaws(kernel, operation, seed: options.seed, mayRefuse: !requiresSameBits)
      report.failures += laws.failures()
    }
    if report.failures.isEmpty { report.failures = cases.compactMap(\.distrust) }
    if let first = report.failures.first {
      report.verdict = report.failures.allSatisfy(\.isUnfit) && first.isUnfit ? .mistrusted : .failed
    }
    return report
  }
}

extension DataClass {
  /// What tells the random numbers of the classes apart.
  fileprivate var stream: UInt64 {
    switch self {
    case .exactIntegers: 0x1A7E
    case .zeroMeanReals: 0x2EA1
    case .oneSignedReals: 0x3051
    case .cancellingReals: 0x4CA2
    case .denormals: 0x5DE2
    case .nonFinite: 0x6F17
    }
  }
}

extension VerificationSubject.Case {
  /// That the data show too little of a kernel; nil where they show enough.
  fileprivate var distrust: CheckFailure? {
    // Where nothing finite is left, the places of what isn't finite were compared.
    if data.dataClass == .nonFinite { return nil }
    let (count, nonzero) = oracle.meaningful
    if count > 0 && 10 * nonzero >= count { return nil }
    return CheckFailure(
      check: data.dataClass.check,
      reason: "only \(nonzero) of \(count) compared outputs that depend on the input are other than zero", isUnfit: true
    )
  }
}

/// The subject's tensors of zero-mean reals, or those that somebody brought, for whoever wants to run kernels on the same data: to time them.
///
/// The memory belongs to the subject and is valid as long as it.
extension VerificationSubject {
  private var realsCase: Case { cases.first { $0.data.dataClass == .zeroMeanReals } ?? cases[0] }
  private var reals: TestData { realsCase.data }

  /// Weights and biases.
  public var parameters: ConvolutionParameters { reals.parameters }

  /// Compares an output that a kernel left on these data, in its layout, with the oracle.
  ///
  /// - Returns: what's wrong with it; nil where it's right.
  public func complaint(about output: UnsafeBufferPointer<Float>, of kernel: any ConvolutionKernel) -> String? {
    var trial = KernelTrial(kernel, realsCase, options)
    trial.compare(output)
    return trial.failures.first?.reason
  }

  /// How far a kernel's output may be from the exact one by its own word, for each compared output on these data: of a
  /// full comparison, NCHW.
  public func allowedErrors(of kernel: any ConvolutionKernel) -> [Double] {
    realsCase.oracle.allowedErrors(kernel.errorBound(for: operation))
  }

  /// The input tensor in a layout.
  public func input(for layout: TensorLayout) -> UnsafeBufferPointer<Float> {
    tensor(reals.input, operation.inputShape, layout, isResidual: false)
  }

  /// The residual tensor in a layout; nil where the operation has none.
  public func residual(for layout: TensorLayout) -> UnsafeBufferPointer<Float>? {
    reals.residual.map { tensor($0, operation.outputShape, layout, isResidual: true) }
  }

  private func tensor(
    _ source: AlignedBuffer<Float>, _ shape: TensorShape, _ layout: TensorLayout, isResidual: Bool
  ) -> UnsafeBufferPointer<Float> {
    guard layout != .nchw else { return UnsafeBufferPointer(source.elements) }
    return converted.withLock { converted in
      let key = ConvertedTensor(layout: layout, isResidual: isResidual)
      if let known = converted[key] { return UnsafeBufferPointer(known.elements) }
      let buffer = AlignedBuffer<Float>(uninitializedCount: shape.count)
      layout.copy(fromPlanes: UnsafeBufferPointer(source.elements), shape, to: buffer.elements)
      converted[key] = buffer
      return UnsafeBufferPointer(buffer.elements)
    }
  }
}
