extension CostTable {
  /// The numbers of this version's kernels, written by `bench tune --fit`.
  ///
  /// Fitted to 1684 times of Intel(R) Xeon(R) Processor @ 2.80GHz;
  /// half of them are within 16.1 % of what they say.
  package static let fitted = CostTable(
    rows: [
      Row("direct", nil, .nhwc, share: 0.825, perInput: 40.1, perOutput: 12.7),
      Row("direct", nil, .nchw, share: 0.837, perInput: 17.6, perOutput: 36.6),
      Row("im2col", "own", .nhwc, share: 0.833, perInput: 6.03, perOutput: 48.4),
      Row("im2col", "own", .nchw, share: 0.817, perInput: 37.4, perOutput: 50.3),
      Row("im2col", nil, .nhwc, share: 0.498, perInput: 5.48, perOutput: 41.4),
      Row("im2col", nil, .nchw, share: 0.534, perInput: 24.2, perOutput: 19.9),
      Row("winograd", "f2x3", .nhwc, share: 0.791, perInput: 5.33, perOutput: 38.3),
      Row("winograd", "f4x3", .nhwc, share: 0.682, perInput: 19.2, perOutput: 34.1),
      Row("winograd", "f6x3", .nhwc, share: 0.588, perInput: 1.81, perOutput: 65.2),
      Row("winograd", nil, .nhwc, share: 0.85, perInput: 14.0, perOutput: 14.0),
      Row("winograd", "f2x3", .nchw, share: 0.729, perInput: 15.1, perOutput: 24.6),
      Row("winograd", "f4x3", .nchw, share: 0.616, perInput: 28.6, perOutput: 26.7),
      Row("winograd", "f6x3", .nchw, share: 0.619, perInput: 11.3, perOutput: 71.2),
      Row("winograd", nil, .nchw, share: 0.85, perInput: 57.0, perOutput: 57.0),
      Row("depthwise", nil, .nhwc, share: 0.45, perInput: 9.92, perOutput: 0.461),
      Row("depthwise", nil, .nchw, share: 0.525, perInput: 29.3, perOutput: 0.164),
      Row("separable", nil, .nhwc, share: 0.951, perInput: 14.1, perOutput: 22.9),
      Row("separable", nil, .nchw, share: 0.8, perInput: 30.9, perOutput: 45.2),
      Row("naive", share: 0.004, perInput: 1.0, perOutput: 1.0),
    ],
    perByteFromThirdLevel: 6.65, perByteFromMemory: 7.36,
    hiddenPart: 0.231)
}
