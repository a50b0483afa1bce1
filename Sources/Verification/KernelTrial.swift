import ConvolutionModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Why a trial ended early.
struct TrialFailure: Error {
  /// The name of the check.
  let check: String
  /// What was seen.
  let reason: String
  /// The error, where outputs were compared.
  var error: MeasuredError?
  /// Whether it's the trial that couldn't be made, through no fault of the kernel.
  var isUnfit = false
}

/// One kernel on one class of data: a plan, run from guarded memory several times.
struct KernelTrial {
  private let kernel: any ConvolutionKernel
  private let subject: VerificationSubject.Case
  private let options: VerificationOptions
  private let requiresSameBits: Bool
  private var data: TestData { subject.data }
  private var operation: ConvolutionOperation { subject.data.operation }
  private var layout: TensorLayout { kernel.id.layout }

  /// Runs beyond the two that are compared are made only up to this many multiply-adds.
  private static let smallOperation = 1 << 24

  init(
    _ kernel: any ConvolutionKernel, _ subject: VerificationSubject.Case, _ options: VerificationOptions,
    requiresSameBits: Bool = true
  ) {
    self.kernel = kernel
    self.requiresSameBits = requiresSameBits
    self.subject = subject
    self.options = options
  }

  /// Makes all checks and returns the error of the outputs.
  func run() throws(TrialFailure) -> MeasuredError {
    let plan = try makePlan(threads: options.threads)
    let isSmall = operation.multiplyAdds <= Self.smallOperation
    let memory = try RunMemory(plan, name: "\(kernel.id) on \(operation)", isProtected: options.guardPages)
    // A large operation is run twice on one class of data only: naive kernels take seconds on them.
    if !isSmall, data.dataClass == .exactIntegers {
      try runAndCheck(plan, memory, .end, workspace: 0xFF)
      return try compare(UnsafeBufferPointer(memory.output.floats))
    }
    // What a plan wrongly keeps of a run shows in the next: so the first one sees other data.
    if isSmall { try runAndCheck(plan, memory, .end, workspace: 0, isDecoy: true) }
    try runAndCheck(plan, memory, .start, workspace: 0xFF)
    let first = AlignedBuffer<Float>(memory.output.floats)
    let error = try compare(UnsafeBufferPointer(first.elements))
    try runAndCheck(plan, memory, .end, workspace: 0x5A)
    try compareBits(first, memory.output, "repeatability", "two runs on the same input differ")
    if options.threads > 1, isSmall, requiresSameBits {
      let single = try makePlan(threads: 1)
      let singleMemory = try RunMemory(single, name: "\(kernel.id) on \(operation)", isProtected: options.guardPages)
      try runAndCheck(single, singleMemory, .end, workspace: 0x5A)
      try compareBits(
        first, singleMemory.output, "thread independence",
        "\(options.threads) threads and one give different results")
    }
    // The plan's own workspace lies in memory that nobody guards, so it comes last.
    if isSmall { try runAndCheck(plan, memory, .end, workspace: nil) }
    try compareBits(first, memory.output, "repeatability", "the plan's own workspace gives another result")
    return error
  }

  /// Makes the plan from guarded parameters that turn into NaN as soon as it's made: a plan that goes on reading them
  /// gives NaN.
  private func makePlan(threads: Int) throws(TrialFailure) -> ConvolutionPlan {
    let sources = [data.weights, data.bias, data.pointwiseWeights, data.pointwiseBias]
    let names = ["weights", "bias", "pointwise weights", "pointwise bias"]
    var copies: [GuardedBuffer?] = []
    for (source, name) in zip(sources, names) {
      guard let source else {
        copies.append(nil)
        continue
      }
      let copy = try Self.guarded(
        4 * source.count, alignment: 4, options.guardPages, buffer: name, name: "\(kernel.id) on \(operation)")
      copy.place(.end)
      _ = copy.floats.update(fromContentsOf: source.elements)
      copies.append(copy)
    }
    func view(_ i: Int) -> UnsafeBufferPointer<Float>? { copies[i].map { UnsafeBufferPointer($0.floats) } }
    let parameters = ConvolutionParameters(
      weights: view(0)!, bias: view(1), pointwiseWeights: view(2), pointwiseBias: view(3))
    let plan: ConvolutionPlan
    do {
      plan = try ConvolutionPlan(operation, kernel: kernel, parameters: parameters, threads: threads)
    } catch {
      throw TrialFailure(check: "planning", reason: "\(error)")
    }
    for (i, copy) in copies.enumerated() {
      guard let copy, let source = sources[i] else { continue }
      if memcmp(copy.start, source.elements.baseAddress!, 4 * source.count) != 0 {
        throw TrialFailure(check: "parameters untouched", reason: "planning changed the \(names[i])")
      }
      if !copy.isSurroundingIntact {
        throw TrialFailure(check: "stray write", reason: "planning wrote beside the \(names[i])")
      }
      copy.place(.end)
    }
    // The plan doesn't own the parameters: this keeps them mapped until it's made.
    withExtendedLifetime(copies) {}
    return plan
  }

