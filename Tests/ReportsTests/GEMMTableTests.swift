import Harness
import Reports
import Testing
import Verification

@Suite("The comparison of matrix products")
struct GEMMTableTests {
  /// A record whose samples stray by one percent to both sides.
  private func record(
    _ backend: String, _ verdict: Verdict = .passed, gflops: Double?, rounds: Int = 20, noiseFloor: Double? = 0.01,
    reason: String? = nil
  ) -> GEMMRecord {
    let shape = GEMMShape(m: 3136, n: 64, k: 576)
    let time = gflops.map { 2 * Double(shape.multiplyAdds) / $0 }
    let samples: [Double] =
      time.map { time in
        (0..<rounds).map { (round: Int) -> Double in
          let place = Double(round * (7 + backend.utf8.count) % 21) / 20
          return time * (0.99 + 0.02 * place)
        }
      } ?? []
    return GEMMRecord(
      date: "", commit: "", machine: SampleRecords.machine, shape: shape, layers: ["a", "b"], backend: backend,
      coreType: backend == "own" ? "avx2" : "Zen", verdict: verdict, reason: reason,
      samplesNanoseconds: samples, sampleRounds: Array(samples.indices), probeIsa: "avx2",
      medianNanoseconds: time, gflops: gflops, fractionOfPeak: gflops.map { $0 / 200 }, noiseFloor: noiseFloor)
  }

  private func notes(_ records: [GEMMRecord]) -> [String] {
    GEMMTable.table(records, as: .csv).csv().split(separator: "\n").dropFirst().map {
      String($0.split(separator: ",", omittingEmptySubsequences: false).last ?? "")
    }
  }

  @Test func text() {
    let records = [
      record("own", gflops: 150), record("openblas", gflops: 100),
      record("blis", .unavailable, gflops: nil, reason: "libblis.so.4 not found; apt-get install libblis4-openmp"),
    ]
    let text = trimmed(GEMMTable.table(records, as: .table).text()).split(separator: "\n").map(String.init)
    #expect(
      text[0]
        == "m×n×k layers backend core type verdict ms GFLOP/s % of peak probe by best BLAS 95 % interval noise note")
    #expect(text[1].hasPrefix("3136×64×576 a and 1 more own avx2 passed 1.541 150.0 75.0 avx2 1.50 1."))
    #expect(text[1].hasSuffix(" ±1.0 %"))
    #expect(text[2] == "openblas Zen passed 2.312 100.0 50.0 avx2 1.00 ±1.0 %")
    #expect(text[3] == "blis Zen unavailable libblis.so.4 not found; apt-get install libblis4-openmp")
    #expect(
      GEMMTable.missing(records + records) == [
        "blis is unavailable: libblis.so.4 not found; apt-get install libblis4-openmp"
      ])
  }

  @Test("Within the noise floor it's a tie; with too few rounds, or without a floor, nothing")
  func ties() {
    let best = record("openblas", gflops: 100)
    #expect(notes([record("own", gflops: 103), best]) == ["", ""])
    #expect(notes([record("own", gflops: 103, noiseFloor: 0.05), best]) == ["a tie with the best BLAS", ""])
    #expect(notes([record("own", gflops: 103, rounds: 4), best]) == ["too few rounds to decide", ""])
    #expect(
      notes([record("own", gflops: 103, noiseFloor: nil), record("openblas", gflops: 100, noiseFloor: nil)])
        == ["too few rounds to decide", ""])
  }

  @Test("A wrong result's rate is neither shown nor compared with")
  func failures() {
    let records = [record("own", gflops: 100), record("openblas", .failed, gflops: 900, reason: "wrong")]
    let csv = GEMMTable.table(records, as: .csv).csv().split(separator: "\n")
    #expect(csv[1].hasPrefix("3136×64×576,a; b,own,avx2,passed,2.31") && csv[1].hasSuffix(",100.0,50.0,avx2,,,,0.01,"))
    #expect(csv[2] == "3136×64×576,a; b,openblas,Zen,failed,,,,,,,,,wrong")
  }

  /// Without runs of spaces and dashes, whose lengths say nothing here.
  private func trimmed(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      line.split(separator: " ").filter { !$0.allSatisfy { $0 == "-" } }.joined(separator: " ")
    }.filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
