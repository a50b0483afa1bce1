import ConvolutionModel

extension ErrorBound {
  /// How exact F(m×m, 3×3) of a library is that doesn't say which points it interpolates at.
  ///
  /// The rounding of the transforms is random from channel to channel and averages out, that of the sum over the channels
  /// grows like it: `|error| ≤ (transforms/√C + sum) · 8u · Σ|x||w|` for `C` channels. ``ErrorBound`` has a factor `√n` of
  /// its own for direct summation, which is taken out here: with many channels it would let whole taps go missing.
  ///
  /// Measured in single precision with the usual points, 0, ±1, ±2, ±1/2, and with 0, ±1/2, ±1, ±3/2, on whole numbers and
  /// reals, the channels summed one after the other: 0.6, 14 and 26 for one channel, 0.1, 2.7 and 5 for many. About twice
  /// that is allowed. An entry of a transform that is off by a thousandth gives 36 and more with 256 channels; points as
  /// far apart as 0, ±1, ±2, ±3 give 400, an error of half a percent, and don't pass.
  ///
  /// - Parameters:
  ///   - tile: `m`, the largest that the library may choose.
  ///   - problem: what is computed.
  /// - Returns: nil where `m` isn't 2, 4 or 6, and for problems that no F(m×m, 3×3) computes: filters of other sizes,
  ///   strides, dilation, a single channel a group.
  static func foreignWinograd(tile: Int, _ problem: ConvolutionProblem) -> ErrorBound? {
    let measured = [2: (transforms: 1.0, sum: 0.25), 4: (transforms: 20, sum: 5), 6: (transforms: 40, sum: 8)]
    let isUnitStep =
      problem.strideHeight == 1 && problem.strideWidth == 1 && problem.dilationHeight == 1 && problem.dilationWidth == 1
    let isDepthwise = problem.groups > 1 && problem.inputChannelsPerGroup == 1
    guard let amplification = measured[tile], problem.filterHeight == 3, problem.filterWidth == 3, isUnitStep,
      !isDepthwise
    else { return nil }
    let channels = Double(problem.inputChannelsPerGroup)
    let terms = channels * Double(problem.taps)
    let constant = (amplification.transforms / channels.squareRoot() + amplification.sum) / terms.squareRoot()
    return ErrorBound(constant: constant, tile: tile, isExactOnIntegers: false)
  }
}
