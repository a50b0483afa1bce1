import ConvolutionModel
import Foundation

/// Whether a machine has room for what is asked of it: memory that can't be had ends a process, and no message would be left.
public enum MemoryDemand {
  /// Bytes that tensors may take: half the machine's memory, since verification has a copy of each in another order or
  /// precision.
  public static let limitBytes = Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)

  /// Why an operation's tensors are too much; nil where there's room for them.
  public static func objection(to operation: ConvolutionOperation) -> String? {
    let elements = [
      operation.inputShape.count, operation.outputShape.count,
      operation.pointwise == nil ? 0 : operation.problem.outputShape.count,
      operation.problem.weightCount, operation.pointwiseProblem?.weightCount ?? 0,
    ]
    return objection(what: "its tensors", elements: elements.map(Double.init).reduce(0, +))
  }

  /// Why the factors and the result of a matrix product are too much; nil where there's room for them.
  public static func objection(to shape: GEMMShape) -> String? {
    let (m, n, k) = (Double(shape.m), Double(shape.n), Double(shape.k))
    return objection(what: "its matrices", elements: m * k + k * n + m * n)
  }

  /// Why so many numbers are too much; nil where there's room for them.
  ///
  /// - Parameter elements: a count of 32-bit numbers, of any size.
  public static func objection(what: String, elements: Double) -> String? {
    let bytes = 4 * elements
    if bytes <= Double(limitBytes) { return nil }
    func gigabytes(_ bytes: Double) -> String { String(format: bytes < 1e15 ? "%.1f GB" : "%.1e GB", bytes / 1e9) }
    return
      "\(what) take \(gigabytes(bytes)); expected at most \(gigabytes(Double(limitBytes))), half of this machine's memory"
  }
}
