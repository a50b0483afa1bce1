import ConvolutionModel
import Synchronization
import Threading

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One kernel on one class of data: a plan, run from guarded memory several times.
struct KernelTrial {
  private let kernel: any ConvolutionKernel
  private let subject: VerificationSubject.Case
  private let options: VerificationOptions
  private let requiresSameBits: Bool
  /// The checks that didn't hold, in the order in which they were made.
  private(set) var failures: [CheckFailure] = []
  /// The error of the outputs that were compared last.
  private(set) var error: MeasuredError?
  private var data: TestData { subject.data }
  private var operation: ConvolutionOperation { subject.data.operation }
  private var layout: TensorLayout { kernel.id.layout }

  /// Runs beyond the two that are compared are made only up to this many multiply-adds.
  static let smallOperation = 1 << 24

  init(
    _ kernel: any ConvolutionKernel, _ subject: VerificationSubject.Case, _ options: VerificationOptions,
    requiresSameBits: Bool = true
  ) {
    self.kernel = kernel
    self.requiresSameBits = requiresSameBits
    self.subject = subject
    self.options = options
  }

  /// Makes all checks, as far as a wrong kernel lets them be made; whether it let all of them.
  mutating func run() -> Bool {
    let label = FaultLabel("\(kernel.id) on \(operation)")
    defer { withExtendedLifetime(label) {} }
    do {
      try makeChecks()
      return true
    } catch {
      failures.append(error)
      return false
    }
  }

  /// Makes all checks; throws where there's nothing to go on with.
  private mutating func makeChecks() throws(CheckFailure) {
    let plan = try makePlan(threads: options.threads, .end)
    let isSmall = operation.multiplyAdds <= Self.smallOperation
    let memory = try RunMemory(plan.plan, isProtected: options.guardPages)
    // A large operation is run twice on one class of data only: naive kernels take seconds on them.
    if !isSmall, data.dataClass == .exactIntegers {
      try runAndCheck(plan, memory, .end, workspace: 0xFF)
      compare(UnsafeBufferPointer(memory.output.floats))
      return
    }
    // What a plan wrongly keeps of a run shows in the next: so the first one sees other data.
    if isSmall { try runAndCheck(plan, memory, .end, workspace: 0, isDecoy: true) }
    if !requiresSameBits, !failures.isEmpty { return }
    try runAndCheck(plan, memory, .start, workspace: 0xFF)
    let first = AlignedBuffer<Float>(memory.output.floats)
    compare(UnsafeBufferPointer(first.elements))
    // A foreign process that fails isn't asked again and again.
    if !requiresSameBits, !failures.isEmpty { return }
    try runAndCheck(plan, memory, .end, workspace: 0x5A)
    compareBits(first, memory.output, .repeatability, "two runs on the same input differ")
    guard isSmall else { return }
    // Another plan, whose packed weights touch the other guard.
    let threads = requiresSameBits ? 1 : options.threads
    let other = try makePlan(threads: threads, .start)
    let otherMemory = try RunMemory(other.plan, isProtected: options.guardPages)
    try runAndCheck(other, otherMemory, .end, workspace: 0x5A)
    if threads == options.threads {
      compareBits(first, otherMemory.output, .repeatability, "two plans differ")
    } else {
      compareBits(
        first, otherMemory.output, .threadIndependence, "\(options.threads) threads and one give different results")
    }
    // The plan's own workspace lies in memory that nobody guards, so it comes last, and not for a kernel that strays.
    if failures.contains(where: \.check.isOfMemory) { return }
    try runAndCheck(plan, memory, .end, workspace: nil)
    compareBits(first, memory.output, .repeatability, "the plan's own workspace gives another result")
    if requiresSameBits, data.dataClass == .zeroMeanReals { try runAtOnce(plan, memory, first) }
  }

  /// Runs the plan from several threads at once, from two inputs in turn: what runs share would go unseen with one. The second
  /// is the first in reverse order.
  private mutating func runAtOnce(
    _ plan: GuardedPlan, _ memory: RunMemory, _ expected: AlignedBuffer<Float>
  ) throws(CheckFailure) {
    let calls = 4
    let target = plan.plan
    let residual = memory.residual?.floats
    let reversed = AlignedBuffer<Float>(memory.input.floats.reversed())
    let reversedOutput = AlignedBuffer<Float>(count: expected.count, repeating: .nan)
    do {
      try target.run(
        input: UnsafeBufferPointer(reversed.elements), residual: residual.map { UnsafeBufferPointer($0) },
        output: reversedOutput.elements)
    } catch {
      throw CheckFailure(check: .running, reason: "\(error)")
    }
    let outputs = (0..<calls).map { _ in AlignedBuffer<Float>(count: expected.count, repeating: .nan) }
    let refused = Mutex<String?>(nil)
    let inputs = [memory.input.floats, reversed.elements]
    ConcurrentCalls.run(calls) { call in
      do {
        try target.run(
          input: UnsafeBufferPointer(inputs[call % 2]), residual: residual.map { UnsafeBufferPointer($0) },
          output: outputs[call].elements)
      } catch {
        refused.withLock { $0 = "\(error)" }
      }
    }
    if let reason = refused.withLock({ $0 }) {
      note(CheckFailure(check: .concurrency, reason: reason))
    } else if let wrong = outputs.indices.first(where: {
      let alone = $0 % 2 == 0 ? expected : reversedOutput
      return memcmp(outputs[$0].elements.baseAddress!, alone.elements.baseAddress!, 4 * expected.count) != 0
    }) {
      note(
        CheckFailure(
          check: .concurrency, reason: "call \(wrong + 1) of \(calls) at once gives another result than one alone"))
    }
  }

