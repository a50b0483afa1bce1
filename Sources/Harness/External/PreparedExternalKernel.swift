import ConvolutionModel
import Foundation
import Measurement
import Synchronization
import Verification

/// A problem that a worker is ready to run, with the files between it and us.
final class PreparedExternalKernel: PreparedKernel, @unchecked Sendable {
  /// The files of one problem.
  struct Files {
    let weights: TensorFile
    let bias: TensorFile?
    let input: TensorFile
    let residual: TensorFile?
    let output: TensorFile

    init(_ operation: ConvolutionOperation, directory: String, id: Int) throws(ExternalFailure) {
      func file(_ name: String, _ count: Int, _ check: VerificationCheck) throws(ExternalFailure) -> TensorFile {
        try TensorFile(directory: directory, id: id, name: name, byteCount: 4 * count, check: check)
      }
      weights = try file("weights", operation.problem.weightCount, .parametersUntouched)
      bias =
        operation.epilogue.hasBias ? try file("bias", operation.problem.outputChannels, .parametersUntouched) : nil
      input = try file("input", operation.inputShape.count, .inputUntouched)
      residual =
        operation.epilogue.hasResidual
        ? try file("residual", operation.outputShape.count, .residualUntouched) : nil
      output = try file("output", operation.outputShape.count, .completeOutput)
    }

    var all: [TensorFile] { [weights, bias, input, residual, output].compactMap { $0 } }
  }

  private let kernel: ExternalKernel
  private let handle: ExternalWorker.Handle
  private let files: Files
  private let weights: AlignedBuffer<Float>
  private let bias: AlignedBuffer<Float>?
  private let outputCount: Int
  /// What the worker said when it was ready.
  let answer: ExternalPrepared
  // One run at a time: there is one pair of files, and one worker.
  private let lock = NSLock()
  private var lastNanoseconds: Double?

  let workspaceBytes = 0
  var packedWeightsBytes: Int { answer.packedBytes ?? 0 }

  /// Hands a problem to the kernel's worker.
  static func prepare(
    _ kernel: ExternalKernel, _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ExternalFailure) -> ExternalWorker.Reply<PreparedExternalKernel> {
    let weights = AlignedBuffer<Float>(parameters.weights.prefix(operation.problem.weightCount))
    let bias = parameters.bias.map { AlignedBuffer<Float>($0.prefix(operation.problem.outputChannels)) }
    let (handle, files) = try kernel.worker.reserve { directory, id throws(ExternalFailure) in
      let files = try Files(operation, directory: directory, id: id)
      try files.weights.write(weights.elements.baseAddress!)
      if let bias { try files.bias?.write(bias.elements.baseAddress!) }
      return files
    }
    defer { for file in files.all { file.removeName() } }
    let preparation = ExternalPreparation(
      id: handle.id, problem: operation.description, sizes: .init(operation.problem),
      epilogue: .init(
        bias: operation.epilogue.hasBias, residual: operation.epilogue.hasResidual,
        activation: operation.epilogue.activation),
      layout: kernel.id.layout, threads: threads,
      tensors: .init(
        weights: files.weights.message, bias: files.bias?.message, input: files.input.message,
        residual: files.residual?.message, output: files.output.message))
    let reply = try kernel.worker.ask(.prepare(preparation), of: handle, as: ExternalPrepared.self) {
      answer, _ throws(ExternalFailure) in try answer.check(preparation)
    }
    switch reply {
    case .unsupported(let reason): return .unsupported(reason)
    case .answer(let answer, let nanoseconds):
      let prepared = PreparedExternalKernel(
        kernel, handle, files, weights, bias, answer, outputCount: operation.outputShape.count)
      return .answer(prepared, nanoseconds: nanoseconds)
    }
  }

  private init(
    _ kernel: ExternalKernel, _ handle: ExternalWorker.Handle, _ files: Files, _ weights: AlignedBuffer<Float>,
    _ bias: AlignedBuffer<Float>?, _ answer: ExternalPrepared, outputCount: Int
  ) {
    self.kernel = kernel
    self.handle = handle
    self.files = files
    self.weights = weights
    self.bias = bias
    self.answer = answer
    self.outputCount = outputCount
  }

  /// Runs once on the caller's data, and looks at all files afterwards. What goes wrong is noted at the kernel, and the
  /// output is NaN.
  func run(_ arguments: RunArguments) {
    lock.withLock {
      lastNanoseconds = nil
      do throws(ExternalFailure) {
        try files.input.write(arguments.input)
        if let residual = arguments.residual { try files.residual?.write(residual) }
        try files.output.poison()
        let nanoseconds = try command(times: 1, warmups: 0).nanoseconds[0]
        try files.weights.check(content: weights.elements.baseAddress!)
        try files.bias?.check(content: bias?.elements.baseAddress)
        try files.input.check(content: arguments.input)
        try files.residual?.check(content: arguments.residual)
        try files.output.check()
        try readOutput(into: arguments.output)
        lastNanoseconds = nanoseconds
      } catch {
        kernel.note(error)
        memset(arguments.output, 0xFF, 4 * outputCount)
      }
    }
  }

  /// What the last ``run(_:)`` took by the worker's clock; nil where it failed.
  var runNanoseconds: Double? { lock.withLock { lastNanoseconds } }

  /// Runs once on the data of the last ``run(_:)``, and reads nothing back.
  ///
  /// - Returns: nanoseconds by the worker's clock.
  func timedRun(warmups: Int) throws(ExternalFailure) -> Double {
    lock.lock()
    defer { lock.unlock() }
    do throws(ExternalFailure) {
      let nanoseconds = try command(times: 1, warmups: warmups).nanoseconds[0]
      lastNanoseconds = nanoseconds
      return nanoseconds
    } catch {
      kernel.note(error)
      throw error
    }
  }

  /// Fills the output file with NaN.
  func poison() throws(ExternalFailure) { try files.output.poison() }

  /// Reads what the last timed run left, after a look at the files' sizes and edges.
  func output() throws(ExternalFailure) -> AlignedBuffer<Float> {
    for file in files.all { try file.check() }
    let buffer = AlignedBuffer<Float>(uninitializedCount: outputCount)
    try readOutput(into: buffer.elements.baseAddress!)
    return buffer
  }

  /// Reads the output, in which nothing may be left of what the file was full of.
  private func readOutput(into target: UnsafeMutableRawPointer) throws(ExternalFailure) {
    try files.output.read(into: target)
    let words = UnsafeRawBufferPointer(start: target, count: 4 * outputCount).bindMemory(to: UInt32.self)
    if let missing = words.firstIndex(of: TensorFile.poison) {
      throw ExternalFailure(
        "the worker left element \(missing) of the output's \(outputCount) as it was", check: .completeOutput)
    }
  }

  private func command(times: Int, warmups: Int) throws(ExternalFailure) -> ExternalRan {
    let id = handle.id
    let reply = try kernel.worker.ask(
      .run(id: id, times: times, warmups: warmups), of: handle, as: ExternalRan.self
    ) { answer, waited throws(ExternalFailure) in try answer.check(id: id, times: times, waited: waited) }
    switch reply {
    case .answer(let ran, _): return ran
    case .unsupported(let reason): throw ExternalFailure("the worker refused to run: \(reason)")
    }
  }

  deinit { kernel.worker.release(handle) }
}
