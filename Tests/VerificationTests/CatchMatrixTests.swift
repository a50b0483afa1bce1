import ConvolutionModel
import Foundation
import Testing
import Verification

/// The documentation's table of planted bugs and the checks that find them.
struct CatchMatrixTests {
  @Test func theTableIsWhatIsSeen() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appending(path: "Sources/Verification/Verification.docc/HowAKernelIsVerified.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let table = try #require(
      text.split(separator: "<!-- matrix -->\n").last?.split(separator: "<!-- /matrix -->").first)
    let seen = try Self.table()
    #expect(table == seen, "expected the table\n\(seen)")
  }

  private static func table() throws -> String {
    var lines = ["| bug | found by |", "| :--- | :--- |"]
    for bug in Bug.allCases where bug != .none {
      let meant = try #require(PlantedBugTests.checks[bug])
      let caught = try PlantedBugTests.failures(of: bug, layout: .nhwc).map(\.check)
      let others = bug.isByChance ? [] : VerificationCheck.allCases.filter { $0 != meant && caught.contains($0) }
      let found = caught.contains(meant) ? ["**\(meant)**"] : []
      lines.append("| \(bug.words) | \((found + others.map(\.description)).joined(separator: ", ")) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Bug {
  /// The name in words: "dropped last channel".
  fileprivate var words: String {
    if rawValue.hasSuffix("NaN") { return rawValue.dropLast(3) + " NaN" }
    return rawValue.reduce(into: "") { words, letter in
      words += letter.isUppercase ? " " + letter.lowercased() : String(letter)
    }
  }

  /// Whether what else finds it hangs on garbage in memory or on the order of threads.
  fileprivate var isByChance: Bool { [.readsWorkspace, .sharesScratch, .lastBitChanges].contains(self) }
}
