import Foundation
import Testing

@testable import Charts

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads XML and keeps what a test asks for.
final class MarkupReader: NSObject, XMLParserDelegate {
  private(set) var elements: [String: Int] = [:]
  private(set) var texts: [String] = []
  private(set) var attributes: [[String: String]] = []
  private var current = ""

  /// Nil where the text isn't well-formed.
  static func read(_ text: String) -> MarkupReader? {
    let reader = MarkupReader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    return parser.parse() ? reader : nil
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements[name, default: 0] += 1
    self.attributes.append(attributes)
    current = ""
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { current += string }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    if name == "text" || name == "title" { texts.append(current) }
    current = ""
  }
}

@Suite("Charts")
struct ChartTests {
  private static let nasty = "<b a=\"1\">&'\u{1}\u{FFFE} 畳み込み \n</text>"

  private func pictures(_ name: String, _ values: [Double]) -> [(Double, Bool) -> String] {
    let interval = 0.5...2.0
    let points = values.map {
      PointChart.Point(x: $0, y: $0, interval: interval, tooltip: name, label: name, isFaint: $0 > 2)
    }
    return [
      {
        PointChart(
          title: name, subtitle: name, x: .init(name, .logarithmic), y: .init(name),
          series: [.init(name, colour: 0, points: points), .init(name, colour: 9, points: points, isJoined: true)],
          references: [
            .init([(0, 1), (5, 9)], label: name, isDashed: true), .init([], label: name),
            .init([(1, 1), (5, 9)], label: name, isLabelledBefore: true),
          ]
        ).svg(width: $0, isStandalone: $1)
      },
      {
        PointChart(
          title: name, x: .init(name, names: values.map { _ in name }), y: .init(name, .logarithmic),
          series: [.init("", colour: 1, points: points)]
        ).svg(width: $0, isStandalone: $1)
      },
      {
        BarChart(
          title: name, subtitle: name, axisTitle: name,
          bars: values.map { .init(name, value: $0, interval: interval, text: name, colour: 2, tooltip: name) },
          marks: values.map { ($0, name) }
        ).svg(width: $0, isStandalone: $1)
      },
      {
        DotChart(
          title: name, axis: .init(name), rows: values.map { .init(name, dots: [.init($0, colour: 3, tooltip: name)]) },
          legend: [(name, 0)], isSpread: true
        ).svg(width: $0, isStandalone: $1)
      },
      {
        DotChart(
          title: name, axis: .init(name, .logarithmic, holds: values),
          rows: values.map {
            .init(name, dots: [.init($0, colour: 3, tooltip: name, isFaint: $0 > 1, interval: interval)])
          },
          mark: 1
        ).svg(width: $0, isStandalone: $1)
      },
      {
        HeatMap(
          title: name, columns: values.map { _ in name },
          rows: values.map { one in (name, values.map { $0 > 1 ? HeatMap.Cell(one, tooltip: name) : nil }) }
        ).svg(width: $0, isStandalone: $1)
      },
    ]
  }

  @Test("Every picture is well-formed, whatever it's given, and has no number that isn't one")
  func wellFormed() throws {
    let samples: [[Double]] = [
      [], [1], [1, 2, 3, 1000], [.nan, .infinity, -.infinity, -1, 0, 1e300], [0, 0],
    ]
    for name in ["conv1", "", Self.nasty, String(repeating: "a long name ", count: 30)] {
      for values in samples {
        for (index, picture) in pictures(name, values).enumerated() {
          for (width, isStandalone) in [(920.0, true), (350, false), (0, false)] {
            let svg = picture(width, isStandalone)
            let reader = MarkupReader.read(svg)
            #expect(reader != nil, "picture \(index) of \(values), \(name)")
            let numbers = (reader?.attributes ?? []).flatMap { attributes in
              ["x", "y", "x1", "x2", "y1", "y2", "r", "cx", "cy", "width", "height"].compactMap { attributes[$0] }
            }
            #expect(numbers.allSatisfy { $0 == "100%" || Double($0)?.isFinite == true })
            #expect(!svg.contains("nan") && !svg.contains("inf"), "picture \(index) of \(values)")
            #expect((reader?.elements["style"] ?? 0) == (isStandalone ? 1 : 0))
          }
        }
      }
    }
  }

  @Test func textMeansItself() throws {
    let reader = try #require(MarkupReader.read(pictures(Self.nasty, [1, 3])[0](900, true)))
    #expect(reader.texts.contains("<b a=\"1\">&'\u{FFFD}\u{FFFD} 畳み込み  </text>"))
    #expect(reader.elements["b"] == nil)
    #expect(Markup.escaped("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;")
  }

  @Test("Bars start at zero and are as long as their values")
  func bars() throws {
    let chart = BarChart(
      title: "t", axisTitle: "a",
      bars: [10.0, 5, 0].map { .init("k", value: $0, text: "x", colour: 0, tooltip: "tip") })
    let reader = try #require(MarkupReader.read(chart.svg(width: 600)))
    let widths = reader.attributes.filter { $0["class"] == "bar c0" }.compactMap { Double($0["width"] ?? "") }
    try #require(widths.count == 3)
    #expect(abs(widths[0] - 2 * widths[1]) < 0.3 && widths[2] == 0 && widths[0] > 200)
  }

  @Test("Names never lie on each other, and stay inside")
  func labels() {
    var placer = LabelPlacer(frame: Rectangle(left: 0, top: 0, right: 300, bottom: 200))
    placer.occupy(from: (0, 100), to: (300, 100))
    var boxes = [Rectangle(left: 0, top: 99, right: 300, bottom: 101)]
    var refused = 0
    for index in 0..<200 {
      let point = (x: Double(index * 37 % 300), y: Double(index * 53 % 200))
      guard let spot = placer.place("kernel-\(index)", at: point, distance: 5) else {
        refused += 1
        continue
      }
      let width = TextFit.width("kernel-\(index)", size: 12)
      let box = Rectangle(left: spot.x, top: spot.y - 10, right: spot.x + width, bottom: spot.y + 2)
      #expect(!boxes.contains { $0.intersects(box) })
      #expect(box.left >= 0 && box.right <= 300 && box.top >= 0 && box.bottom <= 200)
      boxes.append(box)
    }
    #expect(boxes.count > 10 && refused > 100)
  }

  @Test func textIsCutToItsRoom() {
    let text = "winograd-f4x3-nhwc-avx512"
    for width in [0.0, 10, 60, 120, 1000] {
      for cut in [TextFit.cut(text, to: width, size: 12), TextFit.cutInside(text, to: width, size: 12)] {
        #expect(cut == "…" || TextFit.width(cut, size: 12) <= width)
        #expect((cut == text) == (width == 1000))
      }
    }
    #expect(TextFit.cutInside(text, to: 120, size: 12).hasPrefix("wino"))
    #expect(TextFit.cutInside(text, to: 120, size: 12).hasSuffix("avx512"))
  }

  @Test(
    "Shares above the whole have a hue of their own",
    arguments: [
      (0.0, "u0"), (0.5, "u5"), (1, "u10"), (1.01, "o0"), (2, "o5"), (9, "o10"), (-1, "u0"),
    ])
  func heat(share: Double, style: String) { #expect(HeatMap.style(share) == style) }
}
