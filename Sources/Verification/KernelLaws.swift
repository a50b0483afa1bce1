import ConvolutionModel

/// The laws of convolution, held against one kernel on whole numbers.
///
/// They need no oracle, so that they'd show an error that oracle and kernel share. Kernels that are exact on whole numbers have
/// to keep them exactly, others within what their error bound allows: of two problems, the wider one. Problems that a law needs
/// and the kernel doesn't support are left out.
struct KernelLaws {
  private let kernel: any ConvolutionKernel
  private let operation: ConvolutionOperation
  private let mayRefuse: Bool
  private let amplitude: Int
  private var generator: SplitMix64
  private var found: [CheckFailure] = []
  private var problem: ConvolutionProblem { operation.problem }

  /// Multiply-adds of the largest operation that is held to them: two dozen runs, and sums from the definition.
  static let largestOperation = 1 << 21

  /// - Parameters:
  ///   - operation: what the kernel supports; its epilogues are left out, since no activation is linear.
  ///   - mayRefuse: whether the kernel may refuse, when it's to be prepared, what it says it supports.
  init(_ kernel: any ConvolutionKernel, _ operation: ConvolutionOperation, seed: UInt64, mayRefuse: Bool = false) {
    self.kernel = kernel
    self.mayRefuse = mayRefuse
    self.operation = operation.withoutEpilogues
    generator = SplitMix64(seed: seed ^ 0x1A35)
    // `2a − 3b` is five times as large as its parts; everything stays below 2¹⁸, as far from 2²⁴ as TestData keeps.
    let terms = Double(operation.problem.inputChannelsPerGroup * operation.problem.taps)
    func largest(_ amplitude: Double) -> Double {
      5 * amplitude * amplitude * terms
        * (operation.pointwise == nil ? 1 : amplitude * Double(operation.problem.outputChannels))
    }
    amplitude = largest(2) <= 0x1p18 ? 2 : 1
    isWithinRange = largest(1) <= 0x1p18
  }

  /// Whether every sum is exact.
  private let isWithinRange: Bool

  /// The laws that don't hold.
  mutating func failures() -> [CheckFailure] {
    // Sums that round are the business of the oracle.
    guard isWithinRange else { return [] }
    for law in operation.pointwise == nil ? Law.all : Law.ofBothStages {
      do throws(Obstacle) {
        try hold(law)
      } catch {
        guard case .failure(let failure) = error else { continue }
        found.append(failure)
        break
      }
    }
    return found
  }

  /// Why a law can't be held against a kernel.
  private enum Obstacle: Error {
    /// The kernel doesn't run one of its problems after all.
    case refusal
    /// Something is wrong with the kernel, whatever the law says.
    case failure(CheckFailure)
  }

  private enum Law {
    case linearity, permutation, batch, impulse, translation, adjoint, groups, subsampling

    static let all: [Law] = ofBothStages + [.impulse, .translation, .adjoint, .groups, .subsampling]
    static let ofBothStages: [Law] = [.linearity, .permutation, .batch]
  }

  private mutating func hold(_ law: Law) throws(Obstacle) {
    switch law {
    case .linearity: try checkLinearity()
    case .permutation: try checkPermutation()
    case .batch: try checkBatch()
    case .impulse: try checkImpulse()
    case .translation: try checkTranslation()
    case .adjoint: try checkAdjoint()
    case .groups: try checkGroups()
    case .subsampling: try checkSubsampling()
    }
  }

  // MARK: Running

  /// Weights of both stages.
  private struct Weights {
    var first: [Float]
    var second: [Float]?
  }

  private mutating func numbers(_ count: Int) -> [Float] {
    let buffer = Fill.integers(amplitude: amplitude, scale: 1, density: 1).buffer(count: count, &generator)
    return Array(buffer.elements)
  }

  private mutating func weights() -> Weights {
    Weights(
      first: numbers(problem.weightCount), second: operation.pointwiseProblem.map { numbers($0.weightCount) })
  }

  /// The kernel's output, NCHW, of an NCHW input.
  private func output(
    _ operation: ConvolutionOperation, _ input: [Float], _ weights: Weights, _ check: VerificationCheck
  ) throws(Obstacle) -> [Float] {
    let layout = kernel.id.layout
    let (first, second) = (AlignedBuffer(weights.first), weights.second.map { AlignedBuffer($0) })
    let source = AlignedBuffer<Float>(uninitializedCount: operation.inputShape.count)
    input.withUnsafeBufferPointer { layout.copy(fromPlanes: $0, operation.inputShape, to: source.elements) }
    let target = AlignedBuffer<Float>(count: operation.outputShape.count, repeating: .nan)
    do throws(ConvolutionError) {
      let plan = try ConvolutionPlan(
        operation, kernel: kernel,
        parameters: ConvolutionParameters(
          weights: UnsafeBufferPointer(first.elements),
          pointwiseWeights: second.map { UnsafeBufferPointer($0.elements) }))
      try plan.run(input: UnsafeBufferPointer(source.elements), output: target.elements)
    } catch {
      if mayRefuse, case .unsupported = error { throw .refusal }
      throw .failure(CheckFailure(check: check, reason: "\(error)"))
    }
    return layout.planes(UnsafeBufferPointer(target.elements), operation.outputShape)
  }

