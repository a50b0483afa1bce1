import Foundation
import Harness
import Testing
import Verification

@testable import Reports

/// Records with planted times.
enum PlantedRecords {
  /// A record of a kernel whose samples are its planted cost, times what the machine did at the moment, with a little noise.
  ///
  /// - Parameters:
  ///   - cost: nanoseconds at a probe of 100 GFLOP/s.
  ///   - noise: how far samples stray, as a share.
  ///   - drift: by how much the second half of the samples is slower, as a share, unseen by the probe.
  ///   - speed: the machine's speed, which both samples and probes follow.
  static func record(
    _ layer: String, _ kernel: String, cost: Double, noise: Double = 0.005, drift: Double = 0, speed: Double = 1,
    count: Int = 40, verdict: Verdict = .passed, salt: Int = 0
  ) throws -> BenchmarkRecord {
    var record = SampleRecords.record(try SampleRecords.workload(layer), kernel, verdict)
    record.samplesNanoseconds = (0..<count).map { index in
      let stray = Double(((index + salt) * 7919) % 101 - 50) / 50
      return cost / speed * (1 + noise * stray) * (index * 2 >= count ? 1 + drift : 1)
    }
    record.probeGflops = record.samplesNanoseconds.map { _ in 100 * speed }
    return record
  }

  static func compare(
    _ a: [BenchmarkRecord], _ b: [BenchmarkRecord], threshold: Double = 0.05
  ) throws -> Comparison {
    try Comparison(
      a.map { ComparableRecord($0) }, named: "a.jsonl", with: b.map { ComparableRecord($0) }, named: "b.jsonl",
      threshold: threshold)
  }
}

@Suite("Comparisons of planted records")
struct ComparisonTests {
  private func record(
    _ layer: String, _ kernel: String, cost: Double, noise: Double = 0.005, drift: Double = 0,
    speed: Double = 1, count: Int = 40, verdict: Verdict = .passed, salt: Int = 0
  ) throws -> BenchmarkRecord {
    try PlantedRecords.record(
      layer, kernel, cost: cost, noise: noise, drift: drift, speed: speed, count: count, verdict: verdict, salt: salt)
  }

  private func status(_ comparison: Comparison, _ kernel: String) -> ComparisonRow.Status? {
    comparison.rows.first { $0.kernel == kernel }?.status
  }

  @Test("A planted slowdown is found, its ratio told, and a speedup isn't taken for one")
  func slowdown() throws {
    let comparison = try PlantedRecords.compare(
      [record("l", "a-nhwc", cost: 1000), record("l", "b-nhwc", cost: 1000), record("l", "c-nhwc", cost: 1000)],
      [
        record("l", "a-nhwc", cost: 1000, salt: 3), record("l", "b-nhwc", cost: 1200, salt: 3),
        record("l", "c-nhwc", cost: 800, salt: 3),
      ])
    #expect(status(comparison, "a-nhwc") == .unchanged)
    #expect(status(comparison, "b-nhwc") == .slower)
    #expect(status(comparison, "c-nhwc") == .faster)
    let slower = try #require(comparison.rows.first)
    #expect(slower.kernel == "b-nhwc" && abs(slower.ratio! - 1.2) < 0.01)
    #expect((slower.lower!...slower.upper!).contains(slower.ratio!))
    #expect(comparison.regressions == [slower] && comparison.hasComparedAnything)
    #expect(comparison.headline == "1 slower, 1 faster, 1 unchanged")
  }

  @Test("Shares are compared, not times: a machine at half the speed changes nothing")
  func machineSpeed() throws {
    let a = try record("l", "a-nhwc", cost: 1000)
    let comparison = try PlantedRecords.compare([a], [record("l", "a-nhwc", cost: 1000, speed: 0.5)])
    #expect(comparison.rows.map(\.status) == [.unchanged])
    let slower = try PlantedRecords.compare([a], [record("l", "a-nhwc", cost: 1300, speed: 2)])
    #expect(slower.rows.map(\.status) == [.slower])
  }

  @Test("A file against itself has no changes")
  func itself() throws {
    let records = try (0..<12).map { try record("l\($0)", "a-nhwc", cost: 100 + Double($0), noise: 0.2, salt: $0) }
    let comparison = try PlantedRecords.compare(records, records)
    #expect(comparison.rows.allSatisfy { $0.status == .unchanged && $0.ratio == 1 })
    #expect(comparison.table(all: false, as: .table).rows.isEmpty)
    #expect(comparison.table(all: true, as: .table).rows.count == 12)
  }

