import Testing

@testable import Charts

@Suite("Scales")
struct ScaleTests {
  @Test(
    "Ends and ticks are round",
    arguments: [
      ([0.0, 97], 0.0, 100.0, ["0", "20", "40", "60", "80", "100"]),
      ([0.12, 0.31], 0.1, 0.35, ["0.10", "0.15", "0.20", "0.25", "0.30", "0.35"]),
      ([-3, 4], -4, 4, ["-4", "-2", "0", "2", "4"]),
    ])
  func linear(values: [Double], lower: Double, upper: Double, labels: [String]) {
    let scale = Scale(.linear, of: values, from: 0, to: 100)
    #expect(abs(scale.lower - lower) < 1e-9 && abs(scale.upper - upper) < 1e-9)
    #expect(scale.ticks.map(\.label) == labels)
  }

  @Test func logarithmic() {
    let scale = Scale(.logarithmic, of: [3, 700], from: 0, to: 90, tickCount: 10)
    #expect(scale.lower == 2 && scale.upper == 1000)
    #expect(scale.ticks.map(\.label) == ["2", "5", "10", "20", "50", "100", "200", "500", "1000"])
    let wide = Scale(.logarithmic, of: [1e-9, 1e6], from: 0, to: 90)
    #expect(wide.ticks.count >= 2 && wide.ticks.count <= 7)
    #expect(wide.ticks.first?.label == "10⁻⁹")
  }

  @Test("Whatever the numbers, an axis has ends, places within it and few labels")
  func anything() {
    let samples: [[Double]] = [
      [], [.nan], [.infinity, -.infinity], [0], [5], [-5], [0, 0], [1e-300, 1e300], [1e15, 1e15 + 1], [-1, 0],
      [.nan, 3, .infinity], [1e-12, 2e-12], [99.99, 100.01],
    ]
    for kind in [Scale.Kind.linear, .logarithmic] {
      for values in samples {
        for includesZero in [false, true] {
          let scale = Scale(kind, of: values, from: 10, to: 110, includesZero: includesZero)
          #expect(scale.lower < scale.upper, "\(values)")
          let ticks = scale.ticks
          #expect((2...9).contains(ticks.count), "\(kind) \(values): \(ticks)")
          #expect(Set(ticks.map(\.label)).count == ticks.count || values.contains(1e15), "\(values): \(ticks)")
          for value in values + ticks.map(\.value) + [.nan, .infinity, -.infinity, 0, -1] {
            #expect((10...110).contains(scale.position(value)), "\(kind) \(values): \(value)")
          }
        }
      }
    }
  }

  @Test func orderIsKept() {
    for kind in [Scale.Kind.linear, .logarithmic] {
      let scale = Scale(kind, of: [1, 50], from: 200, to: 20)
      let places = [1.0, 2, 10, 49, 50].map(scale.position)
      #expect(places == places.sorted(by: >))
    }
  }
}
