// The interface that the harness is written against until the verification itself is merged; delete this file then.
import ConvolutionModel

public enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
  case passed, failed, mistrusted, unsupported, unavailable
}

public struct MeasuredError: Hashable, Sendable, Codable {
  public var maxScaled: Double
  public var position: [Int]
  public init(maxScaled: Double, position: [Int]) {
    self.maxScaled = maxScaled
    self.position = position
  }
}

public struct VerificationOptions: Sendable {
  public enum Coverage: Hashable, Sendable {
    case all
    case sampled(maximumMultiplyAdds: Int)
  }
  public var seed: UInt64
  public var coverage: Coverage
  public var threads: Int
  public var guardPages: Bool
  public init(seed: UInt64, coverage: Coverage, threads: Int, guardPages: Bool) {
    self.seed = seed
    self.coverage = coverage
    self.threads = threads
    self.guardPages = guardPages
  }
}

public struct VerificationReport: Sendable {
  public var verdict: Verdict
  public var reason: String?
  public var failedCheck: String?
  public var error: MeasuredError?
  public var checkedOutputs: Int
  public var totalOutputs: Int
}

public final class VerificationSubject {
  let operation: ConvolutionOperation
  public init(_ operation: ConvolutionOperation, blockEdges: [BlockEdge], options: VerificationOptions) throws {
    self.operation = operation
  }
  public func verify(_ kernel: any ConvolutionKernel) -> VerificationReport {
    VerificationReport(
      verdict: .mistrusted, reason: "nothing was compared", checkedOutputs: 0,
      totalOutputs: operation.outputShape.count)
  }
}
