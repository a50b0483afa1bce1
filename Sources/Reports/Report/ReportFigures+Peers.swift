import Charts

/// Ours beside other libraries.
extension ReportFigures {
  /// Both pictures for each number of threads and state of the caches that peers were timed in.
  static func peers(_ machine: ReportData.Machine) -> [ReportFigure] {
    machine.peers.enumerated().flatMap { index, part in
      let suffix = index == 0 ? "" : "-\(fileName(part.conditions))"
      return [
        networks(part.comparison, part.conditions, name: "peers-networks" + suffix),
        layers(part.comparison, part.conditions, name: "peers-layers" + suffix),
      ].compactMap { $0 }
    }
  }

  /// The geometric mean of every library over every network; nil without any.
  private static func networks(_ comparison: PeerComparison, _ conditions: String, name: String) -> ReportFigure? {
    let means = comparison.means
    let networks = means.map(\.network).reduce(into: [String?]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    let colours = Dictionary(uniqueKeysWithValues: networks.enumerated().map { ($1, $0) })
    // A library that covers a part of a network isn't comparable with the others on it: it's drawn faint. Layers that nobody
    // else has (ours of two convolutions in one) don't count.
    let most = Dictionary(means.map { ($0.network, $0.layers) }, uniquingKeysWith: max)
    var rows: [(peer: String?, dots: [DotChart.Dot], mean: Double)] = []
    for peer in [nil] + comparison.libraries.map(Optional.some) {
      let own = means.filter { $0.peer == peer }
      guard let mean = own.map(\.ratio).geometricMean else { continue }
      let dots = own.map { mean in
        DotChart.Dot(
          mean.ratio, colour: colours[mean.network] ?? 0,
          tooltip:
            "\(peer ?? virtualBest), \(mean.network ?? "problems"): \(NumberText.fixed(mean.ratio, decimals: 2)) × "
            + "our time (\(mean.layers) of \(most[mean.network] ?? 0) layers)",
          isFaint: mean.layers < most[mean.network] ?? 0)
      }
      rows.append((peer, dots, mean))
    }
    if rows.isEmpty { return nil }
    rows.sort { ($0.peer == nil ? 0 : $0.mean, $0.peer ?? "") < ($1.peer == nil ? 0 : $1.mean, $1.peer ?? "") }
    let chart = DotChart(
      title: "Other libraries, network by network, \(conditions)",
      subtitle:
        "A library's time by that of our fastest kernel, the geometric mean over a network's layers, each as often as the "
        + "network runs it. Right of the broken line ours is faster. The virtual best takes the fastest library of each "
        + "layer. Faint: the library doesn't compute all layers.",
      axis: .init("time ÷ ours", .logarithmic),
      rows: rows.map { DotChart.Row($0.peer ?? virtualBest, dots: $0.dots) },
      legend: networks.enumerated().map { ($1 ?? "problems", $0) }, mark: 1)
    return ReportFigure(name: name) { chart.svg(width: $0, isStandalone: $1) }
  }

  /// Every library on every layer; nil where ours and theirs are nowhere together.
  private static func layers(_ comparison: PeerComparison, _ conditions: String, name: String) -> ReportFigure? {
    let rows = comparison.layersBesideWorkers.compactMap { layer -> DotChart.Row? in
      guard let ours = layer.ours?.shownNanoseconds, let best = layer.best, let estimate = layer.estimate else {
        return nil
      }
      var dots = layer.peers.filter { $0.kernel != best.kernel }.compactMap { record in
        record.shownNanoseconds.map { time in
          DotChart.Dot(
            time / ours, colour: 7,
            tooltip: "\(PeerComparison.name(record.kernel)): \(NumberText.fixed(time / ours, decimals: 2))",
            isFaint: true)
        }
      }
      dots.append(
        .init(
          estimate.ratio, colour: colour(layer.outcome),
          tooltip: "\(PeerComparison.name(best.kernel)) against \(layer.ours?.kernel ?? ""): "
            + "\(NumberText.fixed(estimate.ratio, decimals: 3)), \(layer.outcome.rawValue)",
          interval: estimate.interval))
      return DotChart.Row(layer.group.title, dots: dots)
    }
    if rows.isEmpty { return nil }
    let chart = DotChart(
      title: "Other libraries, layer by layer, \(conditions)",
      subtitle:
        "A library's time by that of our fastest kernel; right of the broken line ours is faster. In colour the fastest "
        + "library of the layer with the 95 % interval of the ratio, faint the others.",
      axis: .init("time ÷ ours", .logarithmic), rows: rows,
      legend: [
        ("ours is faster", colour(.faster)), ("a tie, or too few rounds", colour(.tie)),
        ("the library is faster", colour(.slower)),
      ], mark: 1)
    return ReportFigure(name: name) { chart.svg(width: $0, isStandalone: $1) }
  }

  private static let virtualBest = "virtual best"

  private static func colour(_ outcome: PeerComparison.Outcome) -> Int {
    switch outcome {
    case .faster: 2
    case .slower: 1
    default: 0
    }
  }
}