  @Test("A difference within the noise of either side isn't a slowdown, though its interval excludes 1")
  func noiseFloor() throws {
    // The second half of A is 30 % slower than the first: 10 % between A and B mean nothing.
    let a = try record("l", "a-nhwc", cost: 1000, drift: 0.3)
    let comparison = try PlantedRecords.compare([a], [record("l", "a-nhwc", cost: 1450)])
    let row = try #require(comparison.rows.first)
    #expect(row.noiseFloor! > 0.25 && row.lower! > 1.05 && row.status == .unchanged)
    let clear = try PlantedRecords.compare([a], [record("l", "a-nhwc", cost: 2000)])
    #expect(clear.rows.map(\.status) == [.slower])
  }

  @Test("A row whose own noise looks small is judged by that of the others")
  func typicalNoise() throws {
    var a: [BenchmarkRecord] = []
    var b: [BenchmarkRecord] = []
    for number in 0..<5 {
      a.append(try record("l\(number)", "a-nhwc", cost: 1000, drift: number == 0 ? 0 : 0.2))
      b.append(try record("l\(number)", "a-nhwc", cost: number == 0 ? 1100 : 1000, drift: number == 0 ? 0 : 0.2))
    }
    let comparison = try PlantedRecords.compare(a, b)
    #expect(abs(comparison.typicalNoise! - 0.2) < 0.02)
    #expect(comparison.rows.allSatisfy { $0.status == .unchanged })
  }

  @Test("The threshold decides what fails, not what is shown", arguments: [(0.05, false), (0.0, true), (0.5, false)])
  func threshold(_ threshold: Double, fails: Bool) throws {
    let comparison = try PlantedRecords.compare(
      [record("l", "a-nhwc", cost: 1000)], [record("l", "a-nhwc", cost: 1030)], threshold: threshold)
    #expect(comparison.rows.map(\.status) == [fails ? .slower : .slightlySlower])
    #expect(comparison.regressions.isEmpty != fails)
    #expect(comparison.table(all: false, as: .table).rows.count == 1)
  }

  @Test("A verdict that is lost fails the comparison, and its times aren't compared")
  func verdicts() throws {
    var failed = try record("l", "a-nhwc", cost: 500, verdict: .failed)
    failed.reason = "wrong"
    let passed = try record("l", "a-nhwc", cost: 1000)
    let broken = try PlantedRecords.compare([passed], [failed])
    #expect(broken.rows.map(\.status) == [.broken] && broken.rows[0].ratio == nil)
    #expect(broken.rows[0].note == "failed: wrong" && broken.regressions.count == 1)
    let mended = try PlantedRecords.compare([failed], [passed])
    #expect(mended.rows.map(\.status) == [.mended] && mended.regressions.isEmpty)
    let neither = try PlantedRecords.compare([failed], [failed])
    #expect(neither.rows.map(\.status) == [.unverified] && !neither.hasComparedAnything)
    var untimed = passed
    (untimed.samplesNanoseconds, untimed.probeGflops, untimed.reason) = ([], [], "slow")
    #expect(try PlantedRecords.compare([passed], [untimed]).rows.map(\.status) == [.untimed])
    #expect(try PlantedRecords.compare([untimed], [passed]).rows.map(\.status) == [.unverified])
  }

