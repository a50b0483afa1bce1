extension Shard {
  /// The variables by which a scheduler says which part a process is to do.
  public static let variables = [
    "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
    "SLURM_ARRAY_TASK_STEP", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS",
  ]

  /// The part that a scheduler gave this process, and the variable that says so; nil outside of arrays and indexed jobs.
  ///
  /// A Slurm array's task is numbered from `SLURM_ARRAY_TASK_MIN` in steps of `SLURM_ARRAY_TASK_STEP`; a pod of an indexed
  /// Job has `JOB_COMPLETION_INDEX` from 0, and its manifest must repeat `completions` as `JOB_COMPLETIONS`, since
  /// Kubernetes doesn't tell.
  ///
  /// - Throws: ``ShardError`` where the variables are there but can't be right: a wrong guess would leave out work
  ///   or do it twice.
  public static func fromEnvironment(
    _ environment: [String: String]
  ) throws(ShardError) -> (shard: Shard, source: String)? {
    let slurm = try slurmShard(environment)
    let kubernetes = try kubernetesShard(environment)
    if let slurm, let kubernetes, slurm != kubernetes { throw .ambiguous(slurm, kubernetes) }
    if let slurm { return (slurm, "SLURM_ARRAY_TASK_ID") }
    if let kubernetes { return (kubernetes, "JOB_COMPLETION_INDEX") }
    return nil
  }

  private static func slurmShard(_ environment: [String: String]) throws(ShardError) -> Shard? {
    let variable = "SLURM_ARRAY_TASK_ID"
    guard let id = try value(variable, environment) else { return nil }
    guard let count = try value("SLURM_ARRAY_TASK_COUNT", environment) else {
      throw .missing(variable: "SLURM_ARRAY_TASK_COUNT", beside: variable, hint: "Slurm sets both; or pass --shard i/n")
    }
    guard let first = try value("SLURM_ARRAY_TASK_MIN", environment) else {
      throw .missing(variable: "SLURM_ARRAY_TASK_MIN", beside: variable, hint: "Slurm sets both; or pass --shard i/n")
    }
    let step = max(1, try value("SLURM_ARRAY_TASK_STEP", environment) ?? 1)
    let last = try value("SLURM_ARRAY_TASK_MAX", environment) ?? first + (count - 1) * step
    // A range such as 0-7:3 may end before its stated end; a list such as 1,3,7 has no regular spacing at all.
    guard id >= first, (id - first) % step == 0, last >= first, (last - first) / step + 1 == count else {
      throw .gaps(first: first, last: last, step: step, count: count)
    }
    return try Shard(index: (id - first) / step + 1, count: count, source: variable)
  }

  private static func kubernetesShard(_ environment: [String: String]) throws(ShardError) -> Shard? {
    let variable = "JOB_COMPLETION_INDEX"
    guard let index = try value(variable, environment) else { return nil }
    guard let count = try value("JOB_COMPLETIONS", environment) else {
      throw .missing(
        variable: "JOB_COMPLETIONS", beside: variable,
        hint: "repeat the Job's completions as this variable in its manifest, or pass --shard i/n")
    }
    guard index < count else { throw .outOfRange(source: variable, index: index + 1, count: count) }
    return try Shard(index: index + 1, count: count, source: variable)
  }

  /// A variable's number; nil where it isn't set.
  private static func value(_ variable: String, _ environment: [String: String]) throws(ShardError) -> Int? {
    guard let text = environment[variable], !text.isEmpty else { return nil }
    guard let number = number(text), number < 1 << 32 else { throw .notANumber(variable: variable, value: text) }
    return number
  }
}