  /// How far two sides of a law may lie apart; `factor` is the sum of the sides' weights.
  private func tolerance(_ operation: ConvolutionOperation, factor: Double) -> Double {
    let bound = kernel.errorBound(for: operation)
    if bound.isExactOnIntegers { return 0 }
    let terms = Double(operation.problem.inputChannelsPerGroup * operation.problem.taps)
    return factor * bound.constant * 8 * 0x1p-24 * terms.squareRoot() * terms * Double(amplitude * amplitude)
  }

  /// Compares two sides of a law.
  ///
  /// - Parameter other: the operation that the right side was computed by, where it's another: a kernel may compute it in
  ///   another way.
  private mutating func compare(
    _ left: [Float], _ right: [Float], _ operation: ConvolutionOperation, by other: ConvolutionOperation? = nil,
    _ check: VerificationCheck, factor: Double = 2, _ law: String
  ) {
    let allowed = max(
      tolerance(operation, factor: factor), other.map { tolerance($0, factor: factor) } ?? 0)
    let wrong = zip(left, right).enumerated().first { !(abs(Double($0.element.0) - Double($0.element.1)) <= allowed) }
    guard let (index, (one, other)) = wrong else { return }
    let place = operation.outputShape.place(index)
    found.append(
      CheckFailure(
        check: check,
        reason: "\(law): output [\(place.batch), \(place.channel), \(place.row), \(place.column)] is \(one); "
          + "expected \(other)"))
  }

  private func isSupported(_ operation: ConvolutionOperation) -> Bool { kernel.support(for: operation).isSupported }

  // MARK: Laws

  private mutating func checkLinearity() throws(Obstacle) {
    let (a, b) = (numbers(operation.inputShape.count), numbers(operation.inputShape.count))
    let weights = weights()
    let whole = try output(operation, zip(a, b).map { 2 * $0 - 3 * $1 }, weights, .linearity)
    let (left, right) = (
      try output(operation, a, weights, .linearity), try output(operation, b, weights, .linearity)
    )
    compare(
      whole, zip(left, right).map { 2 * $0 - 3 * $1 }, operation, .linearity, factor: 10,
      "f(2a − 3b) isn't 2f(a) − 3f(b)")
  }

  private mutating func checkPermutation() throws(Obstacle) {
    let (input, weights) = (numbers(operation.inputShape.count), weights())
    let expected = try output(operation, input, weights, .permutation)
    let (channels, taps) = (problem.inputChannelsPerGroup, problem.taps)
    // Input channels of a group in reverse order, with their weights.
    if channels > 1 {
      let plane = problem.inputHeight * problem.inputWidth
      var (turned, filters) = (input, weights)
      for c in 0..<problem.batch * problem.inputChannels {
        let other = c / channels * channels + channels - 1 - c % channels
        for i in 0..<plane { turned[c * plane + i] = input[other * plane + i] }
      }
      for row in 0..<problem.outputChannels * channels {
        let other = row / channels * channels + channels - 1 - row % channels
        for tap in 0..<taps { filters.first[row * taps + tap] = weights.first[other * taps + tap] }
      }
      compare(
        try output(operation, turned, filters, .permutation), expected, operation, .permutation,
        "input channels in reverse order change the result")
    }
    // Output channels of the last stage in reverse order, group by group.
    let groups = operation.pointwise == nil ? problem.groups : 1
    let outputs = operation.outputShape.channels / groups
    guard outputs > 1 else { return }
    var filters = weights
    let shape = operation.outputShape
    func reversed(_ k: Int) -> Int { k / outputs * outputs + outputs - 1 - k % outputs }
    let row = weights.second.map { $0.count / shape.channels } ?? channels * taps
    for k in 0..<shape.channels {
      for i in 0..<row {
        if let second = weights.second {
          filters.second![k * row + i] = second[reversed(k) * row + i]
        } else {
          filters.first[k * row + i] = weights.first[reversed(k) * row + i]
        }
      }
    }
    let plane = shape.height * shape.width
    let moved = expected.indices.map { index in
      let (channel, pixel) = (index / plane, index % plane)
      return expected[(channel / shape.channels * shape.channels + reversed(channel % shape.channels)) * plane + pixel]
    }
    compare(
      try output(operation, input, filters, .permutation), moved, operation, .permutation,
      "filters in reverse order don't give channels in reverse order")
  }

