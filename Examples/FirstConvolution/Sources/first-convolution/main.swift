import Convolution

// A layer of ResNet-50: 64 channels of 56×56 pixels, sixty-four 3×3 filters, ReLU.
let problem = try ConvolutionProblem(channels: 64, height: 56, width: 56, filters: 64, kernel: 3, padding: .same)
let weights = numbers(problem.weightCount, seed: 1)  // [filters][channels][rows][columns]
let bias = numbers(problem.outputChannels, seed: 2)
let x = numbers(problem.inputShape.count, seed: 3)  // [rows][columns][channels]
var y = [Float](repeating: .nan, count: problem.outputShape.count)

// Once: choose the fastest kernel for this shape on this processor, pack the weights, allocate.
let plan = try ConvolutionPlan(problem, weights: weights, bias: bias, activation: .relu)
// Any number of times, on any thread.
try plan.run(input: x, output: &y)
print(plan.explain())

let clock = ContinuousClock()
var best = Duration.seconds(3600)
for _ in 0..<20 { best = min(best, try clock.measure { try plan.run(input: x, output: &y) }) }
let (seconds, attoseconds) = best.components
let gigaflops = 2 * Double(problem.multiplyAdds) / (Double(seconds) * 1e9 + Double(attoseconds) * 1e-9)
print("best of 20 runs: \(best), \(Int(gigaflops.rounded())) GFLOP/s")

// A stranger trusts nobody: a corner, an edge and the middle, by the definition.
for (row, column) in [(0, 0), (0, 31), (55, 55), (28, 28)] {
  for filter in [0, 17, 63] {
    var (sum, scale) = (Double(bias[filter]), 1.0)
    for channel in 0..<64 {
      for (r, s) in (0..<3).flatMap({ r in (0..<3).map { (r, $0) } }) {
        let (inputRow, inputColumn) = (row + r - 1, column + s - 1)
        guard (0..<56).contains(inputRow), (0..<56).contains(inputColumn) else { continue }
        let product =
          Double(x[(inputRow * 56 + inputColumn) * 64 + channel])
          * Double(weights[((filter * 64 + channel) * 3 + r) * 3 + s])
        sum += product
        scale += product.magnitude
      }
    }
    let (result, expected) = (Double(y[(row * 56 + column) * 64 + filter]), max(sum, 0))
    // Written so that a NaN fails.
    guard (result - expected).magnitude <= 1e-4 * scale else {
      fatalError("filter \(filter) at row \(row), column \(column) is \(result); expected \(expected)")
    }
  }
}
print("right")

/// Pseudorandom numbers between −1 and 1, the same in every run.
func numbers(_ count: Int, seed: UInt32) -> [Float] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(state >> 8) / Float(1 << 23) - 1
  }
}
