import Charts
import ConvolutionModel

/// How the rate changes with threads, batch and image; each only where records vary in it.
extension ReportFigures {
  /// All three.
  static func scaling(_ machine: ReportData.Machine) -> [ReportFigure] {
    let entries = machine.layers.flatMap(\.entries).filter { $0.nanoseconds != nil && $0.operation != nil }
    return [threads(entries), batch(entries), size(entries)].compactMap { $0 }
  }

  private struct Curve: Hashable {
    let kernel: String
    let problem: String
    let epilogue: String
    let cacheState: String
    let threads: Int
    /// Layers of one shape in several networks are measured each for itself.
    let layer: String
  }

  private static func threads(_ entries: [ReportEntry]) -> ReportFigure? {
    relative(
      entries, name: "scaling-threads", title: "Scaling with threads",
      subtitle: "Geometric mean over the layers measured with both counts. On the broken line nothing is lost.",
      xTitle: "threads", yTitle: "speed, relative to the fewest threads", idealIsProportional: true,
      curve: {
        Curve(
          kernel: $0.record.kernel, problem: $0.record.problem, epilogue: $0.record.epilogue,
          cacheState: $0.record.cacheState, threads: 0, layer: "\($0.record.network ?? "") \($0.record.layer)")
      }, x: { $0.record.threads }, speed: { 1 / $0.nanoseconds! })
  }

  private static func batch(_ entries: [ReportEntry]) -> ReportFigure? {
    relative(
      entries, name: "scaling-batch", title: "Scaling with the batch",
      subtitle:
        "Images a second, geometric mean over the layers measured with both batches. On the broken line a batch "
        + "neither helps nor hurts.",
      xTitle: "images in a batch", yTitle: "images a second, relative to the smallest batch",
      idealIsProportional: false,
      curve: {
        Curve(
          kernel: $0.record.kernel, problem: without($0, batch: true), epilogue: $0.record.epilogue,
          cacheState: $0.record.cacheState, threads: $0.record.threads, layer: "")
      }, x: { $0.operation!.problem.batch }, speed: { Double($0.operation!.problem.batch) / $0.nanoseconds! })
  }

  private static func size(_ entries: [ReportEntry]) -> ReportFigure? {
    var curves: [Curve: [Int: ReportEntry]] = [:]
    for entry in entries where entry.gflops != nil {
      let curve = Curve(
        kernel: entry.record.kernel, problem: without(entry, batch: false), epilogue: entry.record.epilogue,
        cacheState: entry.record.cacheState, threads: entry.record.threads, layer: "")
      curves[curve, default: [:]][entry.operation!.problem.outputHeight * entry.operation!.problem.outputWidth] = entry
    }
    // Of each shape the kernel with the most sizes, and of those the fastest.
    var best: [String: (curve: Curve, points: [Int: ReportEntry], mean: Double)] = [:]
    for (curve, points) in curves where points.count > 1 {
      let mean = points.values.compactMap(\.gflops).geometricMean ?? 0
      let key = "\(curve.problem) \(curve.epilogue) \(curve.cacheState) \(curve.threads)"
      let rank = (points.count, mean, curve.kernel)
      if let known = best[key], (known.points.count, known.mean, known.curve.kernel) >= rank { continue }
      best[key] = (curve, points, mean)
    }
    if best.isEmpty { return nil }
    let chosen = best.values.sorted { ($0.points.count, $0.mean) > ($1.points.count, $1.mean) }
      .prefix(ChartStyle.colourCount)
    let series = chosen.enumerated().map { index, one in
      PointChart.Series(
        "\(one.curve.problem), \(one.curve.kernel)", colour: index,
        points: one.points.sorted { $0.key < $1.key }.map {
          .init(x: Double($0.key), y: $0.value.gflops!, interval: $0.value.gflopsInterval, tooltip: $0.value.tooltip)
        }, isJoined: true)
    }
    let chart = PointChart(
      title: "Scaling with the size of the image",
      subtitle: "Convolutions that differ in the image alone; of each the fastest kernel that was timed on most sizes"
        + (best.count > chosen.count ? "; \(chosen.count) of \(best.count) are drawn." : "."),
      x: .init("pixels of the output", .logarithmic), y: .init("effective GFLOP/s", includesZero: true), series: series)
    return ReportFigure(name: "scaling-size") { chart.svg(width: $0, isStandalone: $1) }
  }

