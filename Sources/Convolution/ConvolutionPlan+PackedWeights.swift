import ConvolutionKernels
import ConvolutionModel
import RegisterTiles

extension ConvolutionPlan {
  /// Saves the weights as the plan's kernel has packed them, with all that is needed to refuse them where they don't fit: a
  /// later process maps the file, shares its memory with others, and packs nothing.
  ///
  ///     try plan.savePackedWeights(to: "conv1.weights")
  ///     // Later, in another process:
  ///     let file = try PackedWeightsFile(mapping: "conv1.weights")
  ///     let plan = try ConvolutionPlan(problem, packedWeights: file, bias: true, activation: .relu)
  ///
  /// Only of this package's own kernels: of a registered one, nothing tells which version packed a file.
  ///
  /// - Parameter path: a file that is replaced as a whole, or not at all.
  /// - Throws: ``PackedWeightsError/unsaveable(kernel:)`` or ``PackedWeightsError/unwritable(path:reason:)``.
  public func savePackedWeights(to path: String) throws(PackedWeightsError) {
    guard KernelRegistry.builtIn.contains(where: { $0.id == kernelID }), !packed.pieces.isEmpty else {
      throw .unsaveable(kernel: kernelID.description)
    }
    try PackedWeightsFile.write(
      packed.pieces.map(\.bytes), kernel: kernelID.description, problem: operation.description,
      epilogue: operation.epilogueName, to: path)
  }

  /// Plans an operation with weights that were packed earlier, for the kernel that they were packed for.
  ///
  /// - Parameters:
  ///   - layout: the order of input, residual and output, as it was when the weights were packed.
  ///   - packedWeights: what ``savePackedWeights(to:)`` wrote; biases are part of it.
  ///   - threads: how many threads a run uses, 1 to 1024; it may be another number than it was then.
  /// - Throws: ``PackedWeightsError``.
  public convenience init(
    _ operation: ConvolutionOperation, layout: TensorLayout = .nhwc, packedWeights file: PackedWeightsFile,
    threads: Int = 1
  ) throws(PackedWeightsError) {
    let path = file.path
    if file.libraryVersion != LibraryVersion.current {
      throw .otherLibraryVersion(path: path, found: file.libraryVersion, expected: LibraryVersion.current)
    }
    let id = KernelID(file.kernel)
    let found = "\(file.problem), \(file.epilogue), \(id.map(\.layout.rawValue) ?? "in no layout")"
    let expected = "\(operation), \(operation.epilogueName), \(layout.rawValue)"
    if found != expected { throw .otherOperation(path: path, found: found, expected: expected) }
    func unavailable(_ reason: String) -> PackedWeightsError {
      .kernelUnavailable(path: path, kernel: file.kernel, reason: reason)
    }
    guard let kernel = KernelRegistry.builtIn.first(where: { $0.id == id }) else {
      throw unavailable("this version has no kernel of that name")
    }
    if case .unavailable(let reason) = kernel.availability { throw unavailable(reason) }
    if case .unsupported(let reason) = kernel.support(for: operation) { throw unavailable(reason) }
    if !(1...1024).contains(threads) { throw .plan(.invalidThreadCount(threads)) }
    let packed = file.constants
    let parameters = ConvolutionParameters(packed: packed, of: operation)
    let prepared: any PreparedKernel
    do throws(ConvolutionError) {
      prepared = try kernel.prepare(operation, parameters: parameters, threads: threads)
    } catch {
      throw .plan(error)
    }
    if !packed.isExact {
      throw .corrupt(path: path, reason: "its buffers are not those that \(file.kernel) packs for \(operation)")
    }
    self.init(
      operation, kernel: kernel, prepared: prepared, packed: packed, threads: threads,
      decision: PlanDecision(source: .packedWeights))
  }

  /// Plans one convolution with weights that were packed earlier.
  ///
  /// - Parameters:
  ///   - layout: the order of input, residual and output, as it was when the weights were packed.
  ///   - packedWeights: what ``savePackedWeights(to:)`` wrote; biases are part of it.
  ///   - bias: whether the plan had a bias.
  ///   - residual: whether each run adds a tensor of the output's shape.
  ///   - activation: applied last.
  ///   - threads: how many threads a run uses, 1 to 1024.
  /// - Throws: ``PackedWeightsError``.
  public convenience init(
    _ problem: ConvolutionProblem, layout: TensorLayout = .nhwc, packedWeights: PackedWeightsFile, bias: Bool = false,
    residual: Bool = false, activation: Activation = .identity, threads: Int = 1
  ) throws(PackedWeightsError) {
    try self.init(
      ConvolutionOperation(problem, epilogue: Epilogue(bias: bias, residual: residual, activation: activation)),
      layout: layout, packedWeights: packedWeights, threads: threads)
  }
}
