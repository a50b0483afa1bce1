import Foundation
import Testing

@testable import Reports

@Suite("Files of records")
struct RecordFileTests {
  private struct Line: Codable, Equatable {
    var name: String
    var value: Double
  }

  private func withFile(_ contents: String?, _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "records-\(UUID().uuidString).jsonl").path
    if let contents { try Data(contents.utf8).write(to: URL(fileURLWithPath: path)) }
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private func contents(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test func recordsAreAppendedOneALine() throws {
    try withFile(nil) { path in
      for _ in 0..<2 {
        let file = try RecordFile(appendingTo: path)
        try file.append(Line(name: "a/b\n", value: .infinity))
      }
      #expect(try contents(path) == String(repeating: #"{"name":"a/b\n","value":"inf"}"# + "\n", count: 2))
      let (records, broken) = try RecordFile.read(Line.self, from: path)
      #expect(records == [Line](repeating: Line(name: "a/b\n", value: .infinity), count: 2))
      #expect(broken.isEmpty)
    }
  }

  @Test(
    "A torn end is told, cut off, and the next record begins a line",
    arguments: [
      (#"{"name":"a","value":1}"# + "\n" + #"{"name":"b","va"#, ["a"], ["a", "c"]),
      (#"{"name":"a","value":1}"# + "\n{", ["a"], ["a", "c"]),
      (#"{"name":"a","val"#, [], ["c"]),
      ("{", [], ["c"]),
      (#"{"name":"a","value":1}"#, ["a"], ["a", "c"]),
      ("", [], ["c"]),
    ])
  func tornEnd(before: String, read: [String], after: [String]) throws {
    try withFile(before) { path in
      let first = try RecordFile.read(Line.self, from: path)
      #expect(first.records.map(\.name) == read)
      let isWhole = before.isEmpty || before.hasSuffix("}")
      #expect(first.broken.map(\.isTorn) == (isWhole ? [] : [true]))
      try RecordFile(appendingTo: path).append(Line(name: "c", value: 2))
      let second = try RecordFile.read(Line.self, from: path)
      #expect(second.records.map(\.name) == after)
      #expect(second.broken.isEmpty)
    }
  }

  @Test("A torn end longer than one block is found")
  func longTornEnd() throws {
    let whole = #"{"name":"a","value":1}"# + "\n"
    try withFile(whole + #"{"name":""# + String(repeating: "x", count: 200_000)) { path in
      _ = try RecordFile(appendingTo: path)
      #expect(try contents(path) == whole)
    }
  }

  @Test("Broken lines in the middle are told with their number and the rest is read")
  func brokenLines() throws {
    try withFile("{\"name\":\"a\",\"value\":1}\nnonsense\n{\"name\":\"b\"}\n\n{\"name\":\"c\",\"value\":\"x\"}\n") {
      path in
      let (records, broken) = try RecordFile.read(Line.self, from: path)
      #expect(records.map(\.name) == ["a"])
      #expect(broken.map(\.line) == [2, 3, 5])
      #expect(broken.allSatisfy { !$0.isTorn })
      #expect(broken[1].description == "\(path):3: the record has no value")
    }
  }

  @Test("A file of something else is left alone", arguments: ["# Notes\nsome", "[1, 2]", "{\n  \"a\": 1\n}", "1\n"])
  func otherFiles(text: String) throws {
    try withFile(text) { path in
      #expect(throws: RecordFileError.notRecords(path: path)) { try RecordFile(appendingTo: path) }
      let after = try contents(path)
      #expect(after == text)
    }
  }

  @Test("A file keeps to one kind of records, and a line of another kind is called that")
  func kinds() throws {
    let product = "{\"kind\":\"gemm\"}\n"
    try withFile(product) { path in
      #expect(throws: RecordFileError.otherRecords(path: path, kind: .matrixProduct, expected: .convolution)) {
        try RecordFile(appendingTo: path)
      }
      let after = try contents(path)
      #expect(after == product)
      _ = try RecordFile(appendingTo: path, kind: .matrixProduct)
      let (records, broken) = try RecordFile.read(Line.self, from: path)
      #expect(records.isEmpty && broken.map(\.reason).first?.hasPrefix("a record of a matrix product") == true)
    }
    try withFile("{\"name\":\"a\",\"value\":1}\n") { path in
      #expect {
        try RecordFile(appendingTo: path, kind: .matrixProduct)
      } throws: { "\($0)".contains("holds records of convolutions (bench run); expected a new name or a file of") }
    }
  }

  @Test func missingFilesReadAsEmpty() throws {
    let (records, broken) = try RecordFile.read(Line.self, from: "/no/such/file.jsonl")
    #expect(records.isEmpty && broken.isEmpty)
  }

  @Test("What can't be opened, read or written says so")
  func systemErrors() throws {
    #expect { try RecordFile(appendingTo: "/no/such/directory/file.jsonl") } throws: {
      "\($0)" == "can't open /no/such/directory/file.jsonl: No such file or directory"
    }
    let directory = FileManager.default.temporaryDirectory.path
    #expect { try RecordFile(appendingTo: directory) } throws: { "\($0)".contains("Is a directory") }
    #expect(throws: RecordFileError.self) { try RecordFile.read(Line.self, from: directory) }
    #if os(Linux)
      let full = try RecordFile(appendingTo: "/dev/full")
      #expect { try full.append(Line(name: "a", value: 1)) } throws: {
        "\($0)" == "can't write a record to /dev/full: No space left on device"
      }
    #endif
  }
}
