import Harness

/// What planning took, in words.
public enum PlanningTimeText {
  /// A line.
  public static func text(_ time: PlanningTime) -> String {
    func milliseconds(_ nanoseconds: Double) -> String { NumberText.fixed(nanoseconds / 1e6, decimals: 1) + " ms" }
    func megabytes(_ bytes: Int) -> String { NumberText.fixed(Double(bytes) / 1e6, decimals: 1) + " MB" }
    return "\(time.plans) plans in \(milliseconds(time.nanoseconds)): \(milliseconds(time.setupNanoseconds)) "
      + "until the kernels are known, \(milliseconds(time.choosingNanoseconds)) choosing, "
      + "\(milliseconds(time.packingNanoseconds)) packing \(megabytes(time.weightBytes)) of weights as "
      + "\(megabytes(time.packedBytes)), with \(time.pageFaults) page faults"
      + (time.hugePageBytes.map { "; \(megabytes($0)) of the process in huge pages" } ?? "")
  }
}
