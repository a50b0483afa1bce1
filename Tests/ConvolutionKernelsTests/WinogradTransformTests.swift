import RegisterTiles
import Testing

@testable import ConvolutionKernels

/// The transforms written by hand against the matrices derived from the points, and these against the definition.
struct WinogradTransformTests {
  typealias Vector = Plain<SIMD4<Float>>

  /// Applies a transform written by hand to a vector, in lane 2 of its registers.
  private static func apply<Transform: WinogradTransform>(_: Transform.Type, input: [Float]) -> [Float]
  where Transform.Points.Vector == Vector {
    var lanes = [Float](repeating: .nan, count: 4 * input.count)
    for (index, value) in input.enumerated() { lanes[4 * index + 2] = value }
    Transform.input(.load(lanes, stride: 4)).store(&lanes, stride: 4)
    return input.indices.map { lanes[4 * $0 + 2] }
  }

  private static func apply<Transform: WinogradTransform>(_: Transform.Type, output: [Float]) -> [Float]
  where Transform.Points.Vector == Vector {
    var lanes = [Float](repeating: .nan, count: 4 * output.count)
    for (index, value) in output.enumerated() { lanes[4 * index + 2] = value }
    Transform.output(.load(lanes, stride: 4)).store(&lanes, stride: 4)
    return (0..<Transform.Outputs.count).map { lanes[4 * $0 + 2] }
  }

  /// Unit vectors give the columns of the matrices; all entries are exact in single precision.
  private func expectEqual<Transform: WinogradTransform>(_: Transform.Type, _ matrices: WinogradMatrices)
  where Transform.Points.Vector == Vector {
    let size = matrices.outputs + 2
    #expect(Transform.Points.count == size)
    #expect(Transform.Outputs.count == matrices.outputs)
    for index in 0..<size {
      var unit = [Float](repeating: 0, count: size)
      unit[index] = 1
      #expect(Self.apply(Transform.self, input: unit).map(Double.init) == matrices.input.map { $0[index] })
      #expect(Self.apply(Transform.self, output: unit).map(Double.init) == matrices.output.map { $0[index] })
    }
    // Linear too: no entry stands for a vector that unit vectors can't tell.
    let values = (0..<size).map { Float(($0 * 5 + 3) % 7 - 3) }
    func product(_ matrix: [[Double]]) -> [Double] {
      matrix.map { row in zip(row, values).reduce(0) { $0 + $1.0 * Double($1.1) } }
    }
    #expect(Self.apply(Transform.self, input: values).map(Double.init) == product(matrices.input))
    #expect(Self.apply(Transform.self, output: values).map(Double.init) == product(matrices.output))
  }

  @Test func handWrittenTransformsAreTheMatrices() {
    expectEqual(WinogradF2<Vector>.self, .f2x3)
    expectEqual(WinogradF4<Vector>.self, .f4x3)
  }

  /// `Aᵀ[(G g) ⊙ (Bᵀ d)]` is bilinear, so unit vectors on both sides prove it.
  @Test func matricesConvolve() {
    let sets: [(Int, Int, [Double])] = [
      (2, 3, [0, 1, -1]), (4, 3, [0, 1, -1, 0.5, -2]), (4, 3, [0, 1, -1, 2, -2]), (3, 2, [0, 1, -1]),
      (6, 3, [0, 1, -1, 2, -2, 0.5, -0.5]), (2, 5, [0, 1, -1, 2, -2]), (1, 1, []),
    ]
    let named = [WinogradMatrices.f2x3, .f4x3]
    for matrices in named + sets.map({ WinogradMatrices(outputs: $0, taps: $1, points: $2) }) {
      let size = matrices.outputs + matrices.taps - 1
      for d in 0..<size {
        for g in 0..<matrices.taps {
          for y in 0..<matrices.outputs {
            let value = (0..<size).reduce(0.0) {
              $0 + matrices.output[y][$1] * matrices.filter[$1][g] * matrices.input[$1][d]
            }
            #expect(
              abs(value - (y + g == d ? 1 : 0)) < 1e-12, "F(\(matrices.outputs), \(matrices.taps)) \(d) \(g) \(y)")
          }
        }
      }
    }
  }

  /// The entries that the kernels' exactness rests on.
  @Test func entriesAreAsExactAsTheirComments() {
    func all(_ matrix: [[Double]], times factor: Double) -> Bool {
      matrix.joined().allSatisfy { abs($0 * factor - ($0 * factor).rounded()) < 1e-12 }
    }
    let (f2, f4) = (WinogradMatrices.f2x3, WinogradMatrices.f4x3)
    #expect((f2.input + f2.output).joined().allSatisfy { [-1, 0, 1].contains($0) })
    #expect(all(f2.filter, times: 2) && !all(f2.filter, times: 1))
    #expect(all(f4.filter, times: 15) && !all(f4.filter, times: 5) && !all(f4.filter, times: 3))
    #expect(all(f4.input, times: 2) && all(f4.output, times: 8))
  }

  /// Filters are transformed in two dimensions, row by row of the points.
  @Test func filtersAreTransformed() {
    for matrices in [WinogradMatrices.f2x3, .f4x3] {
      let size = matrices.outputs + 2
      for tap in 0..<9 {
        var filter = [Float](repeating: 0, count: 9)
        filter[tap] = 450
        let transformed = matrices.transformFilter(filter)
        #expect(transformed.count == size * size)
        for (point, value) in transformed.enumerated() {
          let exact = 450 * matrices.filter[point / size][tap / 3] * matrices.filter[point % size][tap % 3]
          #expect(abs(Double(value) - exact) < 1e-9)
          // 450 is a multiple of the denominators' 225.
          if matrices.outputs == 4 { #expect(value == value.rounded()) }
        }
      }
    }
  }
}
