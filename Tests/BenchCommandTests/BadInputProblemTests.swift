import Foundation
import Testing

@testable import BenchCommand

@Suite("Bad input: problems")
struct BadInputProblemTests {
  /// Problems from the command line, each with a part of its message.
  private static let strings: [(text: String, part: String)] = [
    ("", "--problem has an empty value; expected a name"),
    // Nothing, or too little.
    (" ", "column 1: ic is missing"), ("____", "ic is missing"), ("#ic4oc4ih5kh3", "ic is missing"),
    (#"n"x""#, "column 5: ic is missing"), ("ic4oc4kh3", "kh is given, but ih is missing"),
    ("ic4oc4ih5kh3pr1", "pr is given, but iw is missing"), ("ic4oc4ih5kh3dw0", "dw is given, but iw is missing"),
    // Twice.
    ("mb1ic4oc4ih5kh3mb2", "column 16: mb is given twice"), ("g1g2ic4oc4ih5kh3", "g is given twice"),
    ("ic4oc4ih5kh3kh3", "kh is given twice"), ("ic4oc4ih5kh3sh1sh1", "sh is given twice"),
    ("ic4oc4ih5kh3dh0dh0", "dh is given twice"), ("ic4oc4ih5oh3kh3oh3", "oh is given twice"),
    ("ic4oc4ih5kh3*2*3", "a second count of occurrences"),
    // Nought and less.
    ("ic0oc4ih5kh3", "input channels is 0; expected at least 1"), ("ic4oc0ih5kh3", "output channels is 0"),
    ("g0ic4oc4ih5kh3", "groups is 0"), ("ic4oc4iw0kw3", "iw is 0"), ("ic4oc4ih5kh0", "kh is 0; expected at least 1"),
    ("ic4oc4ih5iw5kh3kw0", "kw is 0"), ("ic4oc4ih5iw5kh3kw3sw0", "sw is 0"), ("ic4oc4ih5iw5kh3kw3ow0", "ow is 0"),
    ("ic-4oc4ih5kh3", "ic is -4; expected no negative number"), ("mb-1ic4oc4ih5kh3", "mb is -1"),
    ("ic4oc4ih5kh3dh-1", "dh is -1"), ("ic4oc4ih5kh3sh-2", "sh is -2"),
    ("ic4oc4ih5kh3*-1", "* is -1; expected no negative number"), ("ic4oc4ih5kh3+oc-2", "+oc is -2"),
    // Groups.
    ("g2ic5oc4ih5kh3", "2 groups do not divide 5 input channels; expected a divisor"),
    ("g5ic4oc4ih5kh3", "5 groups do not divide 4 input channels"),
    ("g2ic4oc5ih5kh3", "2 groups do not divide 5 output channels"),
    // Too large for a number, for any memory, for this machine's.
    ("ic2147483648oc4ih5kh3", "ic is 2147483648; expected at most 2147483647"),
    ("mb1ic4oc4ih5kh3*2147483648", "* is 2147483648; expected at most"),
    ("ic4oc4ih5kh3ph2147483647", "the size of the output tensor overflows"),
    ("ic4oc4ih5kh2147483647dh2147483646", "the filter spans 4611686011984936963 along the height"),
    ("mb2147483647ic2147483647oc1ih1kh1", "the size of the input tensor overflows"),
    ("mb1ic1oc2147483647ih20000kh1", "the size of the output tensor overflows"),
    ("ic100000oc100000ih3000kh3000", "the size of the multiply-add count overflows"),
    ("ic4oc4ih5iw5kh3kw3pw2147483648", "pw is 2147483648; expected at most"),
    ("mb1ic1oc1ih1000000kh1", "its tensors take 8000.0 GB; expected at most"),
    ("mb1ic1000000oc1000000ih1kh1", "its tensors take 4000.0 GB; expected at most"),
    ("mb1ic1oc1ih1kh1ph1000000", "its tensors take 16000.0 GB; expected at most"),
    ("mb1ic1oc1ih3000kh3+oc2147483647", "half of this machine's memory"),
    // What doesn't fit together.
    ("ic4oc4ih8oh9kh3ph0", "oh is 9, which doesn't fit: it takes 3 zeros after the input; expected at most 2"),
    ("ic4oc4ih8oh1kh1ph0", "oh is 1, which doesn't fit: 7 pixels at the end"),
    ("ic4oc4ih8oh8kh3ph1pb0", "oh is 8, but pb0 and ph1 don't give it"),
    ("ic4oc4iw8ow9kw3pw0", "ow is 9, which doesn't fit"), ("ic4oc4ih5kh3ph0pb-9", "the padded input has only -4"),
    ("ic4oc4ih5kh3dh2", "the filter spans 7 along the height, but the padded input has only 5"),
    // Other kinds of convolution, by name.
    ("mb1ic3id4ih4iw4oc3od4oh4ow4kd3kh3kw3pd1ph1pw1", "id belongs to a 3-D convolution; expected a 1-D or 2-D one"),
    ("ic3oc3ih5kh3dd0", "dd belongs to a 3-D convolution"), ("ic4oc4ih5kh3+dw4", "+dw is unknown; expected +oc"),
    // Other notations.
    ("IC4OC4IH5KH3", "IC is no size of a convolution; did you mean ic?"), ("ic=4oc=4", "ic has no number"),
    ("ic4,oc4,ih5,kh3", "',' starts no token"), (#"{"ic":4}"#, "'{' starts no token"), ("ic+4oc4", "ic has no number"),
    ("ic4.5oc4ih5kh3", "'.' starts no token"), ("ic1e3oc4ih5kh3", "e is no size"), ("ic0x10oc4ih5kh3", "x is no size"),
    ("64x56x56", "'6' starts no token"), ("ic4oc4ih5kh3+", "+ is unknown"), ("ic4oc4ih5kh3+oc", "+oc has no number"),
    ("ic4oc4ih5kh3*", "* has no number"), (#"ic4oc4ih5kh3n"a*99999999999999999999""#, "the name counts 9999"),
    // Letters that only look right, and those that no terminal shows.
    ("\u{456}c4oc4ih5kh3", "'\u{456}' starts no token"), ("ic\u{FF14}oc4ih5kh3", "ic has no number"),
    ("ic\u{664}oc4ih5kh3", "ic has no number"), ("ic4\u{301}oc4ih5kh3", "ic has no number"),
    ("\u{1F525}", "starts no token"), ("ic4\u{0}oc4ih5kh3", #"'\u{0}' starts no token"#),
    ("ic4\u{1B}[31moc4", #"'\u{1b}' starts no token"#), ("ic4\u{202E}oc4", #"\u{202e}"#),
    ("ic4\noc4ih5kh3", #"'\u{a}' starts no token"#), ("ic4oc4\r\nih5kh3", #"'\u{d}\u{a}' starts no token"#),
    // Long ones.
    (String(repeating: "x", count: 100_000), "(100000 characters) is no size"),
    ("ic" + String(repeating: "9", count: 100_000), "(100000 characters); expected at most 2147483647"),
    (String(repeating: "_", count: 100_000) + "q1", "column 100001: q is no size"),
    ("ic4oc4ih5kh3n\"" + String(repeating: "y", count: 100_000), "the name has no closing quotation mark"),
    ("ic4" + String(repeating: "\u{301}", count: 50_000), "ic has no number"),
  ]

  @Test("A problem that can't be is a usage error that names the value and what was expected")
  func fromTheCommandLine() throws {
    var command = try VerifyCommand.parse(["--kernel", "naive-nhwc"])
    for (text, part) in Self.strings where !text.isEmpty {
      // Parsed once: in a debug build that takes longer than all the rest.
      command.selection.problems = [text]
      expectBad(["--problem", text], parsed: command, status: 64, part)
    }
    expectBad(["verify", "--problem", ""], status: 64, Self.strings[0].part)
    #expect(Set(Self.strings.map(\.text)).count == Self.strings.count && Self.strings.count >= 60)
  }

  @Test("Lines of a file are refused by place, each by itself, and the rest is verified")
  func inAFile() throws {
    try withDirectory { directory in
      let path = directory + "/problems"
      let lines: [(text: String, part: String?)] = [
        ("mb1ic2oc2ih4kh3", nil), ("mb1ic2oc2ih4kh5", "2:13: the filter spans 5"), ("ic2", "3:4: oc is missing"),
        ("mb1ic2oc2ih4kh3kh3", "4:16: kh is given twice"), ("\u{0}\u{1}", #"5:1: '\u{0}' starts"#),
        ("mb1ic1oc1ih1000000kh1", "6:1: its tensors take 8000.0 GB"), ("  g3ic4oc4ih4kh1", "7:3: 3 groups"),
        ("--dir=FWD_B ic2oc2ih4kh3", "8:1: '-' starts no token"),
        (#"mb1ic2oc2ih4kh3n"open"#, "9:16: the name has no clos"),
        ("\u{FF49}c2", "10:1: "), ("mb1 ic2 oc2 ih4 kh3 sh0", "11:21: sh is 0"),
        (String(repeating: "z", count: 70_000), "12:1: "), ("# a comment", nil),
        ("mb1ic2oc2ih4kh3oh7", "14:16: oh is 7"),
      ]
      try Data(lines.map(\.text).joined(separator: "\n").utf8).write(to: URL(filePath: path))
      let (status, text) = carriedOut(["verify", "--kernel", "naive-nhwc", "--batch", path])
      #expect(status == 1 && text.contains("1 problems, 1 kernels: 1 passed"), "\(text.prefix(3000))")
      for (_, part) in lines {
        if let part { #expect(text.contains("error: \(path):\(part)"), "\(part): \(text.prefix(3000))") }
      }
      #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
      #expect(text.count < 5000)
    }
  }

  @Test("A file of problems that is none is named, with what it is")
  func files() throws {
    try withDirectory { directory in
      let path = directory + "/problems"
      let utf16 = try #require("mb1ic2oc2ih4kh3".data(using: .utf16))
      let cases: [(Data, Int32, String)] = [
        (Data(), 64, "\(path) holds no problem"), (Data("\n\n# nothing\n \t\n".utf8), 64, "\(path) holds no problem"),
        (utf16, 64, "can't read \(path): the text isn't UTF-8"),
        (Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0xFF]), 64, "can't read \(path): the text isn't UTF-8"),
        (Data("ic2\noc2\n".utf8), 1, "error: \(path):2:4: ic is missing"),
      ]
      for (contents, status, part) in cases {
        try contents.write(to: URL(filePath: path))
        expectBad(["verify", "--kernel", "naive-nhwc", "--batch", path], status: status, part)
      }
      expectBad(["verify", "--batch", directory], status: 64, "can't read \(directory): it's a directory")
      expectBad(["verify", "--batch", path + "/below"], status: 64, "can't read \(path)/below: ")
      expectBad(["verify", "--batch", directory + "/none"], status: 64, "can't read \(directory)/none: no such file")
    }
  }
}
