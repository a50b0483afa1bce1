import ConvolutionModel

/// How a tensor of test data is filled. Fills depend on nothing but the generator they're given.
public enum Fill: Hashable, Sendable {
  /// Uniform in `[-scale, scale)`, in steps of `scale·2⁻²³`.
  case reals(scale: Float)
  /// Uniform in `[scale/2, scale)`, in steps of `scale·2⁻²⁴`.
  case positiveReals(scale: Float)
  /// `scale` times a whole number in `±1 ... ±amplitude`, or zero for `1 − density` of the elements.
  case integers(amplitude: Int, scale: Float, density: Double)

  /// Fills memory.
  public func fill(_ elements: UnsafeMutableBufferPointer<Float>, _ generator: inout SplitMix64) {
    switch self {
    case .reals(let scale):
      for i in elements.indices {
        let steps = Int32(truncatingIfNeeded: generator.next() >> 40) - 1 << 23
        elements[i] = Float(steps) * 0x1p-23 * scale
      }
    case .positiveReals(let scale):
      for i in elements.indices {
        elements[i] = Float(Int32(truncatingIfNeeded: generator.next() >> 41) + 1 << 23) * 0x1p-24 * scale
      }
    case .integers(let amplitude, let scale, let density):
      // 2⁻³² steps are fine enough for a share.
      let threshold = UInt64(min(max(density, 0), 1) * 0x1p32)
      for i in elements.indices {
        if density < 1, generator.next() >> 32 >= threshold {
          elements[i] = 0
          continue
        }
        let drawn = generator.below(2 * amplitude)
        elements[i] = Float(drawn < amplitude ? drawn - amplitude : drawn - amplitude + 1) * scale
      }
    }
  }

  /// A buffer filled with this.
  public func buffer(count: Int, _ generator: inout SplitMix64) -> AlignedBuffer<Float> {
    let buffer = AlignedBuffer<Float>(uninitializedCount: count)
    fill(buffer.elements, &generator)
    return buffer
  }
}
