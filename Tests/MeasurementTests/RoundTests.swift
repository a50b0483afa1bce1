import ConvolutionModel
import Testing

@testable import Measurement

@Suite struct RoundTests {
  @Test func samplesKnowTheirRounds() throws {
    let machine = FakeMachine()
    // The second sample of A, the third taken, is dropped: its probes disagree.
    machine.probes = [100, 100, 100, 100, 100, 50, 100]
    let samples = try machine.sampler(
      SamplerOptions(secondsPerContender: 1, minimumSamples: 2, maximumSamples: 4)
    ).sample([machine.contender("A", nanoseconds: 50_000), machine.contender("B", nanoseconds: 100_000)])
    #expect(samples.allSatisfy { $0.rounds.count == $0.samplesNanoseconds.count })
    #expect(samples.map(\.dropped).reduce(0, +) == 1)
    let whole = try #require(samples.first { $0.dropped == 0 })
    let other = try #require(samples.first { $0.dropped == 1 })
    let rounds = [whole.rounds, other.rounds]
    #expect(rounds == [[0, 1, 2, 3], [0, 2, 3]])
    let ratio = try #require(RatioEstimate(of: samples[1], to: samples[0]))
    #expect(ratio.ratio == 2)
    #expect(ratio.interval == 2...2)
    #expect(ratio.rounds == 3)
  }

  @Test func ratiosCancelWhatSlowsARoundDown() throws {
    let slowdowns = (0..<40).map { 1 + Double($0 * 7 % 11) / 5 }
    let slower: [Double] = slowdowns.map { 110 * $0 }
    let faster: [Double] = slowdowns.reversed().map { 100 * $0 }
    let a = ContenderSamples(samplesNanoseconds: slower, rounds: Array(0..<40))
    let b = ContenderSamples(samplesNanoseconds: faster, rounds: Array((0..<40).reversed()))
    let ratio = try #require(RatioEstimate(of: a, to: b))
    #expect(abs(ratio.ratio - 1.1) < 1e-12)
    #expect(ratio.interval.upperBound - ratio.interval.lowerBound < 1e-12)
    #expect(ratio.standing(noiseFloor: 0.05) == .larger && ratio.standing(noiseFloor: 0.11) == .tie)
    let floor = try #require(ratio.noiseFloor)
    #expect(abs(floor - 0.1) < 1e-12)
  }

  @Test func fewRoundsDecideNothing() throws {
    let a = ContenderSamples(samplesNanoseconds: [300, 300], rounds: [0, 1])
    let b = ContenderSamples(samplesNanoseconds: [100, 100, 100], rounds: [1, 2, 3])
    let ratio = try #require(RatioEstimate(of: a, to: b))
    #expect(
      ratio.rounds == 1 && ratio.ratio == 3 && ratio.standing(noiseFloor: 0) == .undecided && ratio.noiseFloor == nil)
    #expect(RatioEstimate(of: a, to: ContenderSamples()) == nil)
    #expect(RatioEstimate(of: a, to: ContenderSamples(samplesNanoseconds: [0, 0], rounds: [0, 1])) == nil)
  }

  @Test func coldSamplesAreOneCallAfterTheCachesWereEmptied() throws {
    let machine = FakeMachine()
    var contender = Contender(call: machine.contender("A", nanoseconds: 1_000))
    contender.beforeSample = machine.contender("evict", nanoseconds: 10_000_000)
    let samples = try machine.sampler(
      SamplerOptions(secondsPerContender: 1, minimumSamples: 2, maximumSamples: 3)
    ).sample([contender])
    #expect(samples[0].callsPerSample == 1)
    #expect(samples[0].samplesNanoseconds == [1_000, 1_000, 1_000])
    let rounds = Array(repeating: ["evict", "probe", "A", "probe"], count: 3)
    let calls = Array(machine.calls.dropFirst(3))
    #expect(calls == Array(rounds.joined()))
    // Emptying counts against the time.
    let bounded = try machine.sampler(SamplerOptions(secondsPerContender: 0.2)).sample([contender])
    #expect(bounded[0].samplesNanoseconds.count == 20)
  }

  @Test func eachContenderHasItsOwnProbe() throws {
    let machine = FakeMachine()
    let sampler = machine.sampler(SamplerOptions(secondsPerContender: 1, minimumSamples: 1, maximumSamples: 1))
    _ = try sampler.sample([
      Contender(call: machine.contender("A", nanoseconds: 20_000_000), probeISA: .baseline),
      Contender(call: machine.contender("B", nanoseconds: 20_000_000), probeISA: .avx2),
    ])
    // Nobody's probe serves the other, though slow contenders share theirs with their like.
    let probed = machine.probedSets
    #expect(probed == [.baseline, .baseline, .avx2, .avx2] || probed == [.avx2, .avx2, .baseline, .baseline])
  }

  @Test(arguments: [
    (nil, 12, 12), (0.002, 1000, 10), (1.0, 12, 12), (0.000_2, 3, 3),
  ])
  func timeAndSamplesBound(seconds: Double?, samples: Int, expected: Int) throws {
    let machine = FakeMachine()
    let taken = try machine.sampler(SamplerOptions(seconds: seconds, samples: samples, seed: 1))
      .sample([machine.contender("A", nanoseconds: 50_000)])
    #expect(taken[0].samplesNanoseconds.count == expected)
  }

  @Test func driftIsBetweenTheThirds() throws {
    let share = try #require(ProbeDrift.share([100, 100, 7, 7, 90, 90]))
    #expect(abs(share + 0.1) < 1e-12)
    #expect(ProbeDrift.warning(share) == "the core became 10 % slower while timing")
    #expect(ProbeDrift.warning(0.08) == "the core became 8 % faster while timing")
    #expect(ProbeDrift.warning(0.05) == nil && ProbeDrift.warning(nil) == nil)
    #expect(ProbeDrift.share([1, 2, 3, 4, 5]) == nil)
  }

  @Test func overheadIsTheMedianCall() {
    var now: UInt64 = 0
    var calls = 0
    func call() {
      calls += 1
      now += calls == 5 ? 90_000 : 25
    }
    let overhead = CallOverhead.nanoseconds(calls: 10, batches: 3, clock: { now }, of: call)
    #expect(overhead == 25 && calls == 31)
  }

  @Test func evictionReadsALineAtATime() {
    let evictor = CacheEvictor(byteCount: 4096)
    #expect(evictor.evict() == 64)
    #expect(CacheEvictor(byteCount: 1).byteCount == 64)
    withUnsafeBytes(of: (1, 2, 3)) { evictor.touch($0) }
  }
}
