import ConvolutionModel
import Measurement
import Testing

/// A machine whose time passes only when somebody works.
final class FakeMachine {
  var now: UInt64 = 0
  var calls: [String] = []
  /// What the coming probes answer; the last one for ever.
  var probes: [Double] = [100]
  var probeCount = 0
  var probedSets: [InstructionSet] = []

  func contender(_ name: String, nanoseconds: UInt64) -> () -> Void {
    {
      self.now += nanoseconds
      self.calls.append(name)
    }
  }

  func sampler(_ options: SamplerOptions) -> InterleavedSampler {
    InterleavedSampler(
      options: options, clock: { self.now },
      probe: { isa in
        self.now += 30_000
        self.calls.append("probe")
        self.probedSets.append(isa)
        defer { self.probeCount += 1 }
        return self.probes[min(self.probeCount, self.probes.count - 1)]
      })
  }
}

@Suite struct InterleavedSamplerTests {
  @Test func everySampleHasAProbeOnEachSide() throws {
    let machine = FakeMachine()
    let samples = try machine.sampler(
      SamplerOptions(secondsPerContender: 1, minimumSamples: 3, maximumSamples: 5)
    ).sample([machine.contender("A", nanoseconds: 50_000), machine.contender("B", nanoseconds: 70_000)])
    #expect(
      samples.map(\.samplesNanoseconds) == [Array(repeating: 50_000, count: 5), Array(repeating: 70_000, count: 5)])
    #expect(samples.allSatisfy { $0.probeGflops == Array(repeating: 100, count: 5) && $0.dropped == 0 })
    // Three calls each to warm up; then for each sample: three warm calls, a probe, the sample, a probe.
    let rounds = Array(machine.calls.dropFirst(6))
    #expect(rounds.count == 2 * 5 * 6)
    for start in stride(from: 0, to: rounds.count, by: 6) {
      let warm = rounds[start..<start + 3]
      #expect(warm.allSatisfy { $0 == rounds[start + 4] } && rounds[start] != "probe")
      #expect(rounds[start + 3] == "probe" && rounds[start + 5] == "probe")
    }
    // Every round has both.
    for start in stride(from: 0, to: rounds.count, by: 12) { #expect(rounds[start] != rounds[start + 6]) }
  }

  @Test func orderIsRandomButSeeded() throws {
    func order(seed: UInt64) throws -> [String] {
      let machine = FakeMachine()
      _ = try machine.sampler(SamplerOptions(secondsPerContender: 1, maximumSamples: 20, seed: seed)).sample(
        ["A", "B", "C"].map { machine.contender($0, nanoseconds: 50_000) })
      return machine.calls
    }
    let first = try order(seed: 1)
    #expect(try order(seed: 1) == first)
    #expect(try order(seed: 2) != first)
  }

  @Test func slowContendersShareTheProbeBetweenThem() throws {
    let machine = FakeMachine()
    _ = try machine.sampler(SamplerOptions(secondsPerContender: 0.1, minimumSamples: 2, maximumSamples: 2)).sample([
      machine.contender("A", nanoseconds: 20_000_000)
    ])
    #expect(machine.calls == ["A", "probe", "A", "probe", "A", "probe"])
  }

  @Test(arguments: [(10, 2000), (3000, 7), (19_999, 2), (20_000, 1), (1_000_000, 1)])
  func fastContendersAreCalledOftenForOneSample(nanoseconds: UInt64, calls: Int) throws {
    let machine = FakeMachine()
    let samples = try machine.sampler(
      SamplerOptions(secondsPerContender: 1, minimumSamples: 2, maximumSamples: 2)
    ).sample([machine.contender("A", nanoseconds: nanoseconds)])
    #expect(samples[0].callsPerSample == calls)
    #expect(samples[0].samplesNanoseconds == [Double(nanoseconds), Double(nanoseconds)])
  }

  @Test func samplesBetweenDisagreeingProbesAreDropped() throws {
    let machine = FakeMachine()
    // Pairs around the samples: equal, 4 % apart, 2 % apart, equal, then equal for ever.
    machine.probes = [100, 100, 100, 96, 100, 98, 90, 90, 100]
    let samples = try machine.sampler(
      SamplerOptions(secondsPerContender: 1, minimumSamples: 3, maximumSamples: 5)
    ).sample([machine.contender("A", nanoseconds: 50_000)])
    #expect(samples[0].dropped == 1)
    #expect(samples[0].probeGflops == [100, 99, 90, 100])
    #expect(samples[0].samplesNanoseconds.count == 4)
  }

  @Test func theLeastDisagreeingStayWhereTooFewAgree() throws {
    let machine = FakeMachine()
    machine.probes = [100, 50, 100, 80, 100, 60, 100, 90]
    let samples = try machine.sampler(
      SamplerOptions(secondsPerContender: 1, minimumSamples: 2, maximumSamples: 4)
    ).sample([machine.contender("A", nanoseconds: 50_000)])
    #expect(samples[0].dropped == 2)
    #expect(samples[0].probeGflops == [90, 95])
  }

  @Test func timeIsKept() throws {
    let machine = FakeMachine()
    // Three warm calls and a sample are 4 ms: 25 of them in 0.1 s. The second contender takes 0.3 s, and is called four times as
    // long as it may take in all; one call fits.
    let samples = try machine.sampler(SamplerOptions(secondsPerContender: 0.1)).sample([
      machine.contender("A", nanoseconds: 1_000_000), machine.contender("B", nanoseconds: 300_000_000),
    ])
    #expect(samples.map(\.samplesNanoseconds.count) == [25, 1])
  }

  @Test func cancellingKeepsWhatThereIs() throws {
    let machine = FakeMachine()
    let sampler = machine.sampler(SamplerOptions(secondsPerContender: 1))
    let contender = machine.contender("A", nanoseconds: 50_000)
    let some = try sampler.sample([contender], isCancelled: { machine.calls.count > 14 })
    #expect(some[0].samplesNanoseconds.count == 2)
    let none = try sampler.sample([contender, contender], isCancelled: { true })
    #expect(none.count == 2 && none.allSatisfy { $0.samplesNanoseconds.isEmpty })
  }

  @Test func errorsOfContendersComeThrough() throws {
    struct Broken: Error {}
    let machine = FakeMachine()
    let sampler = machine.sampler(SamplerOptions(secondsPerContender: 1))
    #expect(throws: Broken.self) { try sampler.sample([{ throw Broken() }]) }
  }

  @Test func nobodyToTimeIsFine() throws {
    let nobody: [() -> Void] = []
    let samples = try FakeMachine().sampler(SamplerOptions(secondsPerContender: 1)).sample(nobody)
    #expect(samples.isEmpty)
  }
}
