import ConvolutionModel
import RegisterTiles
import Testing

@testable import ConvolutionKernels

/// The transforms against the matrices derived from the points, and these against the definition.
struct WinogradTransformTests {
  typealias Vector = Plain<SIMD4<Float>>

  /// Applies a transform to numbers, in lane 2 of its registers.
  private static func apply(
    _ input: [Float], count: Int, _ transform: (StridedVectors<Vector>, StridedVectors<Vector>) -> Void
  ) -> [Double] {
    let source = AlignedBuffer<Float>(count: 4 * input.count, repeating: .nan)
    let target = AlignedBuffer<Float>(count: 4 * count, repeating: .nan)
    for (index, value) in input.enumerated() { source[4 * index + 2] = value }
    transform(
      StridedVectors(source.elements.baseAddress!, stride: 4), StridedVectors(target.elements.baseAddress!, stride: 4))
    return (0..<count).map { Double(target[4 * $0 + 2]) }
  }

  /// Unit vectors give the columns of the matrices; all entries are exact in single precision.
  private func expectEqual<Transform: WinogradTransform>(_: Transform.Type, _ variant: WinogradVariant)
  where Transform.Vector == Vector {
    #expect(Transform.outputs == variant.outputs)
    #expect(Transform.inputCoefficients == variant.inputCoefficients.count)
    #expect(Transform.outputCoefficients == variant.outputCoefficients.count)
    let memory = AlignedBuffer<Float>(count: 2 * 16 * 4, repeating: .nan)
    let inputs = Coefficients<Vector>(
      variant.inputCoefficients.elements.baseAddress!, count: Transform.inputCoefficients,
      in: memory.elements.baseAddress!)
    let outputs = Coefficients<Vector>(
      variant.outputCoefficients.elements.baseAddress!, count: Transform.outputCoefficients,
      in: memory.elements.baseAddress! + 16 * 4)
    for index in 0..<variant.size {
      var unit = [Float](repeating: 0, count: variant.size)
      unit[index] = 1
      #expect(
        Self.apply(unit, count: variant.size) { Transform.input($0, $1, inputs) }
          == variant.matrices.input.map { Double($0[index]) })
      #expect(
        Self.apply(unit, count: variant.outputs) { Transform.output($0, $1, outputs) }
          == variant.matrices.output.map { Double($0[index]) })
    }
    // Linear too: no entry stands for a vector that unit vectors can't tell.
    let values = (0..<variant.size).map { Float(($0 * 5 + 3) % 7 - 3) }
    func product(_ matrix: [[Rational]]) -> [Double] {
      matrix.map { row in zip(row, values).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    }
    let transformed = Self.apply(values, count: variant.size) { Transform.input($0, $1, inputs) }
    #expect(zip(transformed, product(variant.matrices.input)).allSatisfy { abs($0 - $1) < 1e-5 })
    let summed = Self.apply(values, count: variant.outputs) { Transform.output($0, $1, outputs) }
    #expect(zip(summed, product(variant.matrices.output)).allSatisfy { abs($0 - $1) < 1e-4 })
    // What the outputs start with is added to each, and they may overwrite the products.
    let started = Self.apply(values, count: variant.size) { source, target in
      for position in 0..<variant.size { target.store(source[position], position) }
      Transform.output(target, target, outputs, start: Vector(repeating: 5))
    }
    #expect(zip(started, summed).allSatisfy { abs($0 - $1 - 5) < 1e-4 })
  }

  @Test func transformsAreTheMatrices() {
    expectEqual(WinogradF2<Vector>.self, .f2x3)
    expectEqual(WinogradF4<Vector>.self, .f4x3)
    expectEqual(WinogradF6<Vector>.self, .f6x3)
  }

  /// `Aᵀ[(G g) ⊙ (Bᵀ d)]` is bilinear, so unit vectors on both sides prove it.
  @Test func matricesConvolve() {
    let half = Rational(1, 2)
    let sets: [(Int, Int, [Rational])] = [
      (4, 3, [0, 1, -1, half, -2]), (4, 3, [0, 1, -1, 2, -2]), (3, 2, [0, 1, -1]),
      (6, 3, [0, 1, -1, 2, -2, half, -half]), (2, 5, [0, 1, -1, 2, -2]), (1, 1, []),
    ]
    for matrices in WinogradVariant.all.map(\.matrices)
      + sets.map({ WinogradMatrices(outputs: $0, taps: $1, points: $2) })
    {
      let size = matrices.outputs + matrices.taps - 1
      for d in 0..<size {
        for g in 0..<matrices.taps {
          for y in 0..<matrices.outputs {
            let value = (0..<size).reduce(0 as Rational) {
              $0 + matrices.output[y][$1] * matrices.filter[$1][g] * matrices.input[$1][d]
            }
            #expect(value == (y + g == d ? 1 : 0), "F(\(matrices.outputs), \(matrices.taps)) \(d) \(g) \(y)")
          }
        }
      }
    }
  }

  @Test func fractionsAreReducedAndKeepTheirSign() {
    #expect(Rational(6, -4) == Rational(-3, 2) && Rational(-6, -4) == Rational(3, 2) && Rational(0, -7) == 0)
    #expect(Rational(-3, 2).numerator == -3 && Rational(6, -4).denominator == 2)
    #expect(Rational(1, 6) + Rational(1, 3) == Rational(1, 2) && Rational(1, 6) - Rational(2, 3) == Rational(-1, 2))
    #expect(Rational(2, 3) / Rational(-4, 9) == Rational(-3, 2) && Double(Rational(-7, 4)) == -1.75)
  }

  /// F(2, 3) is exact on whole numbers, and the data's transforms of the others round no coefficient.
  @Test func entriesAreAsExactAsTheirComments() {
    let f2 = WinogradVariant.f2x3.matrices
    #expect((f2.input + f2.output).joined().allSatisfy { [-1, 0, 1].contains($0) })
    #expect(f2.filter.joined().allSatisfy { ($0 * 2).denominator == 1 })
    for variant in WinogradVariant.all {
      for entry in (variant.matrices.input + variant.matrices.output).joined() {
        #expect(Double(Float(entry)) * Double(entry.denominator) == Double(entry.numerator))
      }
    }
  }

  /// Filters are transformed in two dimensions, row by row of the points.
  @Test func filtersAreTransformed() {
    for variant in WinogradVariant.all {
      let size = variant.size
      let filters = AlignedBuffer<Float>(count: 81, repeating: 0)
      // Filter number t has its one tap there.
      for tap in 0..<9 { filters[10 * tap] = 3 }
      let transformed = AlignedBuffer<Float>(count: variant.points * 9, repeating: .nan)
      variant.transformFilters(
        (0..<9).map { UnsafePointer(filters.elements.baseAddress!) + 9 * $0 },
        into: transformed.elements.baseAddress!, pointStride: 9)
      for tap in 0..<9 {
        for point in 0..<variant.points {
          let exact =
            3 * variant.matrices.filter[point / size][tap / 3] * variant.matrices.filter[point % size][tap % 3]
          #expect(abs(transformed[9 * point + tap] - Float(exact)) <= Float(exact).ulp)
        }
      }
    }
  }
}
