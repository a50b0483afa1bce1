import Harness
import Reports
import Testing
import Verification

@Suite("The comparison of matrix products")
struct GEMMTableTests {
  private func record(_ backend: String, _ verdict: Verdict = .passed, gflops: Double?, reason: String? = nil)
    -> GEMMRecord
  {
    GEMMRecord(
      date: "", machine: SampleRecords.machine, shape: GEMMShape(m: 3136, n: 64, k: 576), layers: ["a", "b"],
      backend: backend, coreType: backend == "own" ? nil : "Zen", verdict: verdict, reason: reason,
      medianNanoseconds: gflops.map { 1e8 / $0 }, gflops: gflops, fractionOfPeak: gflops.map { $0 / 200 })
  }

  @Test func text() {
    let records = [
      record("own", gflops: 150), record("openblas", gflops: 100),
      record("blis", .unavailable, gflops: nil, reason: "libblis.so.4 not found; apt-get install libblis4-openmp"),
    ]
    let expected = """
      m×n×k layers backend core type verdict ms GFLOP/s % of peak by best BLAS note
      3136×64×576 a and 1 more own passed 0.6667 150.0 75.0 1.50
      openblas Zen passed 1.000 100.0 50.0 1.00
      blis Zen unavailable libblis.so.4 not found; apt-get install libblis4-openmp
      """
    #expect(trimmed(GEMMTable.table(records, as: .table).text()) == expected)
    #expect(
      GEMMTable.missing(records + records) == [
        "blis is unavailable: libblis.so.4 not found; apt-get install libblis4-openmp"
      ])
  }

  @Test("A wrong result's rate is neither shown nor compared with")
  func failures() {
    let records = [record("own", gflops: 100), record("openblas", .failed, gflops: 900, reason: "wrong")]
    let csv = GEMMTable.table(records, as: .csv).csv().split(separator: "\n")
    #expect(csv[1] == "3136×64×576,a; b,own,,passed,1.0,100.0,50.0,,")
    #expect(csv[2] == "3136×64×576,a; b,openblas,Zen,failed,,,,,wrong")
  }

  /// Without runs of spaces and dashes, whose lengths say nothing here.
  private func trimmed(_ text: String) -> String {
    text.split(separator: "\n").map { line in
      line.split(separator: " ").filter { !$0.allSatisfy { $0 == "-" } }.joined(separator: " ")
    }.filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