  /// Runs from poisoned memory, and looks at everything but the output's values.
  ///
  /// - Parameters:
  ///   - workspace: the byte that the workspace is full of; nil to let the plan take its own.
  ///   - isDecoy: whether to run on other data, the input in reverse order.
  private func runAndCheck(
    _ plan: ConvolutionPlan, _ memory: RunMemory, _ placement: GuardedBuffer.Placement, workspace: UInt8?,
    isDecoy: Bool = false
  ) throws(TrialFailure) {
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
      try plan.run(
        input: UnsafeBufferPointer(memory.input.floats),
        residual: memory.residual.map { UnsafeBufferPointer($0.floats) }, output: memory.output.floats,
        workspace: workspace.map { _ in
          UnsafeMutableRawBufferPointer(start: memory.workspace.start, count: memory.workspace.byteCount)
        })
    } catch {
      throw TrialFailure(check: "running", reason: "\(error)")
    }
    if memcmp(memory.input.start, inputBefore.elements.baseAddress!, memory.input.byteCount) != 0 {
      throw TrialFailure(check: "input untouched", reason: "the run changed its input")
    }
    if let residual = memory.residual, let residualBefore,
      memcmp(residual.start, residualBefore.elements.baseAddress!, residual.byteCount) != 0
    {
      throw TrialFailure(check: "residual untouched", reason: "the run changed its residual")
    }
    for (name, buffer) in memory.named where !buffer.isSurroundingIntact {
      throw TrialFailure(check: "stray write", reason: "the run wrote beside the \(name)")
    }
  }

  /// Compares the output's values with the oracle's.
  func compare(_ output: UnsafeBufferPointer<Float>) throws(TrialFailure) -> MeasuredError {
    let bound = kernel.errorBound(for: operation)
    let mustBeExact = subject.isExact && bound.isExactOnIntegers
    let check = data.dataClass.rawValue
    guard
      let error = Comparator.compare(
        output, layout: layout, shape: operation.outputShape, oracle: subject.oracle,
        allowed: mustBeExact ? nil : subject.oracle.allowedErrors(bound))
    else { throw TrialFailure(check: check, reason: "no output was compared", isUnfit: true) }
    // Not "greater than 1": a NaN must fail.
    if !(error.maxScaled <= 1) { throw TrialFailure(check: check, reason: "\(error)", error: error) }
    // Outputs that weren't selected must at least have been written: the poison is a NaN.
    if let missing = output.firstIndex(where: \.isNaN) {
      throw TrialFailure(
        check: "complete output", reason: "element \(missing) of the output is NaN or was never written")
    }
    return error
  }

  private func compareBits(
    _ first: AlignedBuffer<Float>, _ second: GuardedBuffer, _ check: String, _ reason: String
  ) throws(TrialFailure) {
    if memcmp(first.elements.baseAddress!, second.start, second.byteCount) == 0 { return }
    if !requiresSameBits {
      _ = try compare(UnsafeBufferPointer(second.floats))
      return
    }
    let place = zip(first.elements, second.floats).enumerated().first {
      $0.element.0.bitPattern != $0.element.1.bitPattern
    }
    let detail = place.map { ": element \($0.offset) is \($0.element.0), then \($0.element.1)" } ?? ""
    throw TrialFailure(check: check, reason: reason + detail)
  }

  /// Guarded memory, or the failure that there is none.
  fileprivate static func guarded(
    _ byteCount: Int, alignment: Int, _ isProtected: Bool, buffer: String, name: String
  ) throws(TrialFailure) -> GuardedBuffer {
    let made = GuardedBuffer(
      byteCount: byteCount, alignment: alignment, isProtected: isProtected,
      report: "verification: \(name) touched memory beside its \(buffer)\n")
    guard let made else {
      throw TrialFailure(
        check: "guarded memory", reason: "the system has no \(byteCount) bytes for the \(buffer)", isUnfit: true)
    }
    return made
  }
}

/// The guarded memory of runs of one plan.
private struct RunMemory {
  let input: GuardedBuffer
  let residual: GuardedBuffer?
  let output: GuardedBuffer
  let workspace: GuardedBuffer

  init(_ plan: ConvolutionPlan, name: String, isProtected: Bool) throws(TrialFailure) {
    let operation = plan.operation
    func guarded(_ bytes: Int, alignment: Int = 4, _ buffer: String) throws(TrialFailure) -> GuardedBuffer {
      try KernelTrial.guarded(bytes, alignment: alignment, isProtected, buffer: buffer, name: name)
    }
    input = try guarded(4 * operation.inputShape.count, "input")
    output = try guarded(4 * operation.outputShape.count, "output")
    workspace = try guarded(plan.workspaceBytes, alignment: 64, "workspace")
    residual =
      operation.finalEpilogue.hasResidual
      ? try guarded(4 * operation.outputShape.count, "residual") : nil
  }

  var named: [(String, GuardedBuffer)] {
    [("input", input), ("output", output), ("workspace", workspace)] + (residual.map { [("residual", $0)] } ?? [])
  }

  /// Places all buffers and poisons them.
  func place(_ placement: GuardedBuffer.Placement, workspaceFill: UInt8) {
    for (_, buffer) in named { buffer.place(placement) }
    memset(workspace.start, Int32(workspaceFill), workspace.byteCount)
  }
}