  /// Notes a failure, the first one of each check.
  private mutating func note(_ failure: CheckFailure) {
    if !failures.contains(where: { $0.check == failure.check }) { failures.append(failure) }
  }

  private func makePlan(threads: Int, _ placement: GuardedBuffer.Placement) throws(CheckFailure) -> GuardedPlan {
    try GuardedPlan(kernel, data, threads: threads, placement, isProtected: options.guardPages)
  }

  /// Runs from poisoned memory, and looks at everything but the output's values.
  ///
  /// - Parameters:
  ///   - workspace: the byte that the workspace is full of; nil to let the plan take its own.
  ///   - isDecoy: whether to run on other data, the input in reverse order.
  private mutating func runAndCheck(
    _ plan: GuardedPlan, _ memory: RunMemory, _ placement: GuardedBuffer.Placement, workspace: UInt8?,
    isDecoy: Bool = false
  ) throws(CheckFailure) {
    memory.place(placement, workspaceFill: workspace ?? 0xFF)
    let inputShape = operation.inputShape
    layout.copy(fromPlanes: UnsafeBufferPointer(data.input.elements), inputShape, to: memory.input.floats)
    if isDecoy {
      var elements = memory.input.floats
      elements.reverse()
    }
    let inputBefore = AlignedBuffer<Float>(memory.input.floats)
    var residualBefore: AlignedBuffer<Float>?
    if let residual = memory.residual, let source = data.residual {
      layout.copy(fromPlanes: UnsafeBufferPointer(source.elements), operation.outputShape, to: residual.floats)
      residualBefore = AlignedBuffer<Float>(residual.floats)
    }
    do {
      try plan.plan.run(
        input: UnsafeBufferPointer(memory.input.floats),
        residual: memory.residual.map { UnsafeBufferPointer($0.floats) }, output: memory.output.floats,
        workspace: workspace.map { _ in
          UnsafeMutableRawBufferPointer(start: memory.workspace.start, count: memory.workspace.byteCount)
        })
    } catch {
      throw CheckFailure(check: .running, reason: "\(error)")
    }
    for buffer in memory.buffers + plan.constants {
      if let failure = buffer.failure(of: "the run") { note(failure) }
    }
    if memcmp(memory.input.start, inputBefore.elements.baseAddress!, memory.input.byteCount) != 0 {
      note(CheckFailure(check: .inputUntouched, reason: "the run changed its input"))
    }
    if let residual = memory.residual, let residualBefore,
      memcmp(residual.start, residualBefore.elements.baseAddress!, residual.byteCount) != 0
    {
      note(CheckFailure(check: .residualUntouched, reason: "the run changed its residual"))
    }
  }

  /// Compares the output's values with the oracle's.
  mutating func compare(_ output: UnsafeBufferPointer<Float>) {
    let bound = kernel.errorBound(for: operation)
    let mustBeExact = subject.isExact && bound.isExactOnIntegers
    let check = data.dataClass.check
    guard
      let measured = Comparator.compare(
        output, layout: layout, shape: operation.outputShape, oracle: subject.oracle,
        allowed: mustBeExact ? nil : subject.oracle.allowedErrors(bound),
        excepted: data.dataClass == .nonFinite && bound.tile > 1 ? SpoiledPixels(data, tile: bound.tile) : nil)
    else {
      note(CheckFailure(check: check, reason: "no output was compared", isUnfit: true))
      return
    }
    error = measured
    // Not "greater than 1": a NaN must fail.
    if !(measured.maxScaled <= 1) { note(CheckFailure(check: check, reason: "\(measured)", error: measured)) }
    // Outputs that weren't selected must at least have been written: the poison is a NaN.
    if data.dataClass != .nonFinite, let missing = output.firstIndex(where: \.isNaN) {
      note(
        CheckFailure(
          check: .completeOutput, reason: "element \(missing) of the output is NaN or was never written"))
    }
  }

  private mutating func compareBits(
    _ first: AlignedBuffer<Float>, _ second: GuardedBuffer, _ check: VerificationCheck, _ reason: String
  ) {
    if memcmp(first.elements.baseAddress!, second.start, second.byteCount) == 0 { return }
    if !requiresSameBits {
      compare(UnsafeBufferPointer(second.floats))
      return
    }
    let place = zip(first.elements, second.floats).enumerated().first {
      $0.element.0.bitPattern != $0.element.1.bitPattern
    }
    let detail = place.map { ": element \($0.offset) is \($0.element.0), then \($0.element.1)" } ?? ""
    note(CheckFailure(check: check, reason: reason + detail))
  }
}
