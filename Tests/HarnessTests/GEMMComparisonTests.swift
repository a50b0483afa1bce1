import ConvolutionModel
import Harness
import MatrixMultiplication
import Measurement
import Testing
import Verification

/// A product by definition, with a mistake on request.
private struct PlainGEMM: GEMM {
  enum Mistake { case none, dropsLastTerm, leavesCorner, isMissing, refuses }

  let name: String
  var mistake = Mistake.none
  var instructionSet: InstructionSet?

  var unavailableReason: String? { mistake == .isMissing ? "libplain.so not found; apt-get install libplain" : nil }
  func support(m: Int, n: Int, k: Int, leadingDimension: Int) -> Support {
    mistake == .refuses ? .unsupported(reason: "m is \(m)") : .supported
  }
  func packedBytes(_ side: GEMMSide, rows: Int, columns: Int) -> Int { 4 * rows * columns }
  func pack(
    _ side: GEMMSide, rows: Int, columns: Int, _ source: UnsafePointer<Float>, leadingDimension: Int,
    into destination: UnsafeMutableRawPointer
  ) {
    destination.copyMemory(from: source, byteCount: 4 * rows * columns)
  }
  func workspaceBytes(m: Int, n: Int, k: Int, packed: GEMMSide?, threads: Int) -> Int { 0 }

  func multiply(_ arguments: GEMMArguments) {
    let a = arguments.a.assumingMemoryBound(to: Float.self)
    let b = arguments.b.assumingMemoryBound(to: Float.self)
    for row in 0..<arguments.m {
      for column in 0..<arguments.n {
        if mistake == .leavesCorner && row == arguments.m - 1 && column == arguments.n - 1 { continue }
        var sum: Float = 0
        for i in 0..<(mistake == .dropsLastTerm ? arguments.k - 1 : arguments.k) {
          sum += a[row * arguments.lda + i] * b[i * arguments.n + column]
        }
        arguments.c[row * arguments.ldc + column] = sum
      }
    }
  }
}

@Suite("GEMM implementations are checked, then compared")
struct GEMMComparisonTests {
  private let options = RunOptions(secondsPerMeasurement: 0.001, commit: "test")

  private func records(_ mistakes: [PlainGEMM.Mistake], cancelled: CancellationFlag = CancellationFlag()) throws
    -> [GEMMRecord]
  {
    var records: [GEMMRecord] = []
    let backends = mistakes.enumerated().map { PlainGEMM(name: "plain\($0)", mistake: $1) }
    try GEMMComparison(
      shapes: [(GEMMShape(m: 7, n: 5, k: 9), ["a", "b"])], backends: backends, options: options
    ).run(cancelled: cancelled) { records += $0 }
    return records
  }

  @Test func verdicts() throws {
    let records = try records([.none, .dropsLastTerm, .leavesCorner, .isMissing, .refuses])
    #expect(records.map(\.verdict) == [.passed, .failed, .failed, .unavailable, .unsupported])
    #expect(records[0].maxScaledError! <= 1 && records[0].checkedElements > 4)
    #expect(records[2].reason?.contains("[6, 4]") == true)
    #expect(records[3].reason == "libplain.so not found; apt-get install libplain")
  }

  @Test("Only what passed is timed")
  func times() throws {
    for record in try records([.none, .dropsLastTerm, .isMissing]) {
      let isTimed = record.verdict == .passed
      #expect((record.medianNanoseconds != nil) == isTimed && (record.gflops != nil) == isTimed)
      #expect(record.samplesNanoseconds.isEmpty != isTimed)
      #expect(record.samplesNanoseconds.count == record.probeGflops.count)
    }
  }

  @Test("Each is held against the probe of its own instruction set, and the fastest against itself")
  func probesAndNoise() throws {
    var records: [GEMMRecord] = []
    let backends = [
      PlainGEMM(name: "a", instructionSet: .baseline), PlainGEMM(name: "b"),
      PlainGEMM(name: "c", mistake: .isMissing, instructionSet: .baseline),
    ]
    let comparison = GEMMComparison(
      shapes: [(GEMMShape(m: 7, n: 5, k: 9), [])], backends: backends,
      options: RunOptions(secondsPerMeasurement: nil, samplesPerMeasurement: 8, commit: "test"))
    try comparison.run { records += $0 }
    let best = FMAProbe.best.isa.rawValue
    #expect(records.map(\.probeIsa) == ["baseline", best, nil])
    #expect(records[0].noiseFloor != nil && records[0].noiseFloor == records[1].noiseFloor)
    #expect(records[0].sampleRounds == Array(0..<8) || !records[0].warnings.isEmpty)
    let shared = Set(records[0].sampleRounds).intersection(records[1].sampleRounds)
    #expect(shared.isEmpty || records[0].ratio(to: records[1])?.rounds == shared.count)
    #expect(records.map(\.key) == comparison.keys(GEMMShape(m: 7, n: 5, k: 9)))
    #expect(records.allSatisfy { $0.isDone && $0.kind == .matrixProduct && $0.commit == "test" })
  }

  @Test("A shape that is done is left out; one that lacks a record is measured as a whole")
  func skipping() throws {
    let shapes = [GEMMShape(m: 7, n: 5, k: 9), GEMMShape(m: 3, n: 5, k: 9)]
    let comparison = GEMMComparison(
      shapes: shapes.map { ($0, []) }, backends: [PlainGEMM(name: "a"), PlainGEMM(name: "b")], options: options)
    func measured(_ skipping: [GEMMRecordKey]) throws -> [GEMMRecordKey] {
      var keys: [GEMMRecordKey] = []
      try comparison.run(skipping: Set(skipping)) { keys += $0.map(\.key) }
      return keys
    }
    let (first, second) = (comparison.keys(shapes[0]), comparison.keys(shapes[1]))
    #expect(try measured(first + [second[0]]) == second)
    #expect(try measured(first + second).isEmpty)
    let other = GEMMComparison(
      shapes: comparison.shapes, backends: comparison.backends, options: RunOptions(seed: 2))
    #expect(Set(other.keys(shapes[0])).isDisjoint(with: first))
  }

  @Test func cancellation() throws {
    let flag = CancellationFlag()
    flag.cancel()
    #expect(try records([.none], cancelled: flag).isEmpty)
  }

  @Test("Shapes come from the layers' im2col, equal ones once")
  func shapes() throws {
    let vgg = GEMMShape.shapes(of: try WorkloadSelection(networks: ["vgg16"]).workloads().workloads)
    #expect(vgg.count == 9)
    #expect(vgg[0].shape == GEMMShape(m: 224 * 224, n: 64, k: 27) && vgg[0].layers == ["vgg16 conv1_1"])
    let grouped = WorkloadSelection(problems: ["mb2g4ic16ih6oc8oh6kh3ph1", "mb2g4ic16ih6oc8oh6kh3ph1n\"x\""])
    let shapes = GEMMShape.shapes(of: try grouped.workloads().workloads)
    #expect(shapes.count == 1 && shapes[0].shape == GEMMShape(m: 72, n: 2, k: 36) && shapes[0].layers.last == "x")
    let mobile = WorkloadSelection(networks: ["mobilenetv1"], layers: ["*/depthwise", "*/separable"])
    #expect(GEMMShape.shapes(of: try mobile.workloads().workloads).isEmpty)
  }
}
