import ConvolutionModel

/// Compares a kernel's output with the oracle's values.
enum Comparator {
  /// The errors of the selected outputs; nil when there are none to compare.
  ///
  /// A NaN is never within a bound: the test is "not at most", which a NaN doesn't pass.
  ///
  /// - Parameters:
  ///   - output: the kernel's, in its layout.
  ///   - allowed: the largest |error| at each selected output; nil where the result must be exact.
  ///   - excepted: pixels whose outputs say nothing.
  static func compare(
    _ output: UnsafeBufferPointer<Float>, layout: TensorLayout, shape: TensorShape, oracle: OracleValues,
    allowed: [Double]?, excepted: SpoiledPixels? = nil
  ) -> MeasuredError? {
    guard !oracle.values.isEmpty else { return nil }
    var worst = (scaled: -1.0, index: 0)
    var largest = 0.0
    var squares = 0.0
    for index in oracle.values.indices {
      if let excepted, excepted.contains(shape.place(oracle.positions?[index] ?? index)) { continue }
      let actual = Double(output[offset(index, oracle, layout, shape)])
      let expected = oracle.values[index]
      // What isn't finite has no distance.
      let isSame = actual == expected || actual.isNaN && expected.isNaN
      let difference = isSame ? 0 : abs(actual - expected)
      let scaled = scaledError(difference, allowed.map { $0[index] } ?? 0)
      if scaled > worst.scaled { worst = (scaled, index) }
      largest = max(largest, difference.isNaN ? .infinity : difference)
      squares += scaled * scaled
    }
    let place = shape.place(oracle.positions?[worst.index] ?? worst.index)
    return MeasuredError(
      maxScaled: worst.scaled, maxAbsolute: largest,
      rootMeanSquare: (squares / Double(oracle.values.count)).squareRoot(), batch: place.batch, channel: place.channel,
      row: place.row, column: place.column, actual: Double(output[offset(worst.index, oracle, layout, shape)]),
      expected: oracle.values[worst.index])
  }

  /// The error as a share of the allowed one; infinite for NaN, and for any error where none is allowed.
  static func scaledError(_ difference: Double, _ allowed: Double) -> Double {
    if difference == 0 { return 0 }
    guard difference.isFinite, allowed > 0 else { return .infinity }
    return difference / allowed
  }

  private static func offset(
    _ index: Int, _ oracle: OracleValues, _ layout: TensorLayout, _ shape: TensorShape
  ) -> Int {
    let position = oracle.positions?[index] ?? index
    guard layout == .nhwc else { return position }
    let place = shape.place(position)
    return layout.offset(shape, batch: place.batch, channel: place.channel, row: place.row, column: place.column)
  }
}
