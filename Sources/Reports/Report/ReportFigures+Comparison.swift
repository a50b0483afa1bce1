import Charts

/// Commits and machines side by side.
extension ReportFigures {
  /// How speed changed from commit to commit; nil with fewer than two commits that share something.
  ///
  /// Each step compares what both commits measured, so that kernels that came later don't bend the line; where both know
  /// their shares of the peak, those are compared, since they don't follow the processor's clock.
  static func history(_ machine: ReportData.Machine) -> ReportFigure? {
    if machine.commits.count < 2 { return nil }
    struct Key: Hashable {
      let group: ReportEntry.Group
      let kernel: String
    }
    let all = "fastest of each layer"
    var speeds: [[String: [Key: ReportEntry]]] = machine.commits.map { _ in [:] }
    for (index, commit) in machine.commits.enumerated() {
      let timed = machine.entries.filter { $0.record.commit == commit && $0.nanoseconds != nil }
      for entry in timed {
        speeds[index][entry.family, default: [:]][Key(group: entry.group, kernel: entry.record.kernel)] = entry
      }
      for layer in ReportData.layers(timed) {
        if let best = layer.ranked.first(where: { !$0.isPeer }) {
          speeds[index][all, default: [:]][Key(group: layer.group, kernel: "")] = best
        }
      }
    }
    var series: [PointChart.Series] = []
    for family in Set(speeds.flatMap(\.keys)).sorted(by: { ($0 == all ? 0 : 1, $0) < ($1 == all ? 0 : 1, $1) }) {
      var points: [PointChart.Point] = []
      var speed = 1.0
      var known: [Key: ReportEntry]?
      for (index, commit) in machine.commits.enumerated() {
        guard let entries = speeds[index][family] else { continue }
        let ratios = (known ?? [:]).compactMap { key, before in
          entries[key].map { after in
            if let new = after.share, let old = before.share, old > 0, new > 0 { return new / old }
            return before.nanoseconds! / after.nanoseconds!
          }
        }
        if known != nil {
          guard let step = ratios.geometricMean else { continue }
          speed *= step
        }
        known = entries
        points.append(
          .init(
            x: Double(index), y: speed,
            tooltip: "\(family), \(commit): \(NumberText.fixed(speed, decimals: 3)) × (\(ratios.count) in common)"))
      }
      if points.count > 1 {
        // No family has this colour.
        let colour = family == all ? 5 : ReportEntry.colour(family)
        series.append(.init(family, colour: colour, points: points, isJoined: true))
      }
    }
    if series.isEmpty { return nil }
    let chart = PointChart(
      title: "Speed over commits",
      subtitle:
        "Each commit against the one before it, on the layers and kernels that both measured: geometric mean of "
        + "shares of peak (of times where a share is missing).",
      x: .init("commit, oldest first", names: machine.commits.map { String($0.prefix(8)) }),
      y: .init("speed, relative to the first commit"), series: series,
      references: [.init([(0, 1), (Double(machine.commits.count - 1), 1)], label: "", isDashed: true)])
    return ReportFigure(name: "history") { chart.svg(width: $0, isStandalone: $1) }
  }

  /// The fastest kernel of each layer on every machine; nil with fewer than two machines.
  static func machines(_ machines: [ReportData.Machine]) -> ReportFigure? {
    if machines.count < 2 { return nil }
    var order: [ReportEntry.Group] = []
    var titles: [ReportEntry.Group: String] = [:]
    var dots: [ReportEntry.Group: [DotChart.Dot]] = [:]
    for (index, machine) in machines.enumerated() {
      for layer in machine.layers {
        guard let best = layer.ranked.first(where: { $0.gflops != nil }) else { continue }
        if titles.updateValue(layer.title, forKey: layer.group) == nil { order.append(layer.group) }
        dots[layer.group, default: []].append(
          .init(best.gflops!, colour: index, tooltip: "\(machine.name): \(best.tooltip)"))
      }
    }
    if order.isEmpty { return nil }
    let chart = DotChart(
      title: "Machines: the fastest kernel of each layer",
      subtitle: "Each machine's newest commit. Layers without a mark of a machine weren't measured there.",
      axis: .init("effective GFLOP/s", .logarithmic),
      rows: order.map { DotChart.Row(titles[$0] ?? "", dots: dots[$0] ?? []) },
      legend: machines.enumerated().map { ($1.name, $0) })
    return ReportFigure(name: "machines") { chart.svg(width: $0, isStandalone: $1) }
  }
}
