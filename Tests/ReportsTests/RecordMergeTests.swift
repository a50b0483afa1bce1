import Foundation
import Harness
import Testing

@testable import Reports

@Suite("Merging records")
struct RecordMergeTests {
  private func line(
    _ layer: String, _ kernel: String = "a-nhwc", cpu: String = "X", host: String? = nil, seed: UInt64 = 0
  ) throws -> String {
    var record = try PlantedRecords.record(layer, kernel, cost: 1000, count: 6)
    record.medianNanoseconds = 1000
    record.machine.cpuModel = cpu
    record.machine.host = host
    record.seed = seed
    return try JSONText.line(record) + "\n"
  }

  private func untimed(_ layer: String) throws -> String {
    var record = try PlantedRecords.record(layer, "a-nhwc", cost: 1000, count: 0)
    record.machine.cpuModel = "X"
    return try JSONText.line(record) + "\n"
  }

  private func merge(_ files: [(String, String)]) throws -> RecordMerge {
    try RecordMerge(files.map { RecordMerge.source(path: $0.0, contents: Data($0.1.utf8)) })
  }

  @Test("Shards and machines are joined, line by line as they were")
  func joined() throws {
    let (one, two, other) = (try line("l1"), try line("l2"), try line("l1", cpu: "Y"))
    let merged = try merge([("1.jsonl", one), ("2.jsonl", two), ("empty.jsonl", ""), ("y.jsonl", other)])
    #expect(merged.contents == Data((one + two + other).utf8) && merged.notes.isEmpty)
    #expect(merged.summary == "3 records from 4 files, 2 machines: X 2, Y 1")
    #expect(try merge([]).summary == "0 records from 0 files, 0 machines")
  }

  @Test("Two hosts of one kind, or two seeds, are two measurements")
  func hostsAndSeeds() throws {
    let files = [("1.jsonl", try line("l1", host: "one")), ("2.jsonl", try line("l1", host: "two"))]
    #expect(try merge(files).summary == "2 records from 2 files, 2 machines: X (one) 1, X (two) 1")
    #expect {
      try merge(files + [("3.jsonl", line("l1", host: "two"))])
    } throws: { "\($0)".hasSuffix("of X (two) is in 2.jsonl:1 and in 3.jsonl:1") }
    #expect(try merge([("1.jsonl", line("l1")), ("2.jsonl", line("l1", seed: 2))]).lines.count == 2)
  }

  @Test("Records of matrix products are named for what they are")
  func otherKinds() throws {
    let product =
      try JSONText.line(
        GEMMRecord(
          date: "", commit: "", machine: SampleRecords.machine, shape: GEMMShape(m: 1, n: 2, k: 3), layers: [],
          backend: "own", verdict: .passed)) + "\n"
    #expect {
      try merge([("1.jsonl", line("l1") + product)])
    } throws: {
      "\($0)".hasPrefix("1.jsonl:2: a record of a matrix product, as bench gemm writes; expected one of a conv")
    }
  }

  @Test("What a later version of the format wrote is kept")
  func unknownKeys() throws {
    let later = try line("l1").replacing("\"schemaVersion\":1", with: "\"schemaVersion\":9,\"stages\":{\"pack\":1}")
    #expect(try merge([("1.jsonl", later)]).contents == Data(later.utf8))
  }

  @Test("Duplicates are refused, all of them, with both places")
  func duplicates() throws {
    #expect {
      try merge([
        ("1.jsonl", line("l1") + line("l2")), ("2.jsonl", line("l3") + line("l2") + line("l1")),
      ])
    } throws: { error in
      let complaints = (error as? RecordMergeError)?.complaints ?? []
      #expect(complaints.count == 2)
      #expect(complaints.first?.hasPrefix("a-nhwc on resnet50 l2 (") == true, "\(error)")
      #expect(complaints.first?.hasSuffix(" of X is in 1.jsonl:2 and in 2.jsonl:2") == true, "\(error)")
      return complaints.last?.hasSuffix("is in 1.jsonl:1 and in 2.jsonl:3") == true
    }
    // In one file too; and a file that is given twice is called that.
    #expect(throws: RecordMergeError.self) { try merge([("1.jsonl", line("l1") + line("l1"))]) }
    #expect(throws: RecordMergeError(complaints: ["1.jsonl is given twice"])) {
      try merge([("1.jsonl", line("l1")), ("1.jsonl", line("l1"))])
    }
  }

  @Test("A verdict without times gives way to the times that a resumed run added to its file, nowhere else")
  func resumed() throws {
    let (verdict, times) = (try untimed("l1"), try line("l1"))
    let merged = try merge([("1.jsonl", verdict + times)])
    #expect(merged.contents == Data(times.utf8))
    #expect(merged.notes == ["1.jsonl:2 replaces 1.jsonl:1, a verdict without times"])
    #expect(throws: RecordMergeError.self) { try merge([("1.jsonl", times + verdict)]) }
    #expect(throws: RecordMergeError.self) { try merge([("1.jsonl", verdict), ("2.jsonl", times)]) }
  }

  @Test("Mixed schema versions are refused with the first place of each")
  func schemas() throws {
    let second = try line("l2").replacing("\"schemaVersion\":1", with: "\"schemaVersion\":2")
    #expect {
      try merge([("1.jsonl", line("l1")), ("2.jsonl", line("l3") + second)])
    } throws: { "\($0)".contains("different schema versions: 1 (first in 1.jsonl:1), 2 (first in 2.jsonl:2)") }
  }

  @Test("A torn end is named and left out; other lines that are no records are refused")
  func broken() throws {
    let merged = try merge([("1.jsonl", line("l1") + line("l2").prefix(50))])
    #expect(merged.lines.count == 1 && merged.notes.count == 1)
    #expect(merged.notes[0].hasPrefix("1.jsonl:2: the last record is torn and left out"))
    for bad in ["nonsense\n", "{\"schemaVersion\":1}\n", "[1]\n"] {
      #expect {
        try merge([("1.jsonl", line("l1") + bad + line("l2"))])
      } throws: { "\($0)".hasPrefix("1.jsonl:2: ") }
    }
  }

  @Test("The merged file is written as a whole, and nothing is lost to it")
  func written() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "merge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let output = directory.appending(path: "all.jsonl").path
    let merged = try merge([("1.jsonl", line("l1"))])
    try merged.write(to: output, overwriting: false)
    #expect(FileManager.default.contents(atPath: output) == merged.contents)
    #expect {
      try merged.write(to: output, overwriting: false)
    } throws: { "\($0)".contains("is there already") }
    try merge([("2.jsonl", line("l2"))]).write(to: output, overwriting: true)
    #expect(FileManager.default.contents(atPath: output) != merged.contents)
    #expect(throws: RecordFileError.self) { try merged.write(to: "/no/such/directory/all.jsonl", overwriting: false) }
    #expect(throws: RecordFileError.cannotRead(path: "/no/such/file", reason: "no such file")) {
      try RecordMerge.source(path: "/no/such/file")
    }
  }
}
