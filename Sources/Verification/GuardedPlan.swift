import ConvolutionModel

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A plan made from guarded weights into guarded memory.
///
/// The weights and biases turn into NaN that nobody may touch as soon as the plan is made: they're the caller's again. What it
/// packed may only be read from then on.
final class GuardedPlan {
  let plan: ConvolutionPlan
  /// The caller's constants and what was packed of them; to be looked at after each run.
  let constants: [GuardedBuffer]

  /// Makes the plan.
  ///
  /// - Parameter placement: of every buffer, packed or to be packed.
  init(
    _ kernel: any ConvolutionKernel, _ data: TestData, threads: Int, _ placement: GuardedBuffer.Placement,
    isProtected: Bool
  ) throws(CheckFailure) {
    let sources = [data.weights, data.bias, data.pointwiseWeights, data.pointwiseBias]
    let names = ["weights", "bias", "pointwise weights", "pointwise bias"]
    var copies: [GuardedBuffer?] = []
    for (source, name) in zip(sources, names) {
      guard let source else {
        copies.append(nil)
        continue
      }
      let copy = try GuardedBuffer.made(4 * source.count, alignment: 4, isProtected, name)
      copy.place(placement)
      _ = copy.floats.update(fromContentsOf: source.elements)
      copies.append(copy)
    }
    func view(_ i: Int) -> UnsafeBufferPointer<Float>? { copies[i].map { UnsafeBufferPointer($0.floats) } }
    let parameters = ConvolutionParameters(
      weights: view(0)!, bias: view(1), pointwiseWeights: view(2), pointwiseBias: view(3))
    let constants = GuardedConstants(placement, isProtected: isProtected)
    do {
      plan = try ConvolutionPlan(
        data.operation, kernel: kernel, parameters: parameters, packed: constants.packed, threads: threads)
    } catch {
      throw CheckFailure(check: .planning, reason: "\(error)")
    }
    self.constants = copies.compactMap { $0 } + constants.buffers
    for (copy, source) in zip(copies, sources) {
      guard let copy, let source else { continue }
      if let failure = copy.failure(of: "planning") { throw failure }
      if memcmp(copy.start, source.elements.baseAddress!, 4 * source.count) != 0 {
        throw CheckFailure(check: .parametersUntouched, reason: "planning changed the \(copy.name)")
      }
      copy.place(placement)
      copy.makeInaccessible()
    }
    for buffer in constants.buffers {
      if let failure = buffer.failure(of: "planning") { throw failure }
      buffer.makeReadOnly()
    }
  }
}

/// Gives a plan guarded memory for what it packs.
private final class GuardedConstants {
  private(set) var buffers: [GuardedBuffer] = []
  private let placement: GuardedBuffer.Placement
  private let isProtected: Bool

  init(_ placement: GuardedBuffer.Placement, isProtected: Bool) {
    self.placement = placement
    self.isProtected = isProtected
  }

  /// Where there's no memory for guards, the plan has unguarded memory.
  var packed: PackedConstants {
    PackedConstants(allocating: { [self] byteCount, alignment in
      let name = buffers.isEmpty ? "packed weights" : "packed weights (buffer \(buffers.count + 1))"
      guard
        let buffer = GuardedBuffer(
          byteCount: byteCount, alignment: alignment, isProtected: isProtected, name: name)
      else { return nil }
      buffer.place(placement)
      buffers.append(buffer)
      return (buffer.start, buffer)
    })
  }
}

extension GuardedBuffer {
  /// Guarded memory, or the failure that there is none.
  static func made(
    _ byteCount: Int, alignment: Int, _ isProtected: Bool, _ name: String
  ) throws(CheckFailure) -> GuardedBuffer {
    guard let made = GuardedBuffer(byteCount: byteCount, alignment: alignment, isProtected: isProtected, name: name)
    else {
      throw CheckFailure(
        check: .guardedMemory, reason: "the system has no \(byteCount) bytes for the \(name)", isUnfit: true)
    }
    return made
  }

  /// What planning or a run did beside the buffer, or to one that it may only read.
  func failure(of culprit: String) -> CheckFailure? {
    if let access = takeAccess() {
      return CheckFailure(check: .guardPages, reason: "\(culprit) \(access.description(buffer: name))")
    }
    return isSurroundingIntact ? nil : CheckFailure(check: .strayWrite, reason: "\(culprit) wrote beside the \(name)")
  }
}
