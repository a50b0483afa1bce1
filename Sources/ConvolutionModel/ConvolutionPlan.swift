import Synchronization

/// A convolution ready to run: the kernel chosen, the weights packed, the workspace sized.
///
/// A plan may be run any number of times and from several threads at once. Running on one thread allocates nothing, but for
/// the first run of each concurrent caller when no workspace is passed: then the plan's own pool grows by one. On several
/// threads each parallel loop allocates one small box for its closure.
public final class ConvolutionPlan: Sendable {
  /// What the plan computes.
  public let operation: ConvolutionOperation
  /// The kernel that computes it.
  public let kernelID: KernelID
  /// The number of threads that a run uses.
  public let threads: Int
  /// How exact the kernel says it is on this operation.
  public let errorBound: ErrorBound
  /// How the kernel was chosen, and over what.
  public let decision: PlanDecision
  package let prepared: any PreparedKernel
  /// The kernel's buffers of weights and biases.
  package let packed: PackedConstants
  private let workspaces: Mutex<[AlignedBuffer<UInt8>]>

  /// Prepares a given kernel. Nothing else is ever run in its place.
  ///
  /// - Parameters:
  ///   - parameters: weights and biases; read only during this call.
  ///   - threads: how many threads a run uses, 1 to 1024.
  /// - Throws: ``ConvolutionError/unavailable(kernel:reason:)``, ``ConvolutionError/unsupported(kernel:operation:reason:)``,
  ///   ``ConvolutionError/invalidThreadCount(_:)``, or what is wrong with the parameters.
  public convenience init(
    _ operation: ConvolutionOperation, kernel: any ConvolutionKernel, parameters: ConvolutionParameters,
    threads: Int = 1
  ) throws(ConvolutionError) {
    try self.init(operation, kernel: kernel, parameters: parameters, packed: PackedConstants(), threads: threads)
  }

  /// Prepares a kernel by name, with what it packs in buffers of the caller's.
  package convenience init(
    _ operation: ConvolutionOperation, kernel: any ConvolutionKernel, parameters: ConvolutionParameters,
    packed: PackedConstants, threads: Int
  ) throws(ConvolutionError) {
    if case .unavailable(let reason) = kernel.availability {
      throw .unavailable(kernel: kernel.id.description, reason: reason)
    }
    if case .unsupported(let reason) = kernel.support(for: operation) {
      throw .unsupported(kernel: kernel.id.description, operation: operation.description, reason: reason)
    }
    if !(1...1024).contains(threads) { throw .invalidThreadCount(threads) }
    try parameters.check(for: operation)
    let prepared = try kernel.prepare(operation, parameters: parameters.packed(as: packed), threads: threads)
    self.init(operation, kernel: kernel, prepared: prepared, packed: packed, threads: threads, decision: .named)
  }

  /// Takes what a kernel has prepared already, for an operation, parameters and threads that were checked.
  package init(
    _ operation: ConvolutionOperation, kernel: any ConvolutionKernel, prepared: any PreparedKernel,
    packed: PackedConstants, threads: Int, decision: PlanDecision
  ) {
    self.operation = operation
    self.threads = threads
    self.decision = decision
    kernelID = kernel.id
    errorBound = kernel.errorBound(for: operation)
    self.prepared = prepared
    self.packed = packed
    workspaces = Mutex([AlignedBuffer(uninitializedCount: prepared.workspaceBytes)])
  }

  /// Bytes of scratch memory that one run needs.
  public var workspaceBytes: Int { prepared.workspaceBytes }
  /// Bytes that the packed weights take.
  public var packedWeightsBytes: Int { prepared.packedWeightsBytes }
  /// The stages that ``run(input:residual:output:workspace:stages:)`` tells apart; none for most kernels.
  public var stages: [KernelStage] { prepared.stages }
  /// The layout of input, residual and output.
  public var layout: TensorLayout { kernelID.layout }

