import Harness
import Testing

@Suite("Globs select names")
struct SelectionGlobTests {
  @Test(arguments: [
    ("direct-nhwc-avx512", "direct-nhwc-avx512", true), ("direct-*", "direct-nhwc-avx512", true),
    ("*-nchw*", "direct-nhwc-avx512", false), ("*avx512", "direct-nhwc-avx512", true), ("direct", "direct-nhwc", false),
    ("*", "", true), ("", "", true), ("", "a", false), ("?", "", false), ("conv?_1", "conv3_1", true),
    ("conv?_1", "conv13_1", false), ("conv[1-3]_*", "conv2_1", true), ("conv[1-3]_*", "conv4_1", false),
    ("conv[!1-3]_*", "conv4_1", true), ("conv[^1-3]_*", "conv2_1", false), ("a[", "a[", true), ("a[b", "ab", false),
    ("[]]", "]", true), ("[a-]", "-", true), ("[z-a]", "m", true), ("\\*", "*", true), ("\\*", "a", false),
    ("\\", "\\", true),
    ("*a*b*c*", "xxaxxbxxcxx", true), ("*a*b*c", "abcabd", false), ("**x**", "x", true), ("Direct*", "direct", false),
    ("é*", "éa", true),
  ])
  func matching(pattern: String, name: String, matches: Bool) {
    #expect(Glob(pattern).matches(name) == matches, "\(pattern) against \(name)")
  }

  @Test("A pattern of many runs on a long name is decided at once")
  func manyRuns() {
    let pattern = Glob(String(repeating: "a*", count: 40) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 2000)))
  }

  @Test func plainNamesAreNoPatterns() {
    #expect(!Glob("im2col-own-nchw").isPattern)
    #expect(Glob("im2col-*").isPattern)
    #expect(Glob("im2col-?").isPattern)
    #expect(Glob("[ab]").isPattern)
    #expect(!Glob("\\*").isPattern)
  }
}
