import ArgumentParser
import Foundation
import Harness

/// Which part of the workloads is run.
struct ShardOptions: ParsableArguments {
  @Option(
    help: .init(
      "Run part i of n, every n-th workload; the kernels of a workload stay together. Without it, tasks of a Slurm array "
        + "(SLURM_ARRAY_TASK_ID) and pods of a Kubernetes indexed Job (JOB_COMPLETION_INDEX, with JOB_COMPLETIONS) take "
        + "their part by themselves. 1/1 runs everything.", valueName: "i/n"))
  var shard: String?

  mutating func validate() throws {
    guard let shard else { return }
    do throws(ShardError) {
      _ = try Shard(parsing: shard)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// The part, and where that is said; nil to run everything. The option wins over the environment.
  ///
  /// - Throws: ``ShardError`` where the environment can't be right.
  func chosen(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(ShardError) -> (shard: Shard, source: String)? {
    if let shard { return (try Shard(parsing: shard), "--shard") }
    return try Shard.fromEnvironment(environment)
  }
}
