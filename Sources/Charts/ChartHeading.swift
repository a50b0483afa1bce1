/// What stands above a picture: a title, what to know to read it, and the series.
struct ChartHeading {
  let title: String
  let subtitle: String
  let legend: [(name: String, series: Int)]

  /// Draws it and gives the place below.
  func draw(on canvas: inout Canvas, width: Double) -> Double {
    var y = 4.0
    for line in TextFit.lines(title, width: width - 16, size: 16.8) {
      y += 18
      canvas.text(line, 8, y, "t")
    }
    for line in TextFit.lines(subtitle, width: width - 16, size: 12) {
      y += 16
      canvas.text(line, 8, y, "s")
    }
    if !legend.isEmpty {
      var x = 12.0
      y += 20
      for entry in legend {
        let name = TextFit.cut(entry.name, to: width - 40, size: 12)
        let room = TextFit.width(name, size: 12) + 24
        if x > 12 && x + room > width {
          x = 12
          y += 18
        }
        canvas.mark(x + 3, y - 4, series: entry.series)
        canvas.text(name, x + 12, y, "")
        x += room
      }
    }
    return y + 12
  }
}
