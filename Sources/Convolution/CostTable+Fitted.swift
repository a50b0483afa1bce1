extension CostTable {
  /// The numbers of this version's kernels, written by `bench tune --fit`.
  ///
  /// Fitted to 1105 times of Intel(R) Xeon(R) Processor @ 2.80GHz;
  /// half of them are within 16.8 % of what they say.
  package static let fitted = CostTable(
    rows: [
      Row("direct", nil, .nhwc, share: 0.899, perInput: 37.2, perOutput: 15.4),
      Row("direct", nil, .nchw, share: 0.847, perInput: 25.5, perOutput: 20.9),
      Row("im2col", "own", .nhwc, share: 0.85, perInput: 6.5, perOutput: 37.7),
      Row("im2col", "own", .nchw, share: 0.798, perInput: 25.6, perOutput: 43.4),
      Row("im2col", nil, .nhwc, share: 0.56, perInput: 6.06, perOutput: 31.0),
      Row("im2col", nil, .nchw, share: 0.615, perInput: 39.4, perOutput: 25.2),
      Row("winograd", "f2x3", .nhwc, share: 0.852, perInput: 6.21, perOutput: 25.5),
      Row("winograd", "f4x3", .nhwc, share: 0.746, perInput: 3.29, perOutput: 32.5),
      Row("winograd", "f6x3", .nhwc, share: 0.674, perInput: 1.83, perOutput: 47.2),
      Row("winograd", nil, .nhwc, share: 0.85, perInput: 14.0, perOutput: 14.0),
      Row("winograd", "f2x3", .nchw, share: 0.621, perInput: 88.8, perOutput: 297.0),
      Row("winograd", "f4x3", .nchw, share: 0.424, perInput: 295.0, perOutput: 138.0),
      Row("winograd", "f6x3", .nchw, share: 0.467, perInput: 231.0, perOutput: 165.0),
      Row("winograd", nil, .nchw, share: 0.85, perInput: 57.0, perOutput: 57.0),
      Row("depthwise", nil, .nhwc, share: 0.504, perInput: 12.2, perOutput: 4.17),
      Row("depthwise", nil, .nchw, share: 0.147, perInput: 42.2, perOutput: 0.475),
      Row("separable", nil, .nhwc, share: 0.952, perInput: 14.9, perOutput: 7.73),
      Row("separable", nil, .nchw, share: 0.703, perInput: 67.9, perOutput: 0.902),
      Row("naive", share: 0.004, perInput: 1.0, perOutput: 1.0),
    ],
    perByteFromThirdLevel: 7.16, perByteFromMemory: 7.6,
    hiddenPart: 0.203)
}
