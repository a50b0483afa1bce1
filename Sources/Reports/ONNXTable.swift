import ONNXModels

/// The results of ONNX test cases.
public enum ONNXTable {
  /// A row for every case but those about operators that are neither convolution nor near it.
  ///
  /// The error is the largest of any kernel in terms of its bound, the distance the largest from the expected output in
  /// terms of ONNX's tolerance.
  public static func table(_ results: [CaseResult]) -> Table {
    var table = Table([
      .init("case"), .init("operators"), .init("verdict"), .init("kernels", .right), .init("error", .right),
      .init("distance", .right), .init("note"),
    ])
    for family in OperatorFamily.allCases {
      table.separate()
      for result in results where (result.family ?? .other) == family {
        if result.outcome == .unsupported, family == .other { continue }
        table.append(row(result))
      }
    }
    return table
  }

  private static func row(_ result: CaseResult) -> [Table.Cell] {
    func number(_ value: Double?) -> Table.Cell { .init(value.map { NumberText.fixed($0, decimals: 3) } ?? "") }
    let style: TextStyle =
      switch result.outcome {
      case .passed: .good
      case .failed: .bad
      case .unsupported: .faint
      }
    let note = result.outcome == .passed ? result.problem : result.reason
    return [
      .init(result.name.withoutControlCharacters),
      .init(result.operators.joined(separator: ", ").withoutControlCharacters),
      .init(result.outcome.rawValue, style),
      .init(result.passedKernels.isEmpty ? "" : "\(result.passedKernels.count)"), number(result.largestError),
      number(result.largestDistance),
      .init((note ?? "").withoutControlCharacters, result.outcome == .failed ? .warning : .faint),
    ]
  }
}
