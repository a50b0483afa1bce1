import Charts
import Foundation
import Measurement

/// The pictures of all layers of one machine.
enum ReportFigures {
  /// Every layer and kernel under the measured ceilings; nil without anything to draw.
  static func roofline(_ machine: ReportData.Machine) -> ReportFigure? {
    let entries = machine.mainLayers.flatMap(\.entries).filter { $0.gflops != nil && $0.intensity != nil }
    if entries.isEmpty { return nil }
    let intensities = entries.compactMap(\.intensity)
    let low = intensities.min() ?? 1
    let high = intensities.max() ?? 1
    var references: [PointChart.Reference] = []
    // Left of all points, for the names of the memory's ceilings.
    var room: [Double] = []
    var notes = ["Points above the line do fewer multiplications than are counted."]
    if machine.identity.buildConfiguration == .debug {
      notes = ["A debug build: its probes fall short of the peak, so there is no ceiling."]
    } else {
      for threads in Set(entries.map(\.record.threads)).sorted() {
        let probes = entries.filter { $0.record.threads == threads }.flatMap(\.record.probeGflops)
          .filter { $0.isFinite && $0 > 0 }.sorted()
        guard let median = Statistics.median(probes) else { continue }
        let peak = median * Double(threads)
        let label = "multiply-add peak\(threads > 1 ? ", \(threads) threads" : ""): \(Int(peak.rounded())) GFLOP/s"
        references.append(.init([(low / 1.15, peak), (high * 1.15, peak)], label: label))
        if threads == 1 {
          let ends = (probes[probes.count / 20], probes[probes.count - 1 - probes.count / 20])
          notes.append(
            "The ceiling is the median of \(probes.count) probes; nine in ten lay between \(Int(ends.0)) and "
              + "\(Int(ends.1)) GFLOP/s.")
        }
        for level in machine.ceilings?.levels ?? [] where threads == 1 {
          let bandwidth = level.gigabytesPerSecond
          let ridge = min(peak / bandwidth, high * 1.15)
          let start = low / 1.15
          guard ridge > start else { continue }
          references.append(
            .init(
              [(start, start * bandwidth), (ridge, ridge * bandwidth)],
              label: "\(level.level) \(Int(bandwidth.rounded())) GB/s", isDashed: true, isLabelledBefore: true))
          room = [low / pow(high / low, 0.25)]
        }
      }
    }
    if machine.ceilings == nil { notes.append("No bandwidths were recorded: ceilings of memory aren't drawn.") }
    // The fastest kernel of each layer is named where there's room.
    var bestNames: [String: String] = [:]
    for layer in machine.mainLayers { if let best = layer.ranked.first { bestNames[layer.title] = best.record.kernel } }
    let title = title(machine, "Roofline: how near each kernel comes to the machine's ceilings")
    var points: [String: [PointChart.Point]] = [:]
    for layer in machine.mainLayers {
      for entry in layer.entries {
        guard let gflops = entry.gflops, let intensity = entry.intensity else { continue }
        let isBest = bestNames[layer.title] == entry.record.kernel
        points[entry.family, default: []].append(
          .init(x: intensity, y: gflops, tooltip: entry.tooltip, label: isBest ? layer.title : nil, isFaint: !isBest))
      }
    }
    let chart = PointChart(
      title: title,
      subtitle:
        "Solid: the fastest kernel of a layer; faint: the others. Bytes are those of input, weights and output, each once. "
        + notes.joined(separator: " "),
      x: .init("arithmetic intensity, FLOP/byte", .logarithmic, holds: room),
      y: .init("effective GFLOP/s", .logarithmic), series: series(points), references: references)
    return ReportFigure(name: "roofline") { chart.svg(width: $0, isStandalone: $1) }
  }

  /// Kernels by layers, the share of the peak as colour; nil without any share.
  static func heatMap(_ machine: ReportData.Machine) -> ReportFigure? {
    let timed = machine.mainLayers.flatMap(\.entries).filter { $0.share != nil }
    if timed.isEmpty { return nil }
    let kernels = Dictionary(grouping: timed, by: \.record.kernel)
    let columns = kernels.keys.sorted {
      (kernels[$0]![0].isPeer ? 1 : 0, $0) < (kernels[$1]![0].isPeer ? 1 : 0, $1)
    }
    let rows = machine.mainLayers.compactMap { layer -> (label: String, cells: [HeatMap.Cell?])? in
      let entries = Dictionary(layer.entries.map { ($0.record.kernel, $0) }, uniquingKeysWith: { $1 })
      let cells = columns.map { column in
        entries[column].flatMap { entry in entry.share.map { HeatMap.Cell($0, tooltip: entry.tooltip) } }
      }
      return cells.contains { $0 != nil } ? (layer.title, cells) : nil
    }
    let chart = HeatMap(
      title: title(machine, "Share of the multiply-add peak, kernel by layer"),
      subtitle:
        "Percent of the peak probed beside each sample. Above 100 only kernels that multiply less than the direct "
        + "sum. A dot: not supported, not run, or not verified.",
      columns: columns.map(PeerComparison.name), rows: rows)
    return ReportFigure(name: "heat-map") { chart.svg(width: $0, isStandalone: $1) }
  }

