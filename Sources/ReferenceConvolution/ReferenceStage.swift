import ConvolutionModel

/// One convolution of the oracle.
///
/// Input and weights are kept with the channels of a group innermost, so that the sum over channels, which is the long one
/// in most layers, walks through contiguous memory and the test for padding is made once a tap.
struct ReferenceStage: Sendable {
  private let problem: ConvolutionProblem
  private let input: [Float]
  private let weights: [Float]
  private let bias: [Float]?

  /// Copies an NCHW input and `[K][C/groups][R][S]` weights.
  init(
    _ problem: ConvolutionProblem, input: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>,
    bias: UnsafeBufferPointer<Float>?
  ) {
    self.problem = problem
    self.input = Self.innermost(
      input, outer: problem.batch, inner: problem.inputChannels, positions: problem.inputHeight * problem.inputWidth)
    self.weights = Self.innermost(
      weights, outer: problem.outputChannels, inner: problem.inputChannelsPerGroup, positions: problem.taps)
    self.bias = bias.map { Array($0.prefix(problem.outputChannels)) }
  }

  /// `[outer][inner][positions]` as `[outer][positions][inner]`.
  private static func innermost(
    _ source: UnsafeBufferPointer<Float>, outer: Int, inner: Int, positions: Int
  ) -> [Float] {
    let count = outer * inner * positions
    return [Float](unsafeUninitializedCapacity: count) { target, initialised in
      var next = 0
      for o in 0..<outer {
        for i in 0..<inner {
          var place = o * positions * inner + i
          for _ in 0..<positions {
            target.initializeElement(at: place, to: source[next])
            next += 1
            place += inner
          }
        }
      }
      initialised = count
    }
  }

  /// The sum for one output with its bias, and the sum of the terms' magnitudes.
  func sum(_ n: Int, _ k: Int, _ y: Int, _ x: Int) -> ReferenceValue {
    let channels = problem.inputChannelsPerGroup
    let firstChannel = k / problem.outputChannelsPerGroup * channels
    let rows = tapsInside(
      y * problem.strideHeight - problem.padding.top, problem.dilationHeight, problem.filterHeight,
      problem.inputHeight)
    let columns = tapsInside(
      x * problem.strideWidth - problem.padding.left, problem.dilationWidth, problem.filterWidth,
      problem.inputWidth)
    var total = DotProduct()
    input.withUnsafeBufferPointer { input in
      weights.withUnsafeBufferPointer { weights in
        for r in rows {
          let row = y * problem.strideHeight + r * problem.dilationHeight - problem.padding.top
          for s in columns {
            let column = x * problem.strideWidth + s * problem.dilationWidth - problem.padding.left
            let pixel = (n * problem.inputHeight + row) * problem.inputWidth + column
            let tap = (k * problem.filterHeight + r) * problem.filterWidth + s
            total.add(
              input.baseAddress! + (pixel * problem.inputChannels + firstChannel),
              weights.baseAddress! + tap * channels, count: channels)
          }
        }
      }
    }
    let bias = self.bias.map { Double($0[k]) } ?? 0
    return ReferenceValue(value: total.sum + bias, magnitude: total.magnitude + abs(bias))
  }

  /// The taps along one axis that meet the image: those `t` with `0 ≤ origin + t·dilation < extent`.
  private func tapsInside(_ origin: Int, _ dilation: Int, _ taps: Int, _ extent: Int) -> Range<Int> {
    let first = origin >= 0 ? 0 : (-origin + dilation - 1) / dilation
    let end = extent - origin <= 0 ? 0 : min(taps, (extent - origin - 1) / dilation + 1)
    return first..<max(first, end)
  }
}

/// The pointwise stage of the oracle: a weighted sum over the channels of one pixel.
struct PointwiseReference: Sendable {
  private let inputChannels: Int
  private let weights: [Float]
  private let bias: [Float]?

  init(
    inputChannels: Int, outputChannels: Int, weights: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>?
  ) {
    self.inputChannels = inputChannels
    self.weights = Array(weights.prefix(inputChannels * outputChannels))
    self.bias = bias.map { Array($0.prefix(outputChannels)) }
  }

  /// The sum for one output channel, given the first stage's channels at that pixel.
  func sum(_ k: Int, _ between: [ReferenceValue]) -> ReferenceValue {
    let bias = self.bias.map { Double($0[k]) } ?? 0
    var result = ReferenceValue(value: bias, magnitude: abs(bias))
    for (c, term) in between.enumerated() {
      let weight = Double(weights[k * inputChannels + c])
      result.value += weight * term.value
      result.magnitude += abs(weight * term.value)
      result.propagatedMagnitude += abs(weight) * term.magnitude
    }
    return result
  }
}

/// A sum of products and the sum of their magnitudes, in double precision. The product of two singles is exact there.
private struct DotProduct {
  private(set) var sum = 0.0
  private(set) var magnitude = 0.0

  /// Adds `count` products. Four chains each, because one would wait for its own additions.
  mutating func add(_ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, count: Int) {
    var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
    var (m0, m1, m2, m3) = (0.0, 0.0, 0.0, 0.0)
    var i = 0
    while i + 4 <= count {
      let p0 = Double(x[i]) * Double(w[i])
      let p1 = Double(x[i + 1]) * Double(w[i + 1])
      let p2 = Double(x[i + 2]) * Double(w[i + 2])
      let p3 = Double(x[i + 3]) * Double(w[i + 3])
      s0 += p0
      s1 += p1
      s2 += p2
      s3 += p3
      m0 += p0.magnitude
      m1 += p1.magnitude
      m2 += p2.magnitude
      m3 += p3.magnitude
      i += 4
    }
    while i < count {
      let p = Double(x[i]) * Double(w[i])
      s0 += p
      m0 += p.magnitude
      i += 1
    }
    sum += (s0 + s1) + (s2 + s3)
    magnitude += (m0 + m1) + (m2 + m3)
  }
}