  @Test("Rows of one side are counted; too few samples are no judgement; nothing in common is said")
  func missing() throws {
    let comparison = try PlantedRecords.compare(
      [record("l", "a-nhwc", cost: 1000), record("l", "few-nhwc", cost: 1000, count: 5)],
      [record("m", "a-nhwc", cost: 1000), record("l", "few-nhwc", cost: 9000, count: 5)])
    #expect(Set(comparison.rows.map(\.status)) == [.onlyInA, .onlyInB, .undecided])
    #expect(!comparison.hasComparedAnything && comparison.regressions.isEmpty)
    let text = try comparison.rendered(as: .table, all: false)
    #expect(text.contains("1 only in A, 1 only in B (--all lists them)"))
    #expect(text.contains("1 with too few samples"))
    #expect(throws: ComparisonError.noRecords("a.jsonl")) {
      try PlantedRecords.compare([], [record("l", "a-nhwc", cost: 1)])
    }
  }

  @Test("Other epilogues, threads and cache states are other rows; of one key the last record counts")
  func keys() throws {
    let plain = try record("l", "a-nhwc", cost: 1000)
    var threaded = plain
    threaded.threads = 2
    var cold = plain
    cold.cacheState = "cold weights"
    var withBias = plain
    withBias.epilogue = "bias"
    let slow = try record("l", "a-nhwc", cost: 3000)
    let comparison = try PlantedRecords.compare([slow, plain], [threaded, cold, withBias, plain])
    #expect(comparison.count(.unchanged) == 1 && comparison.count(.onlyInB) == 3 && comparison.rows.count == 4)
  }

  @Test("Records of several machines are matched machine by machine; of two different ones with a note")
  func machines() throws {
    func on(_ cpu: String, cost: Double) throws -> BenchmarkRecord {
      var record = try record("l", "a-nhwc", cost: cost)
      record.machine.cpuModel = cpu
      return record
    }
    let shared = try PlantedRecords.compare([on("X", cost: 1000), on("Y", cost: 500)], [on("Y", cost: 500)])
    #expect(shared.rows.map(\.status) == [.unchanged, .onlyInA])
    #expect(shared.notes.contains { $0.hasPrefix("records of X, 2 cores, avx2 have no counterpart") })
    let different = try PlantedRecords.compare([on("X", cost: 1000)], [on("Y", cost: 500)])
    #expect(different.rows.map(\.status) == [.faster])
    #expect(different.notes.contains { $0.contains("different machines") })
    #expect {
      try PlantedRecords.compare([on("X", cost: 1), on("Z", cost: 1)], [on("Y", cost: 1)])
    } throws: { "\($0)".contains("no machine is on both sides") }
  }

  @Test("Two hosts of one kind that measured the same are two machines; shards of a kind are one")
  func hosts() throws {
    func on(_ host: String?, _ layer: String = "l", cost: Double) throws -> BenchmarkRecord {
      var record = try record(layer, "a-nhwc", cost: cost)
      record.machine.host = host
      return record
    }
    let both = [try on("one", cost: 1000), try on("two", cost: 500)]
    let apart = try PlantedRecords.compare(both, both.reversed())
    #expect(apart.rows.map(\.status) == [.unchanged, .unchanged] && apart.notes.isEmpty)
    let shards = [try on("one", "l", cost: 1000), try on("two", "m", cost: 500)]
    let moved = [try on("two", "l", cost: 1000), try on("three", "m", cost: 500)]
    let joined = try PlantedRecords.compare(shards, moved)
    #expect(joined.rows.map(\.status) == [.unchanged, .unchanged])
    #expect(joined.notes.first?.hasPrefix("A is of one, two, B of three, two: other hosts of one kind") == true)
    // Records from before hosts were kept are of any.
    let old = try PlantedRecords.compare([on(nil, cost: 1000)], [on("one", cost: 1000)])
    #expect(old.rows.map(\.status) == [.unchanged] && old.notes.isEmpty)
  }

  @Test("Processes in turn: A B, B A")
  func order() {
    #expect(PairedRounds.order(rounds: 3) == [.a, .b, .b, .a, .a, .b])
    #expect(PairedRounds.order(rounds: 0).isEmpty)
  }

  /// Rounds in which the machine's unseen state changes from process to process.
  private func rounds(
    _ count: Int, slowdown: Double, state: (Int) -> Double, verdict: (Int) -> Verdict = { _ in .passed }
  ) throws -> PairedRounds {
    var rounds = PairedRounds()
    for (position, side) in PairedRounds.order(rounds: count).enumerated() {
      let cost = 1000 * state(position) * (side == .b ? slowdown : 1)
      rounds.append(
        side,
        [
          ComparableRecord(
            try record("l", "a-nhwc", cost: cost, count: 8, verdict: side == .b ? verdict(position) : .passed))
        ])
    }
    return rounds
  }

  @Test("Interleaved: a steady drift cancels, a slowdown stays, noise between processes is the floor")
  func interleaved() throws {
    func compare(_ rounds: PairedRounds) throws -> ComparisonRow {
      try #require(try Comparison(rounds, a: "base", b: "new", threshold: 0.05).rows.first)
    }
    // Each process 1 % slower than the one before.
    let drift = try compare(rounds(8, slowdown: 1, state: { pow(1.01, Double($0)) }))
    #expect(drift.status == .unchanged && abs(drift.ratio! - 1) < 0.011 && drift.rounds == 8)
    let slower = try compare(rounds(8, slowdown: 1.2, state: { pow(1.01, Double($0)) }))
    #expect(slower.status == .slower && abs(slower.ratio! - 1.2) < 0.02 && slower.noiseFloor! < 0.02)
    // Every other pair of processes meets a machine that is 40 % slower.
    let noisy = try compare(rounds(8, slowdown: 1.1, state: { ($0 * 5) % 7 < 3 ? 1 : 1.4 }))
    #expect(noisy.status == .unchanged && noisy.noiseFloor! > 0.1)
    // Of five rounds, four pairs of one side tell the noise.
    #expect(try compare(rounds(5, slowdown: 2, state: { _ in 1 })).status == .undecided)
    #expect(try compare(rounds(Comparison.fewestRounds, slowdown: 2, state: { _ in 1 })).status == .slower)
    let broken = try compare(rounds(4, slowdown: 1, state: { _ in 1 }, verdict: { $0 == 5 ? .failed : .passed }))
    #expect(broken.status == .broken)
  }

  @Test("A round that was interrupted between its halves doesn't count")
  func halfRound() throws {
    var whole = try rounds(6, slowdown: 1, state: { _ in 1 })
    whole.append(.b, [ComparableRecord(try record("l", "a-nhwc", cost: 9000, count: 8))])
    #expect(whole.completeRounds == 6)
    let comparison = try Comparison(whole, a: "base", b: "new", threshold: 0.05)
    #expect(comparison.rows.map(\.status) == [.unchanged] && comparison.rows[0].rounds == 6)
  }

  @Test("Every form tells status, kernel and ratio")
  func forms() throws {
    let comparison = try PlantedRecords.compare(
      [record("a|b", "b-nhwc", cost: 1000), record("l", "c-nhwc", cost: 1000)],
      [record("a|b", "b-nhwc", cost: 1250), record("l", "c-nhwc", cost: 1000)])
    let text = try comparison.rendered(as: .table, all: false)
    #expect(text.contains("+25.0 %") && text.contains("1 slower, 1 unchanged") && !text.contains("c-nhwc"))
    #expect(text.contains("noise: the same code differs from itself by up to"))
    let markdown = try comparison.rendered(as: .markdown, all: false)
    #expect(markdown.hasPrefix("### bench compare: slower\n"))
    #expect(markdown.contains("| slower | resnet50 a\\|b | b-nhwc | +25.0 % |") && !markdown.contains("c-nhwc"))
    let everything = try comparison.rendered(as: .markdown, all: true)
    #expect(everything.contains("<details>") && everything.contains("c-nhwc"))
    let csv = try comparison.rendered(as: .csv, all: true).split(separator: "\n")
    #expect(csv.count == 3 && csv[0].hasPrefix("status,network,layer,problem,epilogue,kernel,threads,cacheState,ratio"))
    #expect(csv[1].hasPrefix("slower,resnet50,a|b,"))
    let json = try JSONSerialization.jsonObject(with: Data(comparison.rendered(as: .json, all: false).utf8))
    let object = try #require(json as? [String: Any])
    #expect((object["rows"] as? [[String: Any]])?.map { $0["status"] as? String } == ["slower", "unchanged"])
    #expect(object["typicalNoise"] is Double && object["method"] as? String == "separate runs")
  }

  @Test("Records of another schema version are read as far as they can be, and it is said")
  func schemas() throws {
    let record = try record("l", "a-nhwc", cost: 1000)
    let line = try JSONText.line(record)
    let same = try JSONText.decoded(ComparableRecord.self, from: Data(line.utf8))
    #expect(same == ComparableRecord(record))
    let later = line.replacing("\"schemaVersion\":1", with: "\"schemaVersion\":7,\"unknown\":{}")
    let other = try JSONText.decoded(ComparableRecord.self, from: Data(later.utf8))
    let comparison = try Comparison([same], named: "a", with: [other], named: "b", threshold: 0.05)
    #expect(comparison.rows.map(\.status) == [.unchanged])
    #expect(comparison.notes == ["schema versions 1 and 7 are compared"])
    for bad in [
      line.replacing("\"probeGflops\":[", with: "\"probeGflops\":[1,"),
      line.replacing("\"probeGflops\":[100", with: "\"probeGflops\":[0"),
    ] {
      #expect(throws: DecodingError.self) { try JSONText.decoded(ComparableRecord.self, from: Data(bad.utf8)) }
    }
  }
}