  private mutating func checkBatch() throws(Obstacle) {
    guard let several = operation.changed(batch: 3), let one = operation.changed(batch: 1), isSupported(several),
      isSupported(one)
    else { return }
    let (input, weights) = (numbers(several.inputShape.count), weights())
    let whole = try output(several, input, weights, .batch)
    var parts: [Float] = []
    let count = one.inputShape.count
    for image in 0..<3 {
      parts += try output(one, Array(input[image * count..<(image + 1) * count]), weights, .batch)
    }
    compare(whole, parts, several, by: one, .batch, "an image by itself gives another result than in a batch of three")
  }

  private mutating func checkImpulse() throws(Obstacle) {
    let weights = weights()
    var input = [Float](repeating: 0, count: operation.inputShape.count)
    let position = generator.below(input.count)
    input[position] = 1
    let place = operation.inputShape.place(position)
    let shape = operation.outputShape
    var expected = [Float](repeating: 0, count: shape.count)
    let group = place.channel / problem.inputChannelsPerGroup
    for k in group * problem.outputChannelsPerGroup..<(group + 1) * problem.outputChannelsPerGroup {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          guard
            let r = tap(
              place.row + problem.padding.top - y * problem.strideHeight, problem.dilationHeight, problem.filterHeight),
            let s = tap(
              place.column + problem.padding.left - x * problem.strideWidth, problem.dilationWidth, problem.filterWidth)
          else { continue }
          let filter = k * problem.inputChannelsPerGroup + place.channel % problem.inputChannelsPerGroup
          expected[TensorLayout.nchw.offset(shape, batch: place.batch, channel: k, row: y, column: x)] =
            weights.first[(filter * problem.filterHeight + r) * problem.filterWidth + s]
        }
      }
    }
    compare(
      try output(operation, input, weights, .impulse), expected, operation, .impulse,
      "a 1 at [\(place.batch), \(place.channel), \(place.row), \(place.column)] doesn't give back the filters")
  }

  /// The tap that lies a distance from a window's first pixel; nil where none does.
  private func tap(_ distance: Int, _ dilation: Int, _ count: Int) -> Int? {
    guard distance >= 0, distance % dilation == 0, distance / dilation < count else { return nil }
    return distance / dilation
  }

  private mutating func checkTranslation() throws(Obstacle) {
    let (input, weights) = (numbers(operation.inputShape.count), weights())
    let (down, right) = (problem.strideHeight, problem.strideWidth)
    let (height, width) = (problem.inputHeight, problem.inputWidth)
    var moved = [Float](repeating: 0, count: input.count)
    for plane in 0..<problem.batch * problem.inputChannels {
      for y in down..<max(down, height) {
        for x in right..<max(right, width) {
          moved[(plane * height + y) * width + x] = input[(plane * height + y - down) * width + x - right]
        }
      }
    }
    let (before, after) = (
      try output(operation, input, weights, .translation), try output(operation, moved, weights, .translation)
    )
    // Outputs for which no pixel that they saw was moved out of the image.
    func isWhole(_ output: Int, _ stride: Int, _ padding: Int, _ dilation: Int, _ taps: Int, _ extent: Int) -> Bool {
      (0..<taps).allSatisfy {
        let position = output * stride - padding + $0 * dilation
        return position + stride < extent || position >= extent
      }
    }
    let shape = operation.outputShape
    var expected = after
    for plane in 0..<shape.batch * shape.channels {
      for y in 0..<shape.height - 1
      where isWhole(y, down, problem.padding.top, problem.dilationHeight, problem.filterHeight, height) {
        for x in 0..<shape.width - 1
        where isWhole(x, right, problem.padding.left, problem.dilationWidth, problem.filterWidth, width) {
          expected[(plane * shape.height + y + 1) * shape.width + x + 1] =
            before[(plane * shape.height + y) * shape.width + x]
        }
      }
    }
    compare(after, expected, operation, .translation, "an image moved by the strides gives another result")
  }

  private mutating func checkAdjoint() throws(Obstacle) {
    let (input, weights) = (numbers(operation.inputShape.count), weights())
    let shape = operation.outputShape
    let other = numbers(shape.count)
    let result = try output(operation, input, weights, .adjoint)
    let left = zip(result, other).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    // ⟨x, fᵀ(y)⟩: every output's y goes back through the filter to the pixels that it saw.
    var right = 0.0
    let (inputs, outputs) = (problem.inputChannelsPerGroup, problem.outputChannelsPerGroup)
    for n in 0..<shape.batch {
      for k in 0..<shape.channels {
        for y in 0..<shape.height {
          for x in 0..<shape.width {
            let value = Double(other[TensorLayout.nchw.offset(shape, batch: n, channel: k, row: y, column: x)])
            for r in 0..<problem.filterHeight {
              let row = y * problem.strideHeight - problem.padding.top + r * problem.dilationHeight
              guard 0..<problem.inputHeight ~= row else { continue }
              for s in 0..<problem.filterWidth {
                let column = x * problem.strideWidth - problem.padding.left + s * problem.dilationWidth
                guard 0..<problem.inputWidth ~= column else { continue }
                for c in 0..<inputs {
                  let weight = weights.first[((k * inputs + c) * problem.filterHeight + r) * problem.filterWidth + s]
                  let pixel = TensorLayout.nchw.offset(
                    operation.inputShape, batch: n, channel: k / outputs * inputs + c, row: row, column: column)
                  right += value * Double(weight) * Double(input[pixel])
                }
              }
            }
          }
        }
      }
    }
    let allowed = tolerance(operation, factor: Double(amplitude * shape.count))
    if !(abs(left - right) <= allowed) {
      found.append(
        CheckFailure(check: .adjoint, reason: "⟨f(x), y⟩ is \(left); expected ⟨x, fᵀ(y)⟩, which is \(right)"))
    }
  }

  private mutating func checkGroups() throws(Obstacle) {
    guard problem.groups > 1, let single = operation.oneGroup, isSupported(single) else { return }
    let (input, weights) = (numbers(operation.inputShape.count), weights())
    let whole = try output(operation, input, weights, .groups)
    // The last group, whose offsets are the largest.
    func last(_ values: [Float], _ channels: Int, _ plane: Int) -> [Float] {
      let all = channels * problem.groups
      return (0..<problem.batch).flatMap { values[(($0 + 1) * all - channels) * plane..<($0 + 1) * all * plane] }
    }
    let part = try output(
      single, last(input, problem.inputChannelsPerGroup, problem.inputHeight * problem.inputWidth),
      Weights(first: Array(weights.first.suffix(single.problem.weightCount))), .groups)
    compare(
      part, last(whole, problem.outputChannelsPerGroup, problem.outputPixels), single, by: operation,
      .groups, "the last group by itself gives another result")
  }

  private mutating func checkSubsampling() throws(Obstacle) {
    guard problem.strideHeight > 1 || problem.strideWidth > 1, let dense = operation.unstrided, isSupported(dense),
      dense.multiplyAddsFit
    else { return }
    let (input, weights) = (numbers(operation.inputShape.count), weights())
    let every = try output(dense, input, weights, .subsampling)
    let shape = operation.outputShape
    var expected: [Float] = []
    for plane in 0..<shape.batch * shape.channels {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let row = plane * dense.outputShape.height + y * problem.strideHeight
          expected.append(every[row * dense.outputShape.width + x * problem.strideWidth])
        }
      }
    }
    compare(
      try output(operation, input, weights, .subsampling), expected, operation, by: dense, .subsampling,
      "strided outputs aren't those of stride 1")
  }
}

