import Testing
import Threading

struct ProcessorLimitTests {
  @Test(
    arguments: [
      (8, [], 8), (8, [2.0], 2), (8, [1.5], 2), (8, [4, 2.5, 16], 3), (2, [6], 2), (4, [0.1], 1), (0, [], 1),
      (1, [9], 1),
    ] as [(Int, [Double], Int)])
  func leastOfProcessorsAndGrants(processors: Int, grants: [Double], expected: Int) {
    #expect(ProcessorLimit.limit(processors: processors, grants: grants) == expected)
  }

  @Test(
    arguments: [
      ("200000 100000\n", 2), ("150000 100000", 1.5), ("max 100000", nil), ("-1\n 100000\n", nil), ("", nil),
      ("7", nil),
      ("100 0", nil), ("1 2 3", nil),
    ] as [(String, Double?)])
  func grantOfALimit(text: String, expected: Double?) {
    #expect(ProcessorLimit.grant(text) == expected)
  }

  @Test func groupsFromTheInside() {
    #expect(
      ProcessorLimit.groups("0::/user.slice/job\n") == [
        "/sys/fs/cgroup/user.slice/job", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup",
      ])
    #expect(ProcessorLimit.groups("0::/\n") == ["/sys/fs/cgroup"])
    #expect(
      ProcessorLimit.groups("5:memory:/a\n4:cpu,cpuacct:/a/b\n0::/\n") == [
        "/sys/fs/cgroup/cpu/a/b", "/sys/fs/cgroup/cpu/a", "/sys/fs/cgroup/cpu",
      ])
    #expect(ProcessorLimit.groups("").isEmpty)
    #expect(ProcessorLimit.groups("nonsense\n5:memory:/a").isEmpty)
  }

  @Test func thisProcessMayRun() {
    #expect(ThreadPool.availableProcessors >= 1)
    #expect(ThreadPool.availableProcessors == ProcessorLimit.current)
  }
}
