import ConvolutionModel
import Synchronization
import Verification

/// A worker's convolution in one layout, seen as a kernel.
///
/// It's planned, run and verified like any other. What a kernel can't say, that it refused a problem when it was to be
/// prepared or that its process died, it remembers: see ``explaining(_:)``.
public final class ExternalKernel: ConvolutionKernel {
  public let id: KernelID
  /// The program behind it.
  public let worker: ExternalWorker
  private let state = Mutex(State())

  private struct State {
    var refusal: String?
    var failure: ExternalFailure?
    var winograd: Int?
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
    let tile = min(declared, state.withLock { $0.winograd } ?? declared)
    return .foreignWinograd(tile: tile, operation.problem) ?? .directSummation
  }

  public func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    state.withLock { $0 = State() }
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
        $0.winograd = prepared.answer.winograd
        $0.notes = prepared.answer.notes
      }
      return prepared
    }
  }

  private func refuse(_ reason: String, _ operation: ConvolutionOperation) -> ConvolutionError {
    state.withLock { $0.refusal = reason }
    return .unsupported(kernel: id.description, operation: operation.description, reason: reason)
  }

  /// Remembers what went wrong; the first thing counts.
  func note(_ failure: ExternalFailure) {
    state.withLock { if $0.failure == nil { $0.failure = failure } }
  }

  /// What went wrong since the last preparation.
  var failure: ExternalFailure? { state.withLock { $0.failure } }

  /// Puts into a report of this kernel's last verification what only the conversation with the worker shows.
  func explaining(_ report: VerificationReport) -> VerificationReport {
    // Then nothing was prepared, and what is remembered is of another problem.
    if report.verdict == .unavailable || report.verdict == .unsupported { return report }
    let (refusal, failure) = state.withLock { ($0.refusal, $0.failure) }
    var report = report
    if let refusal {
      return VerificationReport(
        verdict: .unsupported, refusal: refusal, checkedOutputs: 0, totalOutputs: report.totalOutputs)
    }
    if let failure {
      report.verdict = .failed
      report.failures.insert(CheckFailure(check: .external, reason: failure.description), at: 0)
    }
    return report
  }
}
