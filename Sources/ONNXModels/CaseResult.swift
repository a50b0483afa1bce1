import Verification

/// What became of one test case.
///
/// Members that are nil are left out of JSON.
public struct CaseResult: Encodable, Sendable {
  /// The outcomes of a case.
  public enum Outcome: String, Encodable, Sendable, CaseIterable {
    /// At least one kernel computed it, and each one that did was right.
    case passed
    /// A kernel was wrong, or the case can't be read.
    case failed
    /// It asks for something that this package doesn't do, or none of the chosen kernels.
    case unsupported
  }

  /// The case's directory below the one that was searched.
  public let name: String
  /// What it is about; nil where the model can't be read.
  public let family: OperatorFamily?
  /// The operators of its graph, each once, in their order.
  public let operators: [String]
  /// What became of it.
  public internal(set) var outcome: Outcome
  /// Why it isn't passed.
  public internal(set) var reason: String?
  /// The convolution, where it is one.
  public internal(set) var problem: String?
  /// How many data sets were run.
  public internal(set) var dataSets = 0
  /// Kernels that computed all data sets right.
  public internal(set) var passedKernels: [String] = []
  /// Kernels that were wrong on one, and what was.
  public internal(set) var failedKernels: [String: String] = [:]
  /// How many kernels refused the problem or aren't there on this machine.
  public internal(set) var otherKernels = 0
  /// The largest error in terms of what is allowed: of a kernel's distance to the double-precision reference, in its
  /// bound.
  public internal(set) var largestError: Double?
  /// The largest distance from the case's own output, in what ONNX tolerates.
  public internal(set) var largestDistance: Double?
  /// How many outputs, of all kernels together, are beyond that and within what rounding explains.
  public internal(set) var outputsWithinRounding = 0

  /// A case whose model can't be read.
  init(name: String, unreadable reason: String) {
    self.name = name
    family = nil
    operators = []
    outcome = .failed
    self.reason = reason
  }

  /// A case that isn't run, or not yet.
  init(_ graph: ONNXGraph, name: String) {
    self.name = name
    let family = OperatorFamily(of: graph)
    self.family = family
    operators = graph.nodes.reduce(into: []) { operators, node in
      if !operators.contains(node.qualifiedType) { operators.append(node.qualifiedType) }
    }
    outcome = .unsupported
    reason = graph.nodes.first { OperatorFamily(operatorType: $0.operatorType) == family }
      .flatMap(OperatorFamily.refusal)
  }
}

/// How many cases came to what.
public struct CaseCounts: Hashable, Sendable, CustomStringConvertible {
  /// Cases in all.
  public private(set) var cases = 0
  /// Convolutions that passed.
  public private(set) var passed = 0
  /// Cases that failed.
  public private(set) var failed = 0
  /// Convolutions of a kind that isn't supported, and pooling and normalisation.
  public private(set) var unsupported = 0
  /// Cases about other operators.
  public private(set) var other = 0
  /// Pairs of a kernel and a case that it computed right.
  public private(set) var kernelRuns = 0
  /// Outputs beyond ONNX's tolerance that are within what rounding explains.
  public private(set) var outputsWithinRounding = 0

  /// Counts.
  public init(_ results: [CaseResult]) {
    for result in results {
      cases += 1
      kernelRuns += result.passedKernels.count
      outputsWithinRounding += result.outputsWithinRounding
      switch result.outcome {
      case .passed: passed += 1
      case .failed: failed += 1
      case .unsupported where result.family == .other: other += 1
      case .unsupported: unsupported += 1
      }
    }
  }

  /// Whether something was run, and nothing was wrong.
  public var isSound: Bool { passed > 0 && failed == 0 }

  public var description: String {
    "\(cases) cases: \(passed) passed (\(kernelRuns) runs of kernels), \(failed) failed, \(unsupported) unsupported, "
      + "\(other) about other operators"
      + (outputsWithinRounding == 0
        ? "" : "; \(outputsWithinRounding) outputs beyond ONNX's tolerance, but within rounding")
  }
}
