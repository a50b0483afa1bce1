import Convolution
import ConvolutionModel
import Foundation
import Measurement
import Verification

/// What all records of a run have in common.
struct RecordContext {
  let commit: String
  let machine: MachineIdentity
  let options: RunOptions

  init(_ options: RunOptions) {
    self.options = options
    commit = options.commit ?? SourceRevision.current
    machine = .current
  }

  /// A record without times.
  func record(
    _ workload: Workload, _ kernel: any ConvolutionKernel, verdict: Verdict, reason: String?
  ) -> BenchmarkRecord {
    BenchmarkRecord(
      date: Date.now.formatted(.iso8601), commit: commit, machine: machine, problem: workload.operation.description,
      network: workload.network, layer: workload.layer, count: workload.count, kernel: kernel.id.description,
      layout: kernel.id.layout.rawValue, isa: kernel.instructionSetName, implementation: kernel.implementationDetail,
      threads: options.threads, seed: options.seed, epilogue: workload.operation.epilogueName, verdict: verdict,
      reason: reason, cacheState: options.cacheState.rawValue,
      warnings: machine.buildConfiguration == .debug && !options.verifyOnly
        ? ["debug build: times say nothing about the kernel"] : [],
      chosenBy: chosenBy(workload.operation, kernel.id))
  }

  /// What makes the library choose a kernel for an operation; nil where it chooses another.
  private func chosenBy(_ operation: ConvolutionOperation, _ kernel: KernelID) -> String? {
    let planning = PlanningOptions.heuristic(
      weights: options.cacheState == .warm ? .warm : .cold, wisdom: options.wisdom)
    guard
      let decision = try? Planner.decision(
        for: operation, layout: kernel.layout, threads: options.threads, planning: planning),
      decision.chosen?.kernel == kernel
    else { return nil }
    return decision.source == .wisdom ? "wisdom" : "heuristic"
  }

  /// A record of what verification found, without times.
  func record(
    _ workload: Workload, _ kernel: any ConvolutionKernel, _ report: VerificationReport
  ) -> BenchmarkRecord {
    var record = record(workload, kernel, verdict: report.verdict, reason: nil)
    record.reason = report.reason.map { reason in report.failedCheck.map { "\($0): \(reason)" } ?? reason }
    record.error = report.error
    record.checkedShare = report.checkedShare
    return record
  }
}