  /// Speeds by a count, relative to the smallest count of each curve: a line a kernel.
  private static func relative(
    _ entries: [ReportEntry], name: String, title: String, subtitle: String, xTitle: String, yTitle: String,
    idealIsProportional: Bool, curve: (ReportEntry) -> Curve, x: (ReportEntry) -> Int, speed: (ReportEntry) -> Double
  ) -> ReportFigure? {
    var curves: [Curve: [Int: Double]] = [:]
    for entry in entries { curves[curve(entry), default: [:]][x(entry)] = speed(entry) }
    curves = curves.filter { $0.value.count > 1 }
    if curves.isEmpty { return nil }
    var ratios: [String: [Int: [Double]]] = [:]
    for (curve, speeds) in curves {
      guard let first = speeds.keys.min(), let base = speeds[first], base > 0 else { continue }
      for (count, speed) in speeds { ratios[curve.kernel, default: [:]][count, default: []].append(speed / base) }
    }
    let layers = { (kernel: String) in ratios[kernel]!.values.map(\.count).max() ?? 0 }
    // Ours first, of each those that were timed on most layers.
    func rank(_ kernel: String) -> (Int, Int, String) {
      (PeerComparison.isPeer(kernel) ? 1 : 0, -layers(kernel), kernel)
    }
    let kernels = ratios.keys.sorted { rank($0) < rank($1) }.prefix(ChartStyle.colourCount)
    let series = kernels.enumerated().map { index, kernel in
      PointChart.Series(
        PeerComparison.name(kernel), colour: index,
        points: ratios[kernel]!.sorted { $0.key < $1.key }.compactMap { count, speeds in
          speeds.geometricMean.map {
            PointChart.Point(
              x: Double(count), y: $0,
              tooltip: "\(kernel), \(count) \(xTitle): \(NumberText.fixed($0, decimals: 2)) × (\(speeds.count) layers)")
          }
        }, isJoined: true)
    }
    let counts = curves.values.flatMap(\.keys)
    let low = Double(counts.min() ?? 1)
    let high = Double(counts.max() ?? 1)
    let ideal = PointChart.Reference(
      [(low, 1), (high, idealIsProportional ? high / low : 1)], label: "", isDashed: true)
    let more = ratios.count > kernels.count ? " \(kernels.count) of \(ratios.count) kernels are drawn." : ""
    let chart = PointChart(
      title: title, subtitle: subtitle + more,
      x: .init(xTitle, high / low > 8 ? .logarithmic : .linear, places: Set(counts).sorted().map(Double.init)),
      y: .init(yTitle, includesZero: true), series: series, references: [ideal])
    return ReportFigure(name: name) { chart.svg(width: $0, isStandalone: $1) }
  }

  /// What an operation is apart from its image's size, or apart from its batch.
  private static func without(_ entry: ReportEntry, batch: Bool) -> String {
    let operation = entry.operation!
    let problem = operation.problem
    if batch {
      // Behind the batch's number comes the rest.
      let text = operation.description
      let groups = text.prefix { $0 != "m" }
      return String(groups + text.dropFirst(groups.count + 2).drop(while: \.isNumber))
    }
    var text = "\(problem.inputChannels)→\(problem.outputChannels) k\(problem.filterHeight)"
    if problem.filterHeight != problem.filterWidth { text += "×\(problem.filterWidth)" }
    if problem.strideHeight > 1 || problem.strideWidth > 1 { text += " s\(problem.strideHeight)" }
    if problem.dilationHeight > 1 || problem.dilationWidth > 1 { text += " d\(problem.dilationHeight)" }
    if problem.isDepthwise { text += " dw" } else if problem.groups > 1 { text += " g\(problem.groups)" }
    if problem.batch > 1 { text += " mb\(problem.batch)" }
    if let pointwise = operation.pointwise { text += " →\(pointwise.outputChannels)" }
    return text
  }
}
