extension CostTable {
  /// The numbers of this version's kernels, written by `bench tune --fit`.
  ///
  /// Fitted to 1105 times of Intel(R) Xeon(R) Processor @ 2.80GHz;
  /// half of them are within 18.0 % of what they say.
  package static let fitted = CostTable(
    rows: [
      Row("direct", nil, .nhwc, share: 0.903, perInput: 39.4, perOutput: 14.6),
      Row("direct", nil, .nchw, share: 0.837, perInput: 21.8, perOutput: 22.8),
      Row("im2col", "own", .nhwc, share: 0.853, perInput: 6.76, perOutput: 36.5),
      Row("im2col", "own", .nchw, share: 0.789, perInput: 20.4, perOutput: 46.6),
      Row("im2col", share: 0.582, perInput: 21.4, perOutput: 30.5),
      Row("winograd", "f2x3", .nhwc, share: 0.859, perInput: 8.69, perOutput: 24.9),
      Row("winograd", "f4x3", .nhwc, share: 0.749, perInput: 5.57, perOutput: 32.0),
      Row("winograd", "f6x3", .nhwc, share: 0.677, perInput: 3.75, perOutput: 47.0),
      Row("winograd", nil, .nhwc, share: 0.85, perInput: 14.0, perOutput: 14.0),
      Row("winograd", "f2x3", .nchw, share: 0.602, perInput: 81.8, perOutput: 289.0),
      Row("winograd", "f4x3", .nchw, share: 0.414, perInput: 280.0, perOutput: 136.0),
      Row("winograd", "f6x3", .nchw, share: 0.458, perInput: 223.0, perOutput: 159.0),
      Row("winograd", nil, .nchw, share: 0.85, perInput: 57.0, perOutput: 57.0),
      Row("depthwise", nil, .nhwc, share: 0.504, perInput: 12.2, perOutput: 4.19),
      Row("depthwise", nil, .nchw, share: 0.149, perInput: 41.5, perOutput: 1.19),
      Row("separable", nil, .nhwc, share: 0.952, perInput: 14.9, perOutput: 7.7),
      Row("separable", nil, .nchw, share: 0.703, perInput: 67.6, perOutput: 1.91),
      Row("naive", share: 0.004, perInput: 1.0, perOutput: 1.0),
    ],
    perByteFromThirdLevel: 7.13, perByteFromMemory: 7.57,
    hiddenPart: 0.208)
}
