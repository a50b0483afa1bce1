import ConvolutionModel
import Synchronization
import Verification

/// A worker's convolution in one layout, seen as a kernel.
///
/// It's planned, run and verified like any other. What a kernel can't say, that it refused a problem when it was to be
/// prepared or that its process died, it remembers: see ``explaining(_:of:)``.
public final class ExternalKernel: ConvolutionKernel {
  public let id: KernelID
  /// The program behind it.
  public let worker: ExternalWorker
  private let state = Mutex(State())

  /// What was seen since ``forget()``.
  private struct State {
    /// By what was refused: the laws ask for other problems than the one at hand.
    var refusals: [ConvolutionOperation: String] = [:]
    var failure: ExternalFailure?
    /// The largest tile that was named for a problem.
    var winograd: [ConvolutionProblem: Int] = [:]
    var notes: String?
  }

  init(_ worker: ExternalWorker, layout: TensorLayout) {
    self.worker = worker
    id = KernelID(family: "external", variant: worker.name, layout: layout)
  }

  public var availability: Availability {
    worker.unavailableReason.map { .unavailable(reason: $0) } ?? .available
  }

  public var implementationDetail: String? {
    guard let hello = worker.hello else { return nil }
    let parts = [
      "\(hello.name) \(hello.version)", hello.isa, hello.notes, state.withLock { $0.notes },
    ]
    return parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  public func support(for operation: ConvolutionOperation) -> Support {
    if operation.pointwise != nil {
      return .unsupported(reason: "external kernels compute one convolution a call, not a separable one")
    }
    return .supported
  }

  public func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }

  /// That of direct summation, unless the worker said that its library may choose Winograd's algorithm, and where it can.
  public func errorBound(for operation: ConvolutionOperation) -> ErrorBound {
    let declared = worker.hello?.capabilities.winograd ?? 0
    let tile = min(declared, state.withLock { $0.winograd[operation.problem] } ?? declared)
    return .foreignWinograd(tile: tile, operation.problem) ?? .directSummation
  }

  public func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    // Who went wrong once isn't started again for the rest of a verification.
    if let failure { throw .unavailable(kernel: id.description, reason: failure.description) }
    let most = worker.hello?.capabilities.maxThreads ?? 1
    if threads > most {
      throw refuse("it uses at most \(most) \(most == 1 ? "thread" : "threads"); \(threads) were asked for", operation)
    }
    let reply: ExternalWorker.Reply<PreparedExternalKernel>
    do throws(ExternalFailure) {
      reply = try PreparedExternalKernel.prepare(self, operation, parameters: parameters, threads: threads)
    } catch {
      note(error)
      throw .unavailable(kernel: id.description, reason: error.description)
    }
    switch reply {
    case .unsupported(let reason): throw refuse(reason, operation)
    case .answer(let prepared, _):
      state.withLock {
        if let tile = prepared.answer.winograd {
          $0.winograd[operation.problem] = max(tile, $0.winograd[operation.problem] ?? 0)
        }
        $0.notes = prepared.answer.notes
      }
      return prepared
    }
  }

  private func refuse(_ reason: String, _ operation: ConvolutionOperation) -> ConvolutionError {
    state.withLock { $0.refusals[operation] = reason }
    return .unsupported(kernel: id.description, operation: operation.description, reason: reason)
  }

  /// Remembers what went wrong; the first thing counts.
  func note(_ failure: ExternalFailure) {
    state.withLock { if $0.failure == nil { $0.failure = failure } }
  }

  /// What went wrong since ``forget()``.
  var failure: ExternalFailure? { state.withLock { $0.failure } }

  /// Begins anew, with nothing seen.
  func forget() { state.withLock { $0 = State() } }

  /// Puts into a report of this kernel's last verification what only the conversation with the worker shows.
  func explaining(_ report: VerificationReport, of operation: ConvolutionOperation) -> VerificationReport {
    // Then nothing was prepared, and what is remembered is of another problem.
    if report.verdict == .unavailable || report.verdict == .unsupported { return report }
    let (refusal, failure) = state.withLock { ($0.refusals[operation], $0.failure) }
    var report = report
    if let refusal, failure == nil {
      return VerificationReport(
        verdict: .unsupported, refusal: refusal, checkedOutputs: 0, totalOutputs: report.totalOutputs)
    }
    if let failure {
      report.verdict = .failed
      report.failures.insert(CheckFailure(check: failure.check, reason: failure.description), at: 0)
    }
    return report
  }
}
