import ConvolutionModel
import Measurement
import Testing

@testable import Convolution

/// What decides between kernels, on kernels and a clock of the tests' own.
struct PlanningTests {
  private let clock = TestClock()

  private func error(_ body: () throws -> Void) -> ConvolutionError? {
    do {
      try body()
      return nil
    } catch { return error as? ConvolutionError }
  }

  @Test func measuringFindsWhatTheModelMisses() throws {
    // To the model they are one; then names decide.
    let kernels = [
      PlannedKernel("direct", clock: clock) { $0.milliseconds = 1.5 },
      PlannedKernel("direct", variant: "y", clock: clock) { $0.milliseconds = 1.2 },
      PlannedKernel("direct", variant: "x", clock: clock) { $0.milliseconds = 1.4 },
    ]
    #expect(try choose(kernels, .heuristic).kernel == "direct-nhwc")
    let (kernel, decision) = try choose(kernels, .measured(seconds: 0.5))
    #expect(kernel == "direct-y-nhwc")
    #expect(decision.source == .measured && decision.notes == [])
    #expect(decision.chosen?.nanoseconds == 1.2e6)
    #expect(decision.others.map(\.kernel.description) == ["direct-x-nhwc", "direct-nhwc"])
    #expect(decision.others.map { $0.ratio.map { ($0 * 1000).rounded() } } == [1167, 1250])
  }

  @Test func measuringKeepsWithinItsTime() throws {
    for seconds in [0.02, 0.1, 1] {
      let clock = TestClock()
      let kernels = (1...4).map { variant in
        PlannedKernel("direct", variant: "v\(variant)", clock: clock) { $0.packingMilliseconds = 1 }
      }
      let start = clock.now
      _ = try choose(kernels, .measured(seconds: seconds))
      let spent = Double(clock.now - start) / 1e9
      // What has begun is finished: a packing with its calls, and a round.
      #expect(spent >= seconds / 2 && spent < seconds + 0.02, "\(spent) s of \(seconds)")
    }
  }

  /// A kernel that somebody registered is of no family that the model knows.
  @Test func whatTheModelDoesNotKnowIsMeasuredOnly() throws {
    let kernels = [
      PlannedKernel("own", clock: clock) { $0.milliseconds = 0.1 },
      PlannedKernel("direct", clock: clock),
      PlannedKernel("naive", clock: clock),
    ]
    let (kernel, decision) = try choose(kernels, .heuristic)
    #expect(kernel == "direct-nhwc")
    let other = try #require(decision.others.first { $0.kernel.family == "own" })
    #expect(other.reason == "the cost model knows nothing of it; measured plans time it")
    #expect(try choose(kernels, .measured(seconds: 0.5)).kernel == "own-nhwc")
    // Not for lack of time either, nor where everything else is ruled out.
    #expect(try choose(kernels, .measured(seconds: 0)).kernel == "direct-nhwc")
    let large = [kernels[0], PlannedKernel("direct", clock: clock) { $0.workspaceBytes = 100 }]
    let refusal = error { _ = try choose(large, .heuristic(workspaceLimit: 10)) }
    guard case .noKernelMeetsDemands(_, let reasons) = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
    #expect(reasons.contains("own-nhwc: the cost model knows nothing of it; measured plans time it"))
  }

  @Test func withoutTimeTheModelDecides() throws {
    let kernels = [
      PlannedKernel("direct", clock: clock) { $0.milliseconds = 20 },
      PlannedKernel("im2col", variant: "own", clock: clock),
    ]
    for (seconds, note) in [(0, "no time to measure"), (1e-3, "0.001 s did not suffice to measure anything")] {
      let (kernel, decision) = try choose(kernels, .measured(seconds: seconds))
      #expect(kernel == "direct-nhwc" && decision.source == .heuristic && decision.notes == [note])
    }
  }

