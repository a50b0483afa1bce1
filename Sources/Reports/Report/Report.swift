import Harness
import Mustache

/// Records as a page with pictures and tables.
public struct Report: Sendable {
  let data: ReportData
  let records: [BenchmarkRecord]

  /// Orders records and computes what is drawn.
  ///
  /// - Parameters:
  ///   - records: of any machines and commits; of those with the same key, machine and commit the last counts.
  ///   - ceilings: bandwidths of the machines, where they were measured.
  ///   - resamples: how many medians are drawn for each interval.
  public init(_ records: [BenchmarkRecord], ceilings: [MachineCeilings] = [], resamples: Int = 1000) {
    self.records = records
    data = ReportData(records, ceilings: ceilings, resamples: resamples)
  }

  /// All pictures; those of the second machine and later ones begin with `machine2-` and so on.
  public var figures: [ReportFigure] {
    var figures = [ReportFigures.machines(data.machines)].compactMap { $0 }
    for (index, machine) in data.machines.enumerated() {
      let prefix = index == 0 ? "" : "machine\(index + 1)-"
      let own = overview(machine) + machine.layers.flatMap { layerFigures($0, machine) }
      figures += own.map { ReportFigure(name: prefix + $0.name, draw: $0.draw) }
    }
    // Two titles may make the same name.
    var counts: [String: Int] = [:]
    return figures.map { figure in
      let count = counts[figure.name, default: 0] + 1
      counts[figure.name] = count
      return count == 1 ? figure : ReportFigure(name: "\(figure.name)-\(count)", draw: figure.draw)
    }
  }

  private func overview(_ machine: ReportData.Machine) -> [ReportFigure] {
    ReportFigures.peers(machine)
      + [
        ReportFigures.roofline(machine), ReportFigures.heatMap(machine), ReportFigures.accuracy(machine),
        ReportFigures.history(machine),
      ].compactMap { $0 } + ReportFigures.scaling(machine)
  }

  private func layerFigures(_ layer: ReportData.Layer, _ machine: ReportData.Machine) -> [ReportFigure] {
    [
      ReportFigures.bars(layer, isOptimised: machine.identity.buildConfiguration == .release),
      ReportFigures.layerAccuracy(layer), ReportFigures.samples(layer),
    ].compactMap { $0 }
  }

  /// One page that needs nothing but itself: it opens from a disk, on any width, in light and dark.
  public func html(title: String = "Convolution benchmark") -> String {
    let machines = data.machines.map { machine -> [String: Any] in
      let layers = machine.layers.compactMap { layer -> [String: Any]? in
        guard let bars = ReportFigures.bars(layer, isOptimised: machine.identity.buildConfiguration == .release) else {
          return nil
        }
        let figures = [bars] + [ReportFigures.layerAccuracy(layer), ReportFigures.samples(layer)].compactMap { $0 }
        return [
          "title": layer.title.withoutControlCharacters, "fastest": Self.fastest(layer).withoutControlCharacters,
          // Once, in a width between a phone's and a third of a desk's: there are hundreds of them.
          "figures": figures.map { $0.draw(430, false) },
        ]
      }
      return [
        "name": machine.name.withoutControlCharacters, "details": details(machine), "isOne": data.machines.count == 1,
        "warnings": warnings(machine), "hasWarnings": !warnings(machine).isEmpty,
        "figures": overview(machine).map { Self.inline($0, wide: 920) },
        "summary": ReportTable.summary(machine).context,
        "peers": machine.peers.map { ReportTable.peers($0.comparison, $0.conditions).context },
        "hasPeers": !machine.peers.isEmpty,
        "layers": layers, "hasLayers": !layers.isEmpty,
      ]
    }
    let context: [String: Any] = [
      "title": title.withoutControlCharacters, "style": ReportTemplate.style, "script": ReportTemplate.script,
      "subtitle": subtitle, "machines": machines, "isEmpty": records.isEmpty,
      "comparison": [ReportFigures.machines(data.machines)].compactMap { $0 }.map { Self.inline($0, wide: 920) },
      "records": ReportTable.records(data).context, "hasRecords": !records.isEmpty,
    ]
    return ReportTemplate.page.render(context)
  }

  private var subtitle: String {
    let passed = records.count { $0.verdict == .passed }
    let failed = records.count { $0.verdict == .failed || $0.verdict == .mistrusted }
    let rest = records.count - passed - failed
    let dates = records.map(\.date)
    var text = "\(records.count) record\(records.count == 1 ? "" : "s"): \(passed) verified, \(failed) failed or "
    text += "mistrusted, \(rest) not supported or not available."
    if let first = dates.min(), let last = dates.max() {
      text += first == last ? " Measured \(first)." : " Measured from \(first) to \(last)."
    }
    return text.withoutControlCharacters
  }

  private func details(_ machine: ReportData.Machine) -> String {
    let identity = machine.identity
    func kibibytes(_ bytes: Int?) -> String {
      guard let bytes else { return "unknown" }
      return bytes >= 1 << 20 ? NumberText.fixed(Double(bytes) / 1_048_576, decimals: 2) + " MiB" : "\(bytes >> 10) KiB"
    }
    let commit = machine.commits.last.map { "commit \($0)" }
    let caches =
      "caches: L1 \(kibibytes(identity.l1dBytes)), L2 \(kibibytes(identity.l2Bytes)), L3 \(kibibytes(identity.l3Bytes))"
    return [
      commit, caches, identity.os, "Swift \(identity.swiftVersion), \(identity.buildConfiguration.rawValue) build",
    ]
    .compactMap { $0 }.joined(separator: "; ").withoutControlCharacters
  }

  /// The newest commit's warnings, each with how many records have it. Numbers in them differ from record to record, so
  /// of those that are the same but for the numbers the first is shown.
  private func warnings(_ machine: ReportData.Machine) -> [String] {
    var order: [String] = []
    var first: [String: String] = [:]
    var counts: [String: Int] = [:]
    for warning in machine.layers.flatMap(\.entries).flatMap(\.record.warnings) {
      let form = String(warning.map { $0.isNumber ? "0" : $0 }).replacing("00", with: "0")
      if first[form] == nil {
        order.append(form)
        first[form] = warning
      }
      counts[form, default: 0] += 1
    }
    return order.map { form in
      let count = counts[form] ?? 0
      let text = first[form] ?? form
      return (count == 1 ? text : "\(text) (and the like: \(count) records)").withoutControlCharacters
    }
  }

  /// What is said of a layer while its pictures are folded away.
  private static func fastest(_ layer: ReportData.Layer) -> String {
    guard let best = layer.ranked.first else { return "" }
    return "\(ReportFigures.name(best)), \(NumberText.milliseconds(best.nanoseconds!)) ms"
  }

  /// A picture twice, for wide and for narrow screens: letters scaled down to a phone's width can't be read.
  private static func inline(_ figure: ReportFigure, wide: Double) -> [String: Any] {
    ["wide": figure.draw(wide, false), "narrow": figure.draw(350, false)]
  }
}
