import ConvolutionModel
import Verification

/// A kernel that didn't pass, and on what.
public struct FuzzFailure: Hashable, Sendable {
  /// Its name.
  public let kernel: KernelID
  /// How its program is started, where it's one of another program.
  public let external: ExternalCommand?
  /// The least operation that was found to show the failure.
  public let operation: ConvolutionOperation
  /// Where the random data start.
  public let seed: UInt64
  /// Threads of the runs.
  public let threads: Int
  /// The check that didn't hold.
  public let check: VerificationCheck
  /// What was seen.
  public let reason: String
  /// The operation on which it was seen first.
  public let found: ConvolutionOperation

  /// The command that shows the failure again.
  public var command: String {
    var words = ["bench verify --problem", "\(operation)", "--epilogue", operation.finalEpilogue.name]
    words += ["--kernel", "\(kernel)", "--seed", "\(seed)"]
    if let external { words += ["--external", external.quoted] }
    if threads > 1 { words += ["--threads", "\(threads)"] }
    return words.joined(separator: " ")
  }
}

/// Makes a failure's operation smaller as long as the kernel goes on failing.
struct FailureShrinker {
  let kernel: any ConvolutionKernel
  let cancelled: CancellationFlag
  /// Verifications at the most: each is a fraction of a second.
  var attempts = 500

  /// The failure on the least operation that shows one; the first one that was found, where nothing smaller fails.
  mutating func shrink(_ failure: FuzzFailure) -> FuzzFailure {
    var least = failure
    var isSmaller = true
    while isSmaller {
      isSmaller = false
      for (operation, threads) in Self.candidates(least.operation, threads: least.threads) {
        if attempts <= 0 || cancelled.isCancelled { return least }
        guard let next = fails(operation, threads: threads, like: least) else { continue }
        least = next
        isSmaller = true
        break
      }
    }
    return least
  }

  /// The failure on an operation; nil where the kernel passes or refuses it.
  private mutating func fails(_ operation: ConvolutionOperation, threads: Int, like failure: FuzzFailure)
    -> FuzzFailure?
  {
    guard kernel.support(for: operation).isSupported else { return nil }
    attempts -= 1
    let report = VerificationSubject(operation, options: .thorough(seed: failure.seed, threads: threads))
      .report(on: kernel, librariesMayChooseAnew: true)
    guard report.verdict == .failed, let first = report.failures.first(where: { !$0.isUnfit }) else { return nil }
    // Another check may show the same mistake on a smaller operation.
    return FuzzFailure(
      kernel: failure.kernel, external: failure.external, operation: operation, seed: failure.seed, threads: threads,
      check: first.check,
      reason: first.reason, found: failure.found)
  }

  /// Operations that are simpler in one thing.
  private static func candidates(
    _ operation: ConvolutionOperation, threads: Int
  ) -> [(operation: ConvolutionOperation, threads: Int)] {
    func make(_ problem: ConvolutionProblem, _ epilogue: Epilogue, _ pointwise: Int?) -> ConvolutionOperation? {
      guard let pointwise else { return ConvolutionOperation(problem, epilogue: epilogue) }
      return try? ConvolutionOperation(
        problem, epilogue: operation.epilogue, pointwise: PointwiseStage(outputChannels: pointwise, epilogue: epilogue))
    }
    let (problem, last) = (operation.problem, operation.finalEpilogue)
    let pointwise = operation.pointwise?.outputChannels
    var simpler: [ConvolutionOperation?] = []
    if pointwise != nil { simpler.append(make(problem, last, nil)) }
    for channels in [pointwise.map { _ in 1 }, pointwise.map { $0 / 2 }, pointwise.map { $0 - 1 }] {
      if let channels, channels > 0, channels != pointwise { simpler.append(make(problem, last, channels)) }
    }
    var plainer: [Epilogue] = []
    if last != .none { plainer.append(.none) }
    if last.hasBias { plainer.append(Epilogue(residual: last.hasResidual, activation: last.activation)) }
    if last.hasResidual { plainer.append(Epilogue(bias: last.hasBias, activation: last.activation)) }
    if last.activation != .identity { plainer.append(Epilogue(bias: last.hasBias, residual: last.hasResidual)) }
    simpler += plainer.map { make(problem, $0, pointwise) }
    simpler += problem.simpler.map { make($0, last, pointwise) }
    return (threads > 1 ? [(operation, 1)] : []) + simpler.compactMap { $0 }.map { ($0, threads) }
  }
}