  @Test func tiesGoToTheMoreExactThenToTheSmaller() throws {
    let wide = ErrorBound(constant: 3, tile: 4, isExactOnIntegers: false)
    let kernels = [
      PlannedKernel("direct", variant: "a", clock: clock) { $0.error = wide },
      PlannedKernel("direct", variant: "b", clock: clock) { $0.workspaceBytes = 128 },
      PlannedKernel("direct", variant: "c", clock: clock) { $0.workspaceBytes = 64 },
      PlannedKernel("direct", variant: "d", clock: clock) { $0.workspaceBytes = 64 },
      PlannedKernel("direct", variant: "e", clock: clock) { $0.milliseconds = 1.2 },
    ]
    for shift in 0..<5 {
      let turned = Array(kernels[shift...] + kernels[..<shift])
      #expect(try choose(turned, .measured(seconds: 0.5)).kernel == "direct-c-nhwc")
    }
    // A clear difference is no tie, whatever the error.
    let faster = PlannedKernel("direct", variant: "f", clock: clock) {
      $0.milliseconds = 0.9
      $0.error = wide
    }
    #expect(try choose(kernels + [faster], .measured(seconds: 0.5)).kernel == "direct-f-nhwc")
  }

  @Test func aDifferenceWithinTheNoiseIsATie() {
    func candidate(_ name: String, _ samples: [Double], error: Double) -> MeasuredCandidate {
      MeasuredCandidate(
        kernel: KernelID(family: name, layout: .nhwc),
        samples: ContenderSamples(samplesNanoseconds: samples, rounds: Array(samples.indices)), errorConstant: error,
        bytes: 0)
    }
    let even = [Double](repeating: 100, count: 9)
    let noisy: [Double] = [95, 104, 103, 102, 101, 109, 97, 98, 102]
    let steady = [Double](repeating: 102.5, count: 9)
    for (samples, error, best) in [(noisy, 0.5, 1), (noisy, 2, 0), (steady, 0.5, 0)] {
      #expect(
        MeasuredCandidate.best(of: [candidate("a", even, error: 1), candidate("b", samples, error: error)]) == best)
    }
    // Rounds are compared, not medians: the second is faster in each.
    let drifting = (0..<9).map { Double(100 + 20 * $0) }
    let ahead = drifting.map { 0.95 * $0 }
    #expect(
      MeasuredCandidate.best(of: [candidate("a", drifting, error: 1), candidate("b", ahead, error: 2)]) == 1)
  }

  @Test func hopelessKernelsAreNotTimed() throws {
    let kernels = [
      PlannedKernel("direct", clock: clock),
      PlannedKernel("im2col", variant: "own", clock: clock) { $0.milliseconds = 40 },
      PlannedKernel("naive", clock: clock) { $0.packingMilliseconds = 1e6 },
    ]
    let start = clock.now
    let decision = try choose(kernels, .measured(seconds: 2)).decision
    #expect(Double(clock.now - start) < 2e9)
    let reasons = Dictionary(uniqueKeysWithValues: decision.others.map { ($0.kernel.family, $0.reason) })
    #expect(
      reasons == ["im2col": "one call was hopeless", "naive": "not timed, expected to be hopeless"])
  }

  @Test func limitsOfTheWorkspaceHold() throws {
    let kernels = [
      PlannedKernel("direct", clock: clock) { $0.workspaceBytes = 1000 },
      PlannedKernel("im2col", variant: "own", clock: clock) {
        $0.workspaceBytes = 100
        $0.milliseconds = 1.9
      },
    ]
    for options in [PlanningOptions.heuristic, .measured(seconds: 0.5)] {
      var options = options
      for (limit, kernel) in [
        (nil, "direct-nhwc"), (1000, "direct-nhwc"), (999, "im2col-own-nhwc"), (100, "im2col-own-nhwc"),
      ] {
        options.workspaceLimit = limit
        let (chosen, decision) = try choose(kernels, options)
        #expect(chosen == kernel)
        let reason = limit.map { "its workspace is 1000 bytes; the limit is \($0)" }
        #expect(decision.others.first?.reason == (kernel == "direct-nhwc" ? nil : reason))
      }
      options.workspaceLimit = 99
      let refused = error { _ = try choose(kernels, options) }
      #expect(
        refused?.description.hasSuffix(
          "meets the demands: direct-nhwc: its workspace is 1000 bytes; the limit is 99; "
            + "im2col-own-nhwc: its workspace is 100 bytes; the limit is 99") == true, "\(String(describing: refused))")
    }
  }

  /// What a workspace rules out is not packed first.
  @Test func limitsAreHeldBeforePacking() throws {
    let kernels = [
      PlannedKernel("direct", clock: clock) {
        $0.workspaceBytes = 1000
        $0.packingMilliseconds = 100
      },
      PlannedKernel("im2col", variant: "own", clock: clock) { $0.packingMilliseconds = 1 },
    ]
    var wisdom = Wisdom()
    let problem = try ConvolutionProblem(channels: 16, height: 12, width: 12, filters: 16, kernel: 3, padding: .same)
    wisdom[Wisdom.Key(ConvolutionOperation(problem, epilogue: .none), layout: .nhwc)] = .init(
      kernel: "direct-nhwc", nanoseconds: 5, date: 1)
    for var options in [PlanningOptions.heuristic, .heuristic(wisdom: wisdom), .measured(seconds: 0.02)] {
      for limit in [nil, 999] {
        options.workspaceLimit = limit
        let start = clock.now
        let chosen = try choose(kernels, options).kernel
        let milliseconds = Double(clock.now - start) / 1e6
        #expect(limit == nil ? milliseconds >= 100 : chosen == "im2col-own-nhwc" && 1..<50 ~= milliseconds)
      }
    }
  }

  @Test func demandsOfAccuracyHold() throws {
    func kernel(_ variant: String, _ constant: Double, tile: Int) -> PlannedKernel {
      PlannedKernel("winograd", variant: variant, clock: clock) {
        $0.error = ErrorBound(constant: constant, tile: tile, isExactOnIntegers: false)
        $0.milliseconds = 0.5
      }
    }
    let kernels = [
      kernel("f6x3", 15, tile: 6), kernel("f4x3", 2.5, tile: 4), kernel("f2x3", 0.5, tile: 2),
      PlannedKernel("im2col", variant: "own", clock: clock),
    ]
    for (demand, admitted) in [
      (AccuracyDemand.any, ["f6x3", "f4x3", "f2x3", "own"]), (.bound(15), ["f6x3", "f4x3", "f2x3", "own"]),
      (.bound(14), ["f4x3", "f2x3", "own"]), (.bound(1), ["f2x3", "own"]), (.bound(0.5), ["f2x3"]), (.sum, ["own"]),
    ] {
      for options in [PlanningOptions.heuristic(accuracy: demand), .measured(seconds: 0.2, accuracy: demand)] {
        let (chosen, decision) = try choose(kernels, options)
        let ruledOut = decision.others.filter { $0.reason?.contains("the demand is") == true }.map(\.kernel)
        #expect(Set(kernels.map(\.id.variant)).subtracting(ruledOut.map(\.variant)) == Set(admitted), "\(demand)")
        #expect(admitted.contains { chosen.contains($0) })
        #expect(decision.accuracy == demand)
      }
    }
    let refused = error { _ = try choose(kernels, .heuristic(accuracy: .bound(0.1))) }
    #expect(
      refused?.description.contains("f2x3-nhwc: its error constant is 0.5; the demand is at most 0.1") == true)
  }

  @Test func demandsAreReadAsTheyAreWritten() {
    for demand in [AccuracyDemand.any, .sum, .bound(1), .bound(2.5)] { #expect(AccuracyDemand("\(demand)") == demand) }
    for text in ["", "Sum", "-1", "0", "nan", "inf", "1x"] { #expect(AccuracyDemand(text) == nil) }
  }

  @Test func impossibleOptionsAreRefused() {
    let kernels = [PlannedKernel("direct", clock: clock)]
    for (options, message) in [
      (PlanningOptions.measured(seconds: -1), "the time for measuring is -1.0 s; expected 0 or more seconds"),
      (.measured(seconds: .nan), "the time for measuring is nan s; expected 0 or more seconds"),
      (.measured(seconds: .infinity), "the time for measuring is inf s; expected 0 or more seconds"),
      (.heuristic(workspaceLimit: -1), "the workspace limit is -1; expected 0 or more bytes"),
      (.heuristic(accuracy: .bound(0)), "the accuracy bound is 0.0; expected a positive number"),
      (.heuristic(accuracy: .bound(.nan)), "the accuracy bound is nan; expected a positive number"),
    ] {
      #expect(error { _ = try choose(kernels, options) }?.description == message)
    }
    #expect(error { _ = try choose(kernels, .heuristic, threads: 0) } == .invalidThreadCount(0))
  }
}
