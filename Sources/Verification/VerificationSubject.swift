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
    cases = DataClass.allCases.map { Self.makeCase(operation, $0, samples, seed: options.seed) }
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
    var draws = SplitMix64(seed: seed ^ UInt64(dataClass == .exactIntegers ? 0x1A7E : 0x2EA1))
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
        let isExact = dataClass == .exactIntegers && oracle.largestMagnitude / data.unit <= 0x1p24
        return Case(data: data, oracle: oracle, isExact: isExact)
      }
    }
  }

  /// Runs a kernel on all classes of data and compares. Never throws: what's wrong is in the report.
  ///
  /// - Parameter requiresSameBits: whether all runs, with any number of threads, must give the same bits. Without, each run
  ///   with the asked number of threads is compared with the oracle: foreign libraries promise no more.
  public func verify(_ kernel: any ConvolutionKernel, requiresSameBits: Bool = true) -> VerificationReport {
    func report(_ verdict: Verdict, _ reason: String?, check: String? = nil, error: MeasuredError? = nil)
      -> VerificationReport
    {
      VerificationReport(
        verdict: verdict, reason: reason, failedCheck: check, error: error,
        checkedOutputs: [.unavailable, .unsupported].contains(verdict) ? 0 : checkedOutputs,
        totalOutputs: operation.outputShape.count)
    }
    if case .unavailable(let reason) = kernel.availability { return report(.unavailable, reason) }
    if case .unsupported(let reason) = kernel.support(for: operation) { return report(.unsupported, reason) }
    var error: MeasuredError?
    for subjectCase in cases {
      do {
        error = try KernelTrial(kernel, subjectCase, options, requiresSameBits: requiresSameBits).run()
      } catch {
        return report(error.isUnfit ? .mistrusted : .failed, error.reason, check: error.check, error: error.error)
      }
    }
    for subjectCase in cases {
      let (count, nonzero) = subjectCase.oracle.meaningful
      if count == 0 || 10 * nonzero < count {
        return report(
          .mistrusted, "only \(nonzero) of \(count) compared outputs that depend on the input are other than zero",
          check: subjectCase.data.dataClass.rawValue, error: error)
      }
    }
    return report(.passed, nil, error: error)
  }
}

/// The subject's tensors of zero-mean reals, for whoever wants to run kernels on the same data: to time them.
///
/// The memory belongs to the subject and is valid as long as it.
extension VerificationSubject {
  private var reals: TestData { cases.last!.data }

  /// Weights and biases.
  public var parameters: ConvolutionParameters { reals.parameters }

  /// Compares an output that a kernel left on these data, in its layout, with the oracle.
  ///
  /// - Returns: what's wrong with it; nil where it's right.
  public func complaint(about output: UnsafeBufferPointer<Float>, of kernel: any ConvolutionKernel) -> String? {
    do throws(TrialFailure) {
      _ = try KernelTrial(kernel, cases.last!, options).compare(output)
      return nil
    } catch {
      return error.reason
    }
  }

  /// How far a kernel's output may be from the exact one by its own word, for each compared output on these data: of a
  /// full comparison, NCHW.
  public func allowedErrors(of kernel: any ConvolutionKernel) -> [Double] {
    cases.last!.oracle.allowedErrors(kernel.errorBound(for: operation))
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
