import ConvolutionModel
import Foundation
import Harness
import Measurement
import Reports
import Testing

@testable import BenchCommand

@Suite("Bad input: files of records")
struct BadInputRecordTests {
  private static let problem = "mb1ic8ih6oc8oh6kh3ph1"

  /// A record with times, as a file has it.
  private static func record() throws -> [String: Any] {
    let isa = MachineIdentity.current.isa.rawValue
    var record = BenchmarkRecord(
      date: "2026-01-02T03:04:05Z", commit: "abc1234", machine: .current, problem: problem, layer: "layer",
      kernel: "direct-nhwc-\(isa)", layout: "nhwc", isa: isa, verdict: .passed)
    record.machine.buildConfiguration = .release
    record.samplesNanoseconds = (0..<12).map { 1e5 + Double($0) }
    record.probeGflops = record.samplesNanoseconds.map { _ in 100 }
    record.sampleRounds = Array(0..<12)
    record.minNanoseconds = 1e5
    record.medianNanoseconds = 1e5
    record.gflops = 2
    record.fractionOfPeak = 0.02
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(record))
    return try #require(json as? [String: Any])
  }

  private static func line(_ object: [String: Any]) throws -> Data {
    try JSONSerialization.data(withJSONObject: object, options: .sortedKeys) + Data("\n".utf8)
  }

  private static let ceilings = """
    {"machine": MACHINE, "bandwidths": [{"level": "L1", "access": "read", "gigabytesPerSecond": RATE}]}
    """

  private static func ceilings(rate: String = "100") throws -> Data {
    let machine = String(decoding: try JSONEncoder().encode(MachineIdentity.current), as: UTF8.self)
    return Data(ceilings.replacing("MACHINE", with: machine).replacing("RATE", with: rate).utf8)
  }

  /// A field, what is put in its place (nil takes it away), and a part of the message.
  private static var fields: [(field: String, value: Any?, part: String)] {
    [
      ("schemaVersion", nil, "the record has no schemaVersion"), ("schemaVersion", 2, "2 is newer than 1"),
      ("schemaVersion", 0, "the record's schemaVersion is 0; expected 1"),
      ("schemaVersion", "1", "the record's schemaVersion isn't what was expected: "),
      ("kernel", nil, "the record has no kernel"), ("kernel", 5, "the record's kernel isn't what was expected: "),
      ("machine", "a fast one", "the record's machine isn't what was expected: "),
      ("machine", [String: String](), "the record has no cpuModel"), ("verdict", "splendid", "the record's verdict: "),
      ("threads", 0, "the record's threads is 0; expected 1…1024"), ("threads", -3, "the record's threads is -3"),
      ("threads", 1025, "the record's threads is 1025"), ("threads", 1.5, "the record has an impossible value: "),
      ("count", 0, "the record's count is 0; expected 1…2147483647"),
      ("seed", -1, "the record has an impossible value: "),
      ("samplesNanoseconds", "many", "the record's samplesNanoseconds isn't what was expected"),
      (
        "samplesNanoseconds", Array(repeating: "nan", count: 12),
        "samplesNanoseconds holds nan; expected a number above 0"
      ),
      ("samplesNanoseconds", Array(repeating: -5, count: 12), "samplesNanoseconds holds -5.0"),
      ("samplesNanoseconds", Array(repeating: 0, count: 12), "samplesNanoseconds holds 0.0"),
      ("samplesNanoseconds", Array(repeating: 1e300, count: 12), "samplesNanoseconds holds 1e+300"),
      ("probeGflops", Array(repeating: "inf", count: 12), "probeGflops holds inf"),
      ("probeGflops", [100], "probeGflops has 1 numbers for 12 samples; expected as many"),
      ("medianNanoseconds", -1, "medianNanoseconds holds -1.0"),
      ("medianNanoseconds", "nan", "medianNanoseconds holds nan"),
      ("medianInterval", [5, 3], "the record's medianInterval"), ("minNanoseconds", 0, "minNanoseconds holds 0.0"),
      ("gflops", "inf", "the record's gflops is inf; expected 0 to"),
      ("fractionOfPeak", -0.5, "the record's fractionOfPeak is -0.5"),
      ("checkedShare", 1.5, "checkedShare is 1.5; expected 0"),
      ("workspaceBytes", -1, "the record's workspaceBytes is -1; expected at least 0"),
      ("stageNanoseconds", ["pack": -3], "stageNanoseconds holds -3.0 for pack"),
      ("warnings", "none", "the record's warnings isn't what was expected"),
      ("problem", "nonsense", "the record's problem is nonsense, column 9: ic is missing"),
      ("problem", "mb1ic3id4ih4oc3kd3kh3", "id belongs to a 3-D convolution"),
      ("problem", "", "the record's problem is , column 1: ic is missing"),
    ]
  }

  /// Lines that are no objects.
  private static let lines: [(text: Data, part: String)] = [
    (Data("nonsense\n".utf8), ":1: the line isn't a JSON object"),
    (Data("null\n".utf8), ":1: the line isn't a JSON object"),
    (Data("[1, 2]\n".utf8), ":1: the line isn't a JSON object"),
    (Data("42\n".utf8), ":1: the line isn't a JSON object"),
    (Data("\"record\"\n".utf8), ":1: the line isn't a JSON object"),
    (Data("{}\n".utf8), ":1: the record has no schemaVersion"),
    (Data("{\"schemaVersion\":1,\n".utf8), ":1: the line isn't a JSON object"),
    (Data("{\"schemaVersion\":1,\"date\":\"20".utf8), ":1: the last record is torn"),
    (Data("{\"schemaVersion\":1e999}\n".utf8), ":1: "),
    (Data("{\"schemaVersion\":1}\n".utf8), ":1: the record has no "),
    (Data(String(repeating: "[", count: 100_000).utf8) + Data("\n".utf8), ":1: the line isn't a JSON object"),
    (Data([0x7B, 0xFF, 0xFE, 0x7D, 0x0A]), ":1: the line isn't a JSON object"),
    (
      Data("{\"kind\":\"gemm\"}\n".utf8),
      "a record of a matrix product, as bench gemm writes; expected one of a convolution"
    ),
    (Data("network,layer,kernel\nvgg16,conv1_1,naive\n".utf8), ":2: the line isn't a JSON object"),
  ]

  /// Every command that reads records, and how it ends without any: what is read, and the status.
  private static func readers(_ path: String, _ directory: String) -> [(arguments: [String], status: Int32)] {
    [
      (["report", path, "--output", directory + "/page.html"], 74), (["limits", path, directory + "/machine.json"], 1),
      (["sweeps", path], 1), (["tune", "--check", path], 1), (["tune", "--fit", path], 1),
      (["peers", "--records", path], 74),
    ]
  }

  @Test("A record that can't be is left out by its place and reason, and nothing is made of nothing")
  func records() throws {
    try withDirectory { directory in
      let path = directory + "/records.jsonl"
      try Self.ceilings().write(to: URL(filePath: directory + "/machine.json"))
      var cases = Self.lines
      for (field, value, part) in Self.fields {
        var object = try Self.record()
        object[field] = value
        cases.append((try Self.line(object), part))
      }
      // Parsed once: in a debug build that takes longer than all the rest.
      let readers = try Self.readers(path, directory).map { ($0, try Bench.parseAsRoot($0.arguments)) }
      for (text, part) in cases {
        try text.write(to: URL(filePath: path))
        for (reader, parsed) in readers {
          expectBad(reader.arguments, parsed: parsed, status: reader.status, part)
        }
      }
      #expect(!FileManager.default.fileExists(atPath: directory + "/page.html"))
      // As it should be, so that none of them is refused for another reason.
      try Self.line(try Self.record()).write(to: URL(filePath: path))
      for (arguments, _) in Self.readers(path, directory) where arguments[0] == "report" || arguments[0] == "limits" {
        let (status, text) = carriedOut(arguments)
        #expect(status == 0, "\(arguments): \(text)")
      }
      #expect(cases.count >= 45)
    }
  }

  @Test("What is no file of records is said in one line")
  func files() throws {
    try withDirectory { directory in
      let path = directory + "/records.jsonl"
      try Self.ceilings().write(to: URL(filePath: directory + "/machine.json"))
      let utf16 = try #require("{\"schemaVersion\":1}\n".data(using: .utf16LittleEndian))
      let commands = { (path: String) in
        Self.readers(path, directory).map(\.arguments) + [
          ["compare", path, path], ["merge", path, "--output", directory + "/all.jsonl"],
          ["run", "--problem", Self.problem, "--kernel", "naive-nhwc", "--output", path, "--resume"],
        ]
      }
      let parsed = try commands(path).map { ($0, try Bench.parseAsRoot($0)) }
      for (contents, part) in [
        (Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00, 0x04]), "it's compressed by xz; expected records as text"),
        (Data([0x1F, 0x8B, 0x08, 0x00]), "it's compressed by gzip"),
        (Data([0x28, 0xB5, 0x2F, 0xFD, 0x04]), "it's compressed by zstd"),
        (Data("BZh91AY&SY".utf8), "it's compressed by bzip2"), (Data([0x50, 0x4B, 3, 4, 20]), "it's a zip archive"),
        (Data(repeating: 0, count: 10_000), "it's binary"), (utf16, "it's binary, or text in UTF-16"),
      ] {
        try contents.write(to: URL(filePath: path))
        for (arguments, command) in parsed {
          expectBad(arguments, parsed: command, status: 74, "can't read \(path): \(part)")
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == contents)
      }
      for arguments in commands(directory) {
        expectBad(arguments, status: 74, "can't read \(directory): it's a directory")
      }
      let missing = directory + "/none.jsonl"
      for arguments in commands(missing).dropLast() where arguments[0] != "compare" {
        expectBad(arguments, status: 74, "can't read \(missing): no such file")
      }
      for arguments in commands(path + "/below").dropLast() where arguments[0] != "compare" {
        expectBad(arguments, status: 74, "can't read \(path)/below: ")
      }
    }
  }

  @Test("A file without records, or of the machine alone, is named")
  func nothingToRead() throws {
    try withDirectory { directory in
      let (empty, machine) = (directory + "/empty.jsonl", directory + "/machine.json")
      try Data("\n\n".utf8).write(to: URL(filePath: empty))
      try Self.ceilings().write(to: URL(filePath: machine))
      let page = directory + "/page.html"
      for path in [empty, machine] {
        expectBad(["report", path, "--output", page], status: 74, "no records in \(path); expected files that bench")
        expectBad(["sweeps", path], status: 1, "no 4 sizes of one convolution in \(path)")
        expectBad(["limits", path, machine], status: 1, "no verified times on 1 threads in \(path)")
        expectBad(["peers", "--records", path], status: 74, "\(path): no records of 1 thread that can be compared")
      }
      expectBad(["compare", empty, empty], status: 65, "\(empty) holds no records; expected the output of bench run")
      expectBad(["tune", "--check", empty], status: 1, "there is nothing to compare")
      expectBad(["tune", "--fit", empty], status: 1, "there is nothing to fit to")
      let records = directory + "/records.jsonl"
      try Self.line(try Self.record()).write(to: URL(filePath: records))
      expectBad(["limits", records], status: 74, "no ceilings in \(records); expected the file of bench machine")
      expectBad(["limits", records, machine, "--threads", "7"], status: 1, "no verified times on 7 threads")
      // Rates that no memory has, in a file and in a line of one.
      for (rate, part) in [("-3", "is -3.0 GB/s; expected 0 to"), ("1e300", "is 1e+300 GB/s")] {
        try Self.ceilings(rate: rate).write(to: URL(filePath: machine))
        expectBad(
          ["limits", records, machine], status: 74, "can't read \(machine): the bandwidth of L1, read, \(part)")
      }
      let rate = try Self.ceilings(rate: "1e7") + Data("\n".utf8) + Self.line(try Self.record())
      try rate.write(to: URL(filePath: machine))
      expectBad(["limits", machine], status: 74, "\(machine):1: the bandwidth of L1, read, is 10000000.0 GB/s")
    }
  }

  @Test("Names of kernels that nobody has end no process")
  func kernels() throws {
    try withDirectory { directory in
      let path = directory + "/records.jsonl"
      try Self.ceilings().write(to: URL(filePath: directory + "/machine.json"))
      let parsed = try Self.readers(path, directory).map { ($0.arguments, try Bench.parseAsRoot($0.arguments)) }
      for kernel in [
        "winograd-f0x3-nhwc", "winograd-f9223372036854775807x3-nhwc", "winograd-f-4x3-nhwc", "winograd-nhwc",
        "nonsense",
        "", "winograd-f4x3-nhwc", "separable-nhwc-baseline", "direct-nhwc-avx1024",
      ] {
        var object = try Self.record()
        object["kernel"] = kernel
        try Self.line(object).write(to: URL(filePath: path))
        for (arguments, command) in parsed {
          let (status, text) = carriedOut(arguments, parsed: command)
          #expect([0, 1, 74].contains(status) && !text.isEmpty, "\(kernel), \(arguments): \(text)")
        }
      }
    }
  }

  @Test("Compare and merge refuse what they can't join, by file and line")
  func joining() throws {
    try withDirectory { directory in
      func file(_ name: String, _ objects: [[String: Any]]) throws -> String {
        let path = "\(directory)/\(name).jsonl"
        try objects.reduce(into: Data()) { $0 += try Self.line($1) }.write(to: URL(filePath: path))
        return path
      }
      func of(_ machine: String) throws -> [String: Any] {
        var (object, other) = (try Self.record(), try #require(try Self.record()["machine"] as? [String: Any]))
        other["cpuModel"] = machine
        object["machine"] = other
        return object
      }
      let (x, y) = (try of("X"), try of("Y"))
      let (both, other) = (try file("both", [x, y]), try file("other", [try of("Z")]))
      expectBad(["compare", both, other], status: 65, "no machine is on both sides: A has X")
      var later = x
      later["schemaVersion"] = 2
      let (first, second) = (try file("first", [x]), try file("second", [y, later]))
      let output = directory + "/all.jsonl"
      expectBad(
        ["merge", first, second, "--output", output], status: 65,
        "different schema versions: 1 (first in \(first):1), 2 (first in \(second):2)")
      expectBad(["merge", first, first, "--output", output], status: 65, "\(first) is given twice")
      expectBad(["merge", first, both, "--output", output], status: 65, " is in \(first):1 and in \(both):1")
      for (field, value, part) in Self.fields where ["kernel", "machine"].contains(field) {
        var object = x
        object[field] = value
        let bad = try file("bad", [object])
        expectBad(["merge", first, bad, "--output", output], status: 65, "\(bad):1: \(part)")
        expectBad(["compare", first, bad], status: 65, "\(bad):1: \(part)")
      }
      #expect(!FileManager.default.fileExists(atPath: output))
      // Not even with leave to overwrite does a file take the place of something else.
      let pipe = directory + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      for path in [pipe, directory] {
        expectBad(
          ["merge", first, "--output", path, "--overwrite"], status: 74, "no regular file; expected a file's name")
      }
      expectBad(["merge", first, "--output", first + "/below"], status: 74, "can't write a record to \(first)/below")
      expectBad(["report", first, "--output", first + "/below.html"], status: 74, "\(first)/below.html: ")
      expectBad(["report", first, "--output", "/proc/none.html"], status: 74, "can't write")
      var status = stat()
      #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }
  }
}