  /// Time against error, a point a kernel, and the front of those that no other beats in both.
  ///
  /// Means over different layers can't be compared, so the layers are those that many kernels have in common: the choice
  /// with the most pairs of kernel and layer, among those with a kernel of Winograd's where there is one, since rounding is
  /// what it pays with.
  static func accuracy(_ machine: ReportData.Machine) -> ReportFigure? {
    var measured: [String: [Int: ReportEntry]] = [:]
    for (index, layer) in machine.mainLayers.enumerated() {
      for entry in layer.ranked where (entry.error ?? 0) > 0 {
        measured[entry.record.kernel, default: [:]][index] = entry
      }
    }
    func winograds(_ kernels: [String]) -> Int { kernels.contains { $0.hasPrefix("winograd") } ? 1 : 0 }
    var common: (kernels: [String], layers: Set<Int>) = ([], [])
    for layers in Set(measured.values.map { Set($0.keys) }) {
      let kernels = measured.filter { layers.isSubset(of: $0.value.keys) }.keys.sorted()
      if kernels.count < 2 { continue }
      let pairs = (winograds(kernels), kernels.count * layers.count, kernels.count)
      let known = (winograds(common.kernels), common.kernels.count * common.layers.count, common.kernels.count)
      let isBetter = pairs > known
      let isSame = pairs == known
      // Of equally good choices always the same.
      if isBetter || (isSame && layers.sorted().lexicographicallyPrecedes(common.layers.sorted())) {
        common = (kernels, layers)
      }
    }
    if common.kernels.count < 2 { return nil }
    var times: [String: [Double]] = [:]
    var errors: [String: [Double]] = [:]
    for index in common.layers.sorted() {
      let entries = common.kernels.compactMap { measured[$0]?[index] }
      guard let fastest = entries.compactMap(\.nanoseconds).min(), let finest = entries.compactMap(\.error).min()
      else { continue }
      for entry in entries {
        times[entry.record.kernel, default: []].append(entry.nanoseconds! / fastest)
        errors[entry.record.kernel, default: []].append(entry.error! / finest)
      }
    }
    let means = common.kernels.compactMap { kernel -> (kernel: String, x: Double, y: Double)? in
      guard let x = times[kernel]?.geometricMean, let y = errors[kernel]?.geometricMean else { return nil }
      return (kernel, x, y)
    }
    let front = ParetoFront(means.map { ($0.x, $0.y) })
    var points: [String: [PointChart.Point]] = [:]
    for (index, mean) in means.enumerated() {
      let family = measured[mean.kernel]?.values.first?.family ?? ""
      points[family, default: []].append(
        .init(
          x: mean.x, y: mean.y,
          tooltip: "\(mean.kernel): \(NumberText.fixed(mean.x, decimals: 2)) × "
            + "the fastest time, \(NumberText.fixed(mean.y, decimals: 2)) × the least error",
          label: PeerComparison.name(mean.kernel), isFaint: !front.members.contains(index)))
    }
    let chart = PointChart(
      title: title(machine, "Speed against accuracy"),
      subtitle: "Geometric means over the \(common.layers.count) layer\(common.layers.count == 1 ? "" : "s") that "
        + "these \(means.count) kernels have in common; other kernels are drawn layer by layer below. Left is faster, low "
        + "is more accurate; on the broken line is what no other kernel beats in both.",
      x: .init("time ÷ the fastest kernel's", .logarithmic),
      y: .init("largest error ÷ the most accurate kernel's", .logarithmic), series: series(points),
      references: [.init(front.steps, label: "", isDashed: true)])
    return ReportFigure(name: "speed-accuracy") { chart.svg(width: $0, isStandalone: $1) }
  }

  /// Series by family, in the order of their colours.
  static func series(_ points: [String: [PointChart.Point]]) -> [PointChart.Series] {
    points.map { PointChart.Series($0.key, colour: ReportEntry.colour($0.key), points: $0.value) }
      .sorted { ($0.colour, $0.name) < ($1.colour, $1.name) }
  }

  /// A title that names the conditions once, where all layers share them.
  static func title(_ machine: ReportData.Machine, _ text: String) -> String {
    let threads = Set(machine.mainLayers.map(\.group.threads))
    guard threads.count == 1, let count = threads.first else { return text }
    return text + " (\(count) thread\(count == 1 ? "" : "s"))"
  }
}
