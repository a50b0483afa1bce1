import ConvolutionModel

/// How long each kernel may be timed so that a run ends when it should.
public struct MeasurementBudget: Hashable, Sendable {
  /// Seconds for all timing together; nil where the workloads were chosen by name and each gets its full time.
  public let seconds: Double?
  /// The most that one measurement gets.
  public let longest: Double
  /// A kernel whose one run takes longer isn't timed; nil for no limit.
  public let slowLimitSeconds: Double?

  /// Chooses a budget.
  ///
  /// - Parameters:
  ///   - scope: the scope that the workloads come from; nil where they were chosen by name.
  ///   - isQuick: whether short measurements will do.
  ///   - timesSlowKernels: whether kernels are timed however long they take.
  public init(scope: WorkloadSelection.Scope?, isQuick: Bool, timesSlowKernels: Bool = false) {
    longest = isQuick ? 0.05 : 0.2
    slowLimitSeconds = isQuick ? 0.1 : timesSlowKernels ? nil : 1
    seconds =
      switch scope {
      case .quick: 6
      case .representative: 20
      case .full, nil: nil
      }
  }

  /// Seconds for one kernel on one problem; no less than is needed for a few samples.
  public func secondsPerMeasurement(workloads: [Workload], kernels: [any ConvolutionKernel]) -> Double {
    guard let seconds else { return longest }
    let available = kernels.filter { $0.availability == .available }
    let pairs = workloads.reduce(0) { count, workload in
      count + available.count { $0.support(for: workload.operation).isSupported }
    }
    return min(longest, max(0.02, seconds / Double(max(1, pairs))))
  }
}
