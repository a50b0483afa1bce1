import Harness
import Testing

@Suite("Shards")
struct ShardTests {
  @Test("Every element is in exactly one part, in order, whatever the counts")
  func partition() throws {
    for elements in 0...13 {
      for count in 1...15 {
        var all: [Int] = []
        var sizes: [Int] = []
        for index in 1...count {
          let part = try Shard(index: index, count: count).part(of: Array(0..<elements))
          #expect(part == part.sorted())
          all += part
          sizes.append(part.count)
        }
        #expect(all.sorted() == Array(0..<elements), "\(elements) elements in \(count) parts")
        #expect(sizes.max()! - sizes.min()! <= 1, "\(elements) elements in \(count) parts: \(sizes)")
      }
    }
  }

  @Test(arguments: [("1/1", 1, 1), ("3/8", 3, 8), ("8/8", 8, 8), ("0003/8", 3, 8)])
  func parsed(text: String, index: Int, count: Int) throws {
    let shard = try Shard(parsing: text)
    #expect(shard.index == index && shard.count == count)
  }

  @Test(
    "What is no part is refused, and the message names it",
    arguments: [
      ("0/8", "--shard: the shard is 0 of 8; expected 1…8"), ("9/8", "the shard is 9 of 8"),
      ("1/0", "there are 0 shards"), ("3", "--shard is 3; expected i/n"), ("", "expected i/n"), ("/", "expected i/n"),
      ("a/8", "--shard is a/8"), ("1/2/3", "--shard is 1/2/3"), ("-1/8", "--shard is -1/8"),
      ("+1/8", "--shard is +1/8"),
      ("1/ 8", "expected i/n"), ("1/99999999999999999999", "expected i/n"),
    ])
  func refused(text: String, message: String) {
    #expect {
      _ = try Shard(parsing: text)
    } throws: { "\($0)".contains(message) }
  }

  private static func slurm(
    _ id: String, count: String? = "4", first: String? = "0", last: String? = nil, step: String? = nil
  ) -> [String: String] {
    var environment = ["SLURM_ARRAY_TASK_ID": id]
    environment["SLURM_ARRAY_TASK_COUNT"] = count
    environment["SLURM_ARRAY_TASK_MIN"] = first
    environment["SLURM_ARRAY_TASK_MAX"] = last
    environment["SLURM_ARRAY_TASK_STEP"] = step
    return environment
  }

  @Test(
    "Schedulers say which part it is",
    arguments: [
      (slurm("0"), "1/4", "SLURM_ARRAY_TASK_ID"), (slurm("3"), "4/4", "SLURM_ARRAY_TASK_ID"),
      (slurm("7", count: "3", first: "5", last: "7", step: "1"), "3/3", "SLURM_ARRAY_TASK_ID"),
      (slurm("6", count: "3", first: "0", last: "7", step: "3"), "3/3", "SLURM_ARRAY_TASK_ID"),
      (["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "5"], "1/5", "JOB_COMPLETION_INDEX"),
      (["JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "5"], "5/5", "JOB_COMPLETION_INDEX"),
      (slurm("1").merging(["JOB_COMPLETION_INDEX": "1", "JOB_COMPLETIONS": "4"]) { $1 }, "2/4", "SLURM_ARRAY_TASK_ID"),
    ])
  func environment(variables: [String: String], text: String, source: String) throws {
    let found = try #require(try Shard.fromEnvironment(variables))
    #expect(found.shard.description == text && found.source == source)
  }

  @Test func noScheduler() throws {
    for variables in [[:], ["SLURM_JOB_ID": "7"], ["SLURM_ARRAY_TASK_ID": ""], ["JOB_COMPLETIONS": "5"]] {
      let found = try Shard.fromEnvironment(variables)
      #expect(found == nil)
    }
  }

  @Test(
    "Variables that can't be right are refused by name: a guess would lose work or do it twice",
    arguments: [
      (slurm("x"), "SLURM_ARRAY_TASK_ID is \"x\""), (slurm("-1"), "SLURM_ARRAY_TASK_ID is \"-1\""),
      (slurm("1", count: nil), "SLURM_ARRAY_TASK_COUNT isn't"), (slurm("1", first: nil), "SLURM_ARRAY_TASK_MIN isn't"),
      (slurm("4"), "the shard is 5 of 4"), (slurm("0", first: "1"), "not evenly spaced"),
      (slurm("3", count: "3", first: "1", last: "7", step: "1"), "not evenly spaced"),
      (slurm("1", count: "3", first: "1", last: "7", step: "1"), "not evenly spaced"),
      (slurm("1", count: "0", last: "0"), "not evenly spaced"),
      (["JOB_COMPLETION_INDEX": "1"], "JOB_COMPLETIONS isn't; repeat the Job's completions"),
      (["JOB_COMPLETION_INDEX": "5", "JOB_COMPLETIONS": "5"], "the shard is 6 of 5"),
      (["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "many"], "JOB_COMPLETIONS is \"many\""),
      (
        slurm("1").merging(["JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "4"]) { $1 },
        "JOB_COMPLETION_INDEX says 1/4"
      ),
    ])
  func badEnvironment(variables: [String: String], message: String) {
    #expect {
      _ = try Shard.fromEnvironment(variables)
    } throws: { error in
      #expect("\(error)".contains(message), "\(error)")
      return error is ShardError
    }
  }
}
