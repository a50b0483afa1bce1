import Testing

@testable import Reports

@Suite("Progress")
struct ProgressTextTests {
  @Test func barAndForecast() {
    var progress = ProgressText(total: 40)
    progress.begin(index: 0, label: "naive-nhwc on vgg16 conv1_1", seconds: 1)
    #expect(progress.secondsLeft(at: 1) == nil)
    #expect(progress.line(at: 1, width: 80) == "[....................] 0/40 naive-nhwc on vgg16 conv1_1")
    progress.begin(index: 10, label: "direct-nhwc", seconds: 6)
    #expect(progress.secondsLeft(at: 6) == 15)
    #expect(progress.line(at: 6, width: 80) == "[#####...............] 10/40 15 s left direct-nhwc")
    #expect(progress.line(at: 6, width: nil) == "10/40  direct-nhwc  15 s left")
  }

  @Test("A line never reaches the terminal's last column, so that it never wraps", arguments: [1, 10, 30, 200])
  func width(_ width: Int) {
    var progress = ProgressText(total: 3)
    progress.begin(index: 1, label: String(repeating: "x", count: 300), seconds: 0)
    #expect(progress.line(at: 0, width: width).count <= max(1, width - 1))
  }

  @Test func nothingToDo() {
    #expect(ProgressText(total: 0).line(at: 0, width: 40) == "[####################] 0/0 ")
    #expect(ProgressText(total: -1).total == 0)
  }

  @Test func indicesBeyondTheTotalAreClamped() {
    var progress = ProgressText(total: 2)
    progress.begin(index: 7, label: "a\u{1B}[2J", seconds: 0)
    #expect(progress.line(at: 0, width: nil) == "2/2  a\\u{1b}[2J")
  }
}