extension ConvolutionOperation {
  /// The same without biases, residual and activations.
  fileprivate var withoutEpilogues: ConvolutionOperation {
    guard let pointwise else { return ConvolutionOperation(problem, epilogue: .none) }
    let bare = try? ConvolutionOperation(
      problem, epilogue: .none, pointwise: PointwiseStage(outputChannels: pointwise.outputChannels, epilogue: .none))
    return bare ?? self
  }

  fileprivate func changed(batch: Int) -> ConvolutionOperation? { changed(batch: batch, groups: nil, strides: nil) }

  /// One group of it by itself.
  fileprivate var oneGroup: ConvolutionOperation? { changed(batch: nil, groups: 1, strides: nil) }

  /// The same at stride 1.
  fileprivate var unstrided: ConvolutionOperation? { changed(batch: nil, groups: nil, strides: (1, 1)) }

  fileprivate var multiplyAddsFit: Bool { multiplyAdds <= 4 * KernelLaws.largestOperation }

  /// Nil where the sizes don't fit together.
  private func changed(batch: Int?, groups: Int?, strides: (Int, Int)?) -> ConvolutionOperation? {
    let parts = groups == 1 ? problem.groups : 1
    guard
      let changed = try? ConvolutionProblem(
        batch: batch ?? problem.batch, inputChannels: problem.inputChannels / parts, inputHeight: problem.inputHeight,
        inputWidth: problem.inputWidth, outputChannels: problem.outputChannels / parts,
        filterHeight: problem.filterHeight, filterWidth: problem.filterWidth,
        strideHeight: strides?.0 ?? problem.strideHeight, strideWidth: strides?.1 ?? problem.strideWidth,
        padding: problem.padding, dilationHeight: problem.dilationHeight, dilationWidth: problem.dilationWidth,
        groups: groups ?? problem.groups)
    else { return nil }
    guard let pointwise else { return ConvolutionOperation(changed, epilogue: .none) }
    return try? ConvolutionOperation(changed, epilogue: .none, pointwise: pointwise)
  }
}
