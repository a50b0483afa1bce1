import ConvolutionModel
import Verification

/// Runs kernels on the data sets of a case.
public struct CaseRunner: Sendable {
  /// How far ONNX lets a result be from the expected one.
  enum Tolerance {
    /// A ten-millionth and a thousandth of the expected value: what ONNX's own tests of operators take by default.
    static func around(_ expected: Double) -> Double { 1e-7 + 1e-3 * abs(expected) }
  }

  /// The kernels that are tried; those that refuse a problem are counted.
  public let kernels: [any ConvolutionKernel]
  /// Threads of each run.
  public let threads: Int

  /// Chooses kernels.
  public init(kernels: [any ConvolutionKernel], threads: Int = 1) {
    self.kernels = kernels
    self.threads = threads
  }

  /// Runs every kernel on every data set and enters what became of it.
  func run(_ dataSets: [ConvolutionDataSet], into result: inout CaseResult) {
    result.dataSets = dataSets.count
    result.problem = dataSets.first.map { "\($0.operation.problem)" }
    var failures: [String: String] = [:]
    var passed: Set<String> = []
    var others: [String: String] = [:]
    do {
      for dataSet in dataSets {
        let subject = try VerificationSubject(
          given: dataSet.operation, input: dataSet.input, weights: dataSet.weights, bias: dataSet.bias,
          options: .init(threads: threads))
        for kernel in kernels {
          let id = kernel.id.description
          let report = subject.verify(kernel)
          result.largestError = Self.larger(result.largestError, report.error?.maxScaled)
          switch report.verdict {
          case .unsupported, .unavailable: others[id] = report.reason ?? report.verdict.rawValue
          case .failed, .mistrusted: failures[id] = report.reason ?? report.verdict.rawValue
          case .passed:
            let closeness = try closeness(of: kernel, on: subject, to: dataSet.expected)
            result.largestDistance = Self.larger(result.largestDistance, closeness.largestShare)
            result.outputsWithinRounding += closeness.outputsWithinRounding
            if let wrong = closeness.largestWrongShare {
              failures[id] = "is \(wrong) times what ONNX tolerates away from the expected output"
            } else {
              passed.insert(id)
            }
          }
        }
      }
    } catch {
      result.outcome = .failed
      result.reason = "\(error)"
      return
    }
    let ids = kernels.map(\.id.description)
    result.failedKernels = failures
    result.otherKernels = others.count
    // One that computed only some of the data sets has not passed.
    result.passedKernels = ids.filter { passed.contains($0) && failures[$0] == nil && others[$0] == nil }
    if let wrong = ids.first(where: { failures[$0] != nil }) {
      result.outcome = .failed
      result.reason = "\(wrong) \(failures[wrong]!)"
    } else if result.passedKernels.isEmpty {
      result.outcome = .unsupported
      let refusals = Set(others.values)
      result.reason = "none of \(ids.count) kernels runs it" + (refusals.count == 1 ? ": \(refusals.first!)" : "")
    } else {
      result.outcome = .passed
    }
  }

  /// How near a kernel's output is to the expected one.
  private struct Closeness {
    /// The largest distance, in terms of ONNX's tolerance.
    var largestShare = 0.0
    /// The largest of an output that is beyond the tolerance and beyond what rounding explains; nil where there is none.
    var largestWrongShare: Double?
    /// Outputs beyond the tolerance, but as near as two right results can be sure to be.
    var outputsWithinRounding = 0

    mutating func note(_ actual: Double, expected: Double, allowed: Double) {
      let difference = abs(actual - expected)
      // A NaN would vanish in a maximum.
      let share = difference.isNaN ? .infinity : difference / Tolerance.around(expected)
      largestShare = max(largestShare, share)
      if share <= 1 { return }
      if difference <= allowed {
        outputsWithinRounding += 1
      } else {
        largestWrongShare = max(largestWrongShare ?? 0, share)
      }
    }
  }

  /// Compares a kernel's output with the expected one.
  ///
  /// ONNX's tolerance is next to nothing for an output that is almost zero, though its terms aren't: there two right results
  /// differ by more. So a difference is no error either if it's within twice the kernel's bound, once for each of the two.
  private func closeness(
    of kernel: any ConvolutionKernel, on subject: VerificationSubject, to expected: [Float]
  ) throws(ConvolutionError) -> Closeness {
    let plan = try ConvolutionPlan(
      subject.operation, kernel: kernel, parameters: subject.parameters, threads: threads)
    let output = AlignedBuffer<Float>(count: expected.count, repeating: .nan)
    try plan.run(input: subject.input(for: plan.layout), output: output.elements)
    let allowed = subject.allowedErrors(of: kernel)
    let shape = subject.operation.outputShape
    var closeness = Closeness()
    var next = 0
    for n in 0..<shape.batch {
      for c in 0..<shape.channels {
        for y in 0..<shape.height {
          for x in 0..<shape.width {
            let actual = Double(output[plan.layout.offset(shape, batch: n, channel: c, row: y, column: x)])
            closeness.note(actual, expected: Double(expected[next]), allowed: 2 * allowed[next])
            next += 1
          }
        }
      }
    }
    return closeness
  }

  private static func larger(_ first: Double?, _ second: Double?) -> Double? {
    guard let first, let second else { return first ?? second }
    return max(first, second)
  }
}
