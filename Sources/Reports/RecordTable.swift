import Harness

/// Records in full, one a row, for CSV: all that a record holds but the samples, which only JSON has room for.
public enum RecordTable {
  /// The records as a table of plain numbers. Where a result isn't verified, its times are left empty.
  public static func table(_ records: [BenchmarkRecord]) -> Table {
    var table = Table(fields.map { Table.Column($0.title) })
    for record in records { table.append(fields.map { Table.Cell($0.value(record)) }) }
    return table
  }

  private struct Field: Sendable {
    let title: String
    let value: @Sendable (BenchmarkRecord) -> String

    init(_ title: String, _ value: @escaping @Sendable (BenchmarkRecord) -> (any CustomStringConvertible)?) {
      self.title = title
      self.value = { value($0)?.description ?? "" }
    }

    /// A field that is shown only beside a passed verdict.
    static func timed(
      _ title: String, _ value: @escaping @Sendable (BenchmarkRecord) -> (any CustomStringConvertible)?
    ) -> Field {
      Field(title) { $0.verdict == .passed ? value($0) : nil }
    }
  }

  private static let fields: [Field] = [
    Field("date") { $0.date }, Field("commit") { $0.commit }, Field("cpuModel") { $0.machine.cpuModel },
    Field("host") { $0.machine.host },
    Field("buildConfiguration") { $0.machine.buildConfiguration.rawValue }, Field("network") { $0.network },
    Field("layer") { $0.layer }, Field("count") { $0.count }, Field("problem") { $0.problem },
    Field("epilogue") { $0.epilogue }, Field("kernel") { $0.kernel }, Field("layout") { $0.layout },
    Field("isa") { $0.isa }, Field("implementation") { $0.implementation }, Field("threads") { $0.threads },
    Field("seed") { $0.seed }, Field("verdict") { $0.verdict.rawValue }, Field("reason") { $0.reason },
    Field("maxScaledError") { $0.error?.maxScaled }, Field("checkedShare") { $0.checkedShare },
    .timed("samples") { $0.samplesNanoseconds.count }, .timed("minNanoseconds") { $0.minNanoseconds },
    .timed("medianNanoseconds") { $0.medianNanoseconds }, .timed("gflops") { $0.gflops },
    .timed("gflopsWithoutPadding") { $0.gflopsWithoutPadding }, .timed("fractionOfPeak") { $0.fractionOfPeak },
    .timed("planNanoseconds") { $0.planNanoseconds }, Field("workspaceBytes") { $0.workspaceBytes },
    Field("packedWeightsBytes") { $0.packedWeightsBytes },
    Field("reorderNanoseconds") { $0.reorderNanoseconds },
    Field("cacheState") { $0.cacheState }, .timed("medianLowNanoseconds") { $0.medianInterval?.lowerBound },
    .timed("medianHighNanoseconds") { $0.medianInterval?.upperBound }, .timed("noiseFloor") { $0.noiseFloor },
    .timed("callOverheadNanoseconds") { $0.callOverheadNanoseconds }, .timed("probeIsa") { $0.probeIsa },
    .timed("probeDrift") { $0.probeDrift },
    Field("chosenBy") { $0.chosenBy },
    Field("warnings") { $0.warnings.joined(separator: "; ") },
  ]
}
