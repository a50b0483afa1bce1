import ConvolutionModel
import Testing
import Verification

@testable import ConvolutionKernels
@testable import Harness

/// What is allowed to workers that declare a Winograd tile, against what F(m×m, 3×3) in single precision shows.
struct ForeignWinogradBoundTests {
  /// Points that libraries take.
  private static let points: [Int: [[Rational]]] = [
    2: [[0, 1, -1]], 4: [[0, 1, -1, 2, -2], [0, Rational(1, 2), -Rational(1, 2), 1, -1]],
    6: [
      [0, 1, -1, 2, -2, Rational(1, 2), -Rational(1, 2)],
      [0, Rational(1, 2), -Rational(1, 2), 1, -1, Rational(3, 2), -Rational(3, 2)],
    ],
  ]

  /// What is allowed, in `8u · Σ|x||w|`.
  private static func allowed(_ tile: Int, channels: Int) throws -> Double {
    let problem = try ConvolutionProblem(channels: channels, height: 8, width: 8, filters: 1, kernel: 3)
    let bound = try #require(ErrorBound.foreignWinograd(tile: tile, problem))
    #expect(bound.tile == tile && !bound.isExactOnIntegers)
    return bound.constant * Double(9 * channels).squareRoot()
  }

  @Test(arguments: [2, 4, 6])
  func rightTransformsPassAndNotByFar(tile: Int) throws {
    var generator = SplitMix64(seed: UInt64(tile))
    for (channels, tiles) in [(1, 24), (4, 12), (16, 6), (64, 4)] {
      let allowed = try Self.allowed(tile, channels: channels)
      var largest = 0.0
      for points in Self.points[tile]! {
        let matrices = WinogradMatrices(outputs: tile, taps: 3, points: points)
        let error = Transforms(matrices).largestError(channels: channels, tiles: tiles, filters: tiles, &generator)
        #expect(error <= allowed, "F(\(tile), 3) with \(points) on \(channels) channels: \(error) of \(allowed)")
        largest = max(largest, error)
      }
      #expect(8 * largest >= allowed, "F(\(tile), 3) on \(channels) channels: \(allowed) allowed, \(largest) seen")
    }
  }

  @Test(arguments: [2, 4, 6])
  func anEntryThatIsOffByAThousandthFails(tile: Int) throws {
    var generator = SplitMix64(seed: UInt64(tile))
    let exact = WinogradMatrices(outputs: tile, taps: 3, points: Self.points[tile]![0])
    for channels in [16, 256] {
      let allowed = try Self.allowed(tile, channels: channels)
      for matrix in 0..<3 {
        for _ in 0..<2 {
          var transforms = Transforms(exact)
          let place = transforms.perturb(matrix, by: 1.001, &generator)
          let error = transforms.largestError(channels: channels, tiles: 3, filters: 3, &generator)
          #expect(error > allowed, "F(\(tile), 3), \(channels) channels, \(place): \(error) of \(allowed)")
        }
      }
    }
  }

  @Test func pointsThatLieFarApartFail() throws {
    var generator = SplitMix64(seed: 1)
    let matrices = WinogradMatrices(outputs: 6, taps: 3, points: [0, 1, -1, 2, -2, 3, -3])
    let error = Transforms(matrices).largestError(channels: 64, tiles: 2, filters: 2, &generator)
    #expect(try error > Self.allowed(6, channels: 64))
  }

