import ConvolutionModel
import Foundation
import Measurement
import Testing

@testable import Convolution

struct WisdomTests {
  private static func operation(_ channels: Int = 16, epilogue: Epilogue = .none) throws -> ConvolutionOperation {
    ConvolutionOperation(
      try ConvolutionProblem(
        channels: channels, height: 12, width: 12, filters: 16, kernel: 3, padding: .same), epilogue: epilogue)
  }

  private static func sample() throws -> Wisdom {
    var wisdom = Wisdom()
    for channels in [8, 16] {
      for layout in TensorLayout.allCases {
        wisdom[Wisdom.Key(try operation(channels), layout: layout)] = Wisdom.Entry(
          kernel: "im2col-own-nhwc", nanoseconds: 1234.5, date: channels)
      }
    }
    return wisdom
  }

  private static func error(_ body: () throws -> Void) -> WisdomError? {
    do {
      try body()
      return nil
    } catch { return error as? WisdomError }
  }

  @Test func wisdomSurvivesAFile() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "wisdom-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appending(path: "wisdom.json").path
    let wisdom = try Self.sample()
    for value in [Wisdom(), wisdom] {
      try value.write(to: path)
      #expect(try Wisdom(contentsOf: path) == value)
      #expect(try Data(contentsOf: URL(filePath: path)) == value.json())
    }
    // Nothing but the file itself is left, and a write that fails leaves what was there.
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["wisdom.json"])
    let missing = directory.appending(path: "no/wisdom.json").path
    #expect(
      Self.error { try wisdom.write(to: missing) }
        == .unwritable(path: missing, reason: "No such file or directory"))
    // A folder can't be renamed over: the temporary file must go.
    let folder = directory.appending(path: "folder").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(Self.error { try wisdom.write(to: folder) } != nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["folder", "wisdom.json"])
    guard case .unreadable = Self.error({ _ = try Wisdom(contentsOf: missing) }) else {
      Issue.record("a missing file was read")
      return
    }
  }

  @Test func damageIsFound() throws {
    let json = try Self.sample().json()
    #expect(try Wisdom(json: json) == Self.sample())
    for length in [0, 1, json.count / 3, json.count - 2] {
      guard case .corrupt = Self.error({ _ = try Wisdom(json: json.prefix(length)) }) else {
        Issue.record("\(length) bytes of \(json.count) were read")
        continue
      }
    }
    let text = String(decoding: json, as: UTF8.self)
    for (from, to, reason) in [
      ("1234.5", "1234.25", "its checksum is"), ("im2col-own", "im2col-owm", "its checksum is"),
      ("\"choices\"", "\"chances\"", "it has no choices"), ("\"threads\" : 1", "\"threads\" : \"1\"", "another type"),
      ("\"formatVersion\" : 1", "\"formatVersion\" : 0", "its format version is 0"),
    ] {
      #expect(text.contains(from))
      let error = Self.error { _ = try Wisdom(json: Data(text.replacing(from, with: to).utf8), path: "w.json") }
      #expect(error?.description.contains(reason) == true, "\(from): \(String(describing: error))")
      #expect(error?.description.hasPrefix("w.json is no wisdom: ") == true)
    }
    for other in ["[]", "{}", "null", "\u{0}\u{1}", "{\"formatVersion\":\"x\"}"] {
      guard case .corrupt = Self.error({ _ = try Wisdom(json: Data(other.utf8)) }) else {
        Issue.record("\(other) was read")
        continue
      }
    }
  }

  @Test func laterVersionsAreRefusedByName() {
    // Whatever else a later version holds.
    let later = Data(#"{"formatVersion": 7, "entries": {"a": 1}}"#.utf8)
    let error = Self.error { _ = try Wisdom(json: later, path: "w.json") }
    #expect(error == .unknownVersion(path: "w.json", found: 7, newestKnown: 1))
    #expect(
      error?.description == "the wisdom in w.json has format version 7; this package knows versions up to 1")
  }

  @Test func mergingKeepsTheLater() throws {
    let key = Wisdom.Key(try Self.operation(), layout: .nhwc)
    func wisdom(_ kernel: String, _ date: Int, _ nanoseconds: Double = 10) -> Wisdom {
      var wisdom = Wisdom()
      wisdom[key] = .init(kernel: kernel, nanoseconds: nanoseconds, date: date)
      return wisdom
    }
    for (first, second) in [
      (wisdom("a", 1), wisdom("b", 2)), (wisdom("a", 2, 11), wisdom("b", 2, 10)), (wisdom("a", 2), wisdom("b", 2)),
    ] {
      for (mine, other) in [(first, second), (second, first)] {
        var merged = mine
        merged.merge(other)
        #expect(merged[key]?.kernel == "b")
      }
    }
    var union = try Self.sample()
    union.merge(wisdom("a", 1000))
    #expect(union.count == 4 && union[key]?.kernel == "a")
  }

  @Test func everythingThatMattersIsInTheKey() throws {
    var machine = MachineIdentity.current
    machine.cpuModel += " II"
    let operation = try Self.operation()
    let keys = try [
      Wisdom.Key(operation, layout: .nhwc), Wisdom.Key(operation, layout: .nchw),
      Wisdom.Key(operation, layout: .nhwc, threads: 2), Wisdom.Key(operation, layout: .nhwc, accuracy: .sum),
      Wisdom.Key(operation, layout: .nhwc, weights: .cold), Wisdom.Key(operation, layout: .nhwc, machine: machine),
      Wisdom.Key(operation, layout: .nhwc, libraryVersion: "0.0.1"), Wisdom.Key(Self.operation(8), layout: .nhwc),
      Wisdom.Key(Self.operation(epilogue: Epilogue(bias: true)), layout: .nhwc),
    ]
    #expect(Set(keys).count == keys.count)
  }

  /// Choices of other machines, versions and thread counts are kept beside ours, in files too, and never followed.
  @Test func foreignChoicesAreKeptButNotFollowed() throws {
    let operation = try Self.operation()
    var other = MachineIdentity.current
    other.cpuModel += " II"
    var narrow = MachineIdentity.current
    narrow.isa = narrow.isa == .baseline ? .avx2 : .baseline
    var foreign = Wisdom()
    for key in [
      Wisdom.Key(operation, layout: .nhwc, machine: other), Wisdom.Key(operation, layout: .nhwc, machine: narrow),
      Wisdom.Key(operation, layout: .nhwc, libraryVersion: "0.0.1"), Wisdom.Key(operation, layout: .nhwc, threads: 2),
    ] { foreign[key] = .init(kernel: "im2col-own-nhwc", nanoseconds: 1, date: 9) }
    let clock = TestClock()
    let kernels = [
      PlannedKernel("direct", clock: clock), PlannedKernel("im2col", variant: "own", clock: clock),
    ]
    var wisdom = try Wisdom(json: foreign.json())
    let (kernel, decision) = try choose(kernels, .heuristic(wisdom: wisdom))
    #expect(kernel == "direct-nhwc" && decision.source == .heuristic)
    #expect(decision.notes == ["wisdom knows nothing of this operation here"])
    var mine = Wisdom()
    mine[Wisdom.Key(operation, layout: .nhwc)] = .init(kernel: "im2col-own-nhwc", nanoseconds: 1, date: 1)
    wisdom.merge(mine)
    wisdom = try Wisdom(json: wisdom.json())
    #expect(wisdom.count == 5 && foreign.keys.allSatisfy { wisdom[$0] == foreign[$0] })
    #expect(try choose(kernels, .heuristic(wisdom: wisdom)).decision.source == .wisdom)
  }

  @Test func plansFollowWisdomBeforeAnythingElse() throws {
    let clock = TestClock()
    let kernels = [
      PlannedKernel("direct", clock: clock) { $0.workspaceBytes = 10 },
      PlannedKernel("im2col", variant: "own", clock: clock) { $0.workspaceBytes = 1000 },
      PlannedKernel("winograd", variant: "f6x3", clock: clock) {
        $0.error = ErrorBound(constant: 15, tile: 6, isExactOnIntegers: false)
        $0.milliseconds = 9
      },
    ]
    func options(_ kernel: String, accuracy: AccuracyDemand = .any, limit: Int? = nil) throws -> PlanningOptions {
      var wisdom = Wisdom()
      wisdom[Wisdom.Key(try Self.operation(), layout: .nhwc, accuracy: accuracy)] = .init(
        kernel: kernel, nanoseconds: 5, date: 1)
      return .heuristic(accuracy: accuracy, workspaceLimit: limit, wisdom: wisdom)
    }
    for var known in [try options("im2col-own-nhwc"), try options("winograd-f6x3-nhwc")] {
      for mode in [PlanningOptions.Mode.heuristic, .measured(seconds: 1)] {
        known.mode = mode
        let start = clock.now
        let (kernel, decision) = try choose(kernels, known)
        #expect(kernel == known.wisdom?[Wisdom.Key(try Self.operation(), layout: .nhwc)]?.kernel)
        #expect(decision.source == .wisdom && decision.chosen?.nanoseconds == 5 && clock.now == start)
      }
    }
    // What can't be followed is named, and the model decides.
    for (followed, note) in [
      (try options("gone-nhwc"), "wisdom names gone-nhwc: it can't run here"),
      (
        try options("winograd-f6x3-nhwc", accuracy: .sum),
        "wisdom names winograd-f6x3-nhwc: its error spreads over tiles of 6×6 outputs; the demand is that of a direct sum"
      ),
      (
        try options("im2col-own-nhwc", limit: 999),
        "wisdom names im2col-own-nhwc: its workspace is 1000 bytes; the limit is 999"
      ),
    ] {
      let (kernel, decision) = try choose(kernels, followed)
      var alone = followed
      alone.wisdom = nil
      #expect(try choose(kernels, alone).kernel == kernel)
      #expect(decision.source == .heuristic && decision.notes == [note])
    }
    let other = try choose(kernels, try options("im2col-own-nhwc"), threads: 2)
    #expect(
      other.decision.source == .heuristic && other.decision.notes == ["wisdom knows nothing of this operation here"])
  }

  /// With the kernels of the package: what is measured is remembered, and followed.
  @Test func whatIsMeasuredIsRemembered() throws {
    let problem = try ConvolutionProblem(channels: 8, height: 6, width: 6, filters: 8, kernel: 3, padding: .same)
    let weights = [Float](repeating: 0.25, count: problem.weightCount)
    var planning = PlanningOptions.measured(seconds: 0.1, accuracy: .sum, weights: .warm)
    let plan = try ConvolutionPlan(problem, weights: weights, planning: planning)
    #expect(plan.errorBound == .directSummation)
    #expect(plan.wisdom.count == (plan.decision.source == .measured ? 1 : 0))
    var output = [Float](repeating: .nan, count: problem.outputShape.count)
    try plan.run(input: [Float](repeating: 1, count: problem.inputShape.count), output: &output)
    #expect(output[0] == 8 && output[8 * 14] == 18)
    guard plan.decision.source == .measured else { return }
    planning.mode = .heuristic
    planning.wisdom = plan.wisdom
    let again = try ConvolutionPlan(problem, weights: weights, planning: planning)
    #expect(again.kernelID == plan.kernelID && again.decision.source == .wisdom && again.wisdom.count == 0)
    #expect(again.explain().hasPrefix("\(plan.kernelID) by wisdom, "))
  }
}
