import Testing

@testable import Reports

@Suite("Numbers for readers")
struct NumberTextTests {
  @Test(arguments: [
    (361_500.0, "0.3615"), (3_615_000, "3.615"), (36_150_000, "36.15"), (361_500_000, "361.5"), (0, "0.0000"),
    (.nan, "nan"), (.infinity, "inf"),
  ])
  func milliseconds(nanoseconds: Double, text: String) {
    #expect(NumberText.milliseconds(nanoseconds) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1.000 k"), (416_520, "416.5 k"), (15_470_264_320, "15.47 G"),
    (138_357_544, "138.4 M"), (-1500, "-1.500 k"), (Int.max, "9223372.0 T"),
  ])
  func counts(count: Int, text: String) { #expect(NumberText.count(count) == text) }

  @Test(arguments: [
    (0.2, "0 s"), (59.4, "59 s"), (59.6, "1:00 min"), (65, "1:05 min"), (7380, "2:03 h"), (-3, "0 s"),
    (.infinity, "?"), (.nan, "?"),
  ])
  func durations(seconds: Double, text: String) { #expect(NumberText.duration(seconds: seconds) == text) }

  @Test func percents() { #expect(NumberText.percent(0.9731) == "97.3 %") }
}