  @Test func whatWinogradCantComputeIsHeldToDirectSummation() throws {
    let problems = [
      try ConvolutionProblem(channels: 8, height: 8, width: 8, filters: 8, kernel: 1),
      try ConvolutionProblem(channels: 8, height: 9, width: 9, filters: 8, kernel: 5),
      try ConvolutionProblem(channels: 8, height: 9, width: 9, filters: 8, kernel: 3, stride: 2),
      try ConvolutionProblem(channels: 8, height: 9, width: 9, filters: 8, kernel: 3, dilation: 2),
      try ConvolutionProblem(channels: 8, height: 9, width: 9, filters: 8, kernel: 3, groups: 8),
    ]
    for problem in problems { #expect(ErrorBound.foreignWinograd(tile: 6, problem) == nil, "\(problem)") }
    let dense = try ConvolutionProblem(channels: 8, height: 9, width: 9, filters: 8, kernel: 3)
    #expect(ErrorBound.foreignWinograd(tile: 0, dense) == nil)
  }
}

/// F(m×m, 3×3) as it's written, in single precision, one channel after the other.
private struct Transforms {
  let outputs: Int
  let edge: Int
  /// Aᵀ, G and Bᵀ by rows.
  private var matrices: [[[Float]]]

  init(_ exact: WinogradMatrices) {
    outputs = exact.outputs
    edge = exact.outputs + exact.taps - 1
    matrices = [exact.output, exact.filter, exact.input].map { $0.map { $0.map { Float($0) } } }
  }

  /// Multiplies an entry that isn't zero, and says which.
  mutating func perturb(_ matrix: Int, by factor: Float, _ generator: inout SplitMix64) -> String {
    while true {
      let row = Int.random(in: 0..<matrices[matrix].count, using: &generator)
      let column = Int.random(in: 0..<matrices[matrix][row].count, using: &generator)
      if matrices[matrix][row][column] == 0 { continue }
      matrices[matrix][row][column] *= factor
      return "\(["output", "filter", "input"][matrix])[\(row)][\(column)]"
    }
  }

  /// `M X Mᵀ` of a square `X`.
  private func applied(_ matrix: [[Float]], _ square: [Float]) -> [Float] {
    let (rows, size) = (matrix.count, matrix[0].count)
    var half = [Float](repeating: 0, count: rows * size)
    var result = [Float](repeating: 0, count: rows * rows)
    for i in 0..<rows {
      for k in 0..<size where matrix[i][k] != 0 {
        let factor = matrix[i][k]
        for j in 0..<size { half[i * size + j] += factor * square[k * size + j] }
      }
    }
    for j in 0..<rows {
      for k in 0..<size where matrix[j][k] != 0 {
        let factor = matrix[j][k]
        for i in 0..<rows { result[i * rows + j] += factor * half[i * size + k] }
      }
    }
    return result
  }

  /// The largest error of all outputs of random tiles and filters, in `8u` times the largest `Σ|x||w|` of the tile.
  func largestError(channels: Int, tiles: Int, filters: Int, _ generator: inout SplitMix64) -> Double {
    func random(_ count: Int, _ size: Int) -> [[[Float]]] {
      (0..<count).map { _ in
        (0..<channels).map { _ in (0..<size).map { _ in Float.random(in: -1..<1, using: &generator) } }
      }
    }
    let (images, weights) = (random(tiles, edge * edge), random(filters, 9))
    let transformed = images.map { $0.map { applied(matrices[2], $0) } }
    let filtered = weights.map { $0.map { applied(matrices[1], $0) } }
    var largest = 0.0
    for t in 0..<tiles {
      for k in 0..<filters {
        var sums = [Float](repeating: 0, count: edge * edge)
        for c in 0..<channels {
          let (x, w) = (transformed[t][c], filtered[k][c])
          for i in sums.indices { sums[i] += x[i] * w[i] }
        }
        let result = applied(matrices[0], sums)
        var (error, magnitude) = (0.0, 0.0)
        for y in 0..<outputs {
          for x in 0..<outputs {
            var (value, size) = (0.0, 0.0)
            for c in 0..<channels {
              for r in 0..<3 {
                for s in 0..<3 {
                  let product = Double(images[t][c][(y + r) * edge + x + s]) * Double(weights[k][c][3 * r + s])
                  value += product
                  size += abs(product)
                }
              }
            }
            error = max(error, abs(Double(result[y * outputs + x]) - value))
            magnitude = max(magnitude, size)
          }
        }
        largest = max(largest, error / (8 * 0x1p-24 * magnitude))
      }
    }
    return largest
  }
}
