import Charts
import Measurement

/// The pictures of one layer.
extension ReportFigures {
  /// Every kernel's rate with its interval.
  static func bars(_ layer: ReportData.Layer, isOptimised: Bool) -> ReportFigure? {
    let ranked = layer.ranked.filter { $0.gflops != nil }
    if ranked.isEmpty { return nil }
    let bars = ranked.map { entry in
      BarChart.Bar(
        name(entry), value: entry.gflops!, interval: entry.gflopsInterval,
        text: NumberText.milliseconds(entry.nanoseconds!) + " ms", colour: entry.colour, tooltip: entry.layerTooltip)
    }
    let peak = Statistics.median(ranked.flatMap(\.record.probeGflops)).map { $0 * Double(layer.group.threads) }
    let short = ranked[0].operation.map(OperationText.short) ?? layer.group.problem
    let chart = BarChart(
      title: layer.title, subtitle: short == layer.group.layer ? "" : short,
      axisTitle: "effective GFLOP/s, median and 95 % interval", bars: bars,
      marks: isOptimised ? peak.map { [($0, "peak \(Int($0.rounded()))")] } ?? [] : [])
    return ReportFigure(name: "layers/\(fileName(layer.title))") { chart.svg(width: $0, isStandalone: $1) }
  }

  /// Time against error with the front.
  static func layerAccuracy(_ layer: ReportData.Layer) -> ReportFigure? {
    let entries = layer.ranked.filter { ($0.error ?? 0) > 0 }
    if entries.count < 2 { return nil }
    let places = entries.map { (x: $0.nanoseconds! / 1e6, y: $0.error!) }
    let front = ParetoFront(places)
    var points: [String: [PointChart.Point]] = [:]
    for (index, entry) in entries.enumerated() {
      points[entry.family, default: []].append(
        .init(
          x: places[index].x, y: places[index].y, tooltip: entry.layerTooltip + ", largest error \(places[index].y)",
          label: name(entry), isFaint: !front.members.contains(index)))
    }
    let chart = PointChart(
      title: "Speed against accuracy: " + layer.title,
      subtitle: "On the line is what no other kernel beats in both.", x: .init("median time, ms", .logarithmic),
      y: .init("largest error on zero-mean data", .logarithmic), series: series(points),
      references: [.init(front.steps, label: "", isDashed: true)])
    return ReportFigure(name: "accuracy/\(fileName(layer.title))") { chart.svg(width: $0, isStandalone: $1) }
  }

  /// Every sample, relative to its kernel's median.
  static func samples(_ layer: ReportData.Layer) -> ReportFigure? {
    let ranked = layer.ranked.filter { $0.record.samplesNanoseconds.count > 1 }
    if ranked.isEmpty { return nil }
    let rows = ranked.map { entry in
      DotChart.Row(
        name(entry),
        dots: entry.record.samplesNanoseconds.map {
          .init($0 / entry.nanoseconds!, colour: entry.colour)
        })
    }
    let dropped = ranked.reduce(0) { $0 + $1.record.droppedSamples }
    let chart = DotChart(
      title: "Every sample: " + layer.title,
      subtitle: dropped == 0
        ? "None were dropped." : "\(dropped) more were dropped, because the probes around them disagreed.",
      axis: .init("time ÷ the kernel's median", .logarithmic), rows: rows, isSpread: true)
    return ReportFigure(name: "samples/\(fileName(layer.title))") { chart.svg(width: $0, isStandalone: $1) }
  }

  /// The kernel's id, a peer's without the word that all of them have.
  static func name(_ entry: ReportEntry) -> String {
    PeerComparison.name(entry.record.kernel) + (entry.isPeer ? " (peer)" : "")
  }

  /// A title as a file's name: letters, digits and hyphens.
  static func fileName(_ title: String) -> String {
    var name = ""
    for character in title.lowercased() {
      if character.isASCII && (character.isLetter || character.isNumber || character == "_") {
        name.append(character)
      } else if name.last != "-" && !name.isEmpty {
        name.append("-")
      }
    }
    while name.last == "-" { name.removeLast() }
    return name.isEmpty ? "layer" : String(name.prefix(100))
  }
}