  /// Runs on raw memory, with the caller's workspace or one of the plan's own.
  ///
  /// - Parameters:
  ///   - input: the input tensor in ``layout``; longer memory than the shape needs is fine.
  ///   - residual: the tensor that the epilogue adds, in the output's shape.
  ///   - output: where the result goes; overlaps neither the input nor the workspace. It may be the residual itself.
  ///   - workspace: at least ``workspaceBytes`` bytes aligned to 64; nil takes one from the plan.
  /// - Throws: ``ConvolutionError`` for buffers that are too short, missing, superfluous or overlap.
  public func run(
    input: UnsafeBufferPointer<Float>, residual: UnsafeBufferPointer<Float>? = nil,
    output: UnsafeMutableBufferPointer<Float>, workspace: UnsafeMutableRawBufferPointer? = nil
  ) throws(ConvolutionError) {
    try check(input: input, residual: residual, output: output, workspace: workspace)
    func run(_ workspace: UnsafeMutableRawPointer) {
      prepared.run(
        RunArguments(
          input: UnsafeRawPointer(input.baseAddress!), residual: residual.map { UnsafeRawPointer($0.baseAddress!) },
          output: UnsafeMutableRawPointer(output.baseAddress!), workspace: workspace))
    }
    if let workspace {
      run(workspace.baseAddress!)
    } else {
      let own = workspaces.withLock { $0.popLast() } ?? AlignedBuffer(uninitializedCount: prepared.workspaceBytes)
      run(UnsafeMutableRawPointer(own.elements.baseAddress!))
      workspaces.withLock { $0.append(own) }
    }
  }

  /// Runs as ``run(input:residual:output:workspace:)`` does, on the calling thread alone, with a watch that tells the
  /// kernel's ``stages`` apart. Slower than a normal run by its readings of the clock.
  ///
  /// - Throws: ``ConvolutionError`` for buffers that are too short, missing, superfluous or overlap.
  public func run(
    input: UnsafeBufferPointer<Float>, residual: UnsafeBufferPointer<Float>? = nil,
    output: UnsafeMutableBufferPointer<Float>, workspace: UnsafeMutableRawBufferPointer, stages: StageTimes
  ) throws(ConvolutionError) {
    try check(input: input, residual: residual, output: output, workspace: workspace)
    prepared.run(
      RunArguments(
        input: UnsafeRawPointer(input.baseAddress!), residual: residual.map { UnsafeRawPointer($0.baseAddress!) },
        output: UnsafeMutableRawPointer(output.baseAddress!), workspace: workspace.baseAddress!), stages: stages)
  }

  private func check(
    input: UnsafeBufferPointer<Float>, residual: UnsafeBufferPointer<Float>?,
    output: UnsafeMutableBufferPointer<Float>, workspace: UnsafeMutableRawBufferPointer?
  ) throws(ConvolutionError) {
    func tooShort(_ name: String, _ expected: Int, _ actual: Int) throws(ConvolutionError) {
      if actual < expected { throw .bufferTooShort(name: name, expected: expected, actual: actual) }
    }
    try tooShort("input", operation.inputShape.count, input.count)
    try tooShort("output", operation.outputShape.count, output.count)
    switch (residual, operation.finalEpilogue.hasResidual) {
    case (.some(let residual), true): try tooShort("residual", operation.outputShape.count, residual.count)
    case (nil, true): throw .unexpectedBuffer(name: "residual", isMissing: true)
    case (.some, false): throw .unexpectedBuffer(name: "residual", isMissing: false)
    case (nil, false): break
    }
    let inputBytes = ByteRange(input.baseAddress!, count: 4 * operation.inputShape.count)
    let outputBytes = ByteRange(output.baseAddress!, count: 4 * operation.outputShape.count)
    if inputBytes.overlaps(outputBytes) { throw .aliasing("input", "output") }
    if let residual {
      // In place is fine: a kernel reads each residual before it writes the output of the same position.
      let bytes = ByteRange(residual.baseAddress!, count: 4 * operation.outputShape.count)
      if bytes != outputBytes && bytes.overlaps(outputBytes) { throw .aliasing("residual", "output") }
    }
    if let workspace {
      try tooShort("workspace", workspaceBytes, workspace.count)
      guard let base = workspace.baseAddress else {
        throw .bufferTooShort(name: "workspace", expected: max(1, workspaceBytes), actual: 0)
      }
      let address = UInt(bitPattern: base)
      if address % 64 != 0 { throw .misalignedWorkspace(address: address) }
      let bytes = ByteRange(base, count: workspaceBytes)
      if bytes.overlaps(inputBytes) { throw .aliasing("input", "workspace") }
      if bytes.overlaps(outputBytes) { throw .aliasing("output", "workspace") }
      if let residual, bytes.overlaps(ByteRange(residual.baseAddress!, count: 4 * operation.outputShape.count)) {
        throw .aliasing("residual", "workspace")
      }
    }
  }
}

/// A range of addresses, to tell whether two buffers overlap.
private struct ByteRange: Equatable {
  let start: UInt
  let end: UInt

  init(_ start: UnsafeRawPointer, count: Int) {
    self.start = UInt(bitPattern: start)
    end = self.start + UInt(count)
  }

  func overlaps(_ other: ByteRange) -> Bool { start < other.end && other.start < end }
}
