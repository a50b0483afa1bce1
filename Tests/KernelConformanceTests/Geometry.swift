import ConvolutionModel

/// Everything of a problem but its channels.
struct Geometry {
  var batch = 1
  let height: Int
  let width: Int
  let filterHeight: Int
  let filterWidth: Int
  var strideHeight = 1
  var strideWidth = 1
  var padding = Padding.zero
  var dilationHeight = 1
  var dilationWidth = 1

  /// A square filter with its stride and dilation.
  init(
    _ height: Int, _ width: Int, filter: Int, stride: Int = 1, padding: Padding = .zero, dilation: Int = 1,
    batch: Int = 1
  ) {
    self.init(height, width, filter: (filter, filter), stride: (stride, stride), padding: padding, batch: batch)
    (dilationHeight, dilationWidth) = (dilation, dilation)
  }

  /// A filter with different extents.
  init(
    _ height: Int, _ width: Int, filter: (Int, Int), stride: (Int, Int) = (1, 1), padding: Padding = .zero,
    dilation: (Int, Int) = (1, 1), batch: Int = 1
  ) {
    (self.height, self.width, self.padding, self.batch) = (height, width, padding, batch)
    (filterHeight, filterWidth) = filter
    (strideHeight, strideWidth) = stride
    (dilationHeight, dilationWidth) = dilation
  }

  /// The geometries where kernels go wrong.
  static let all: [Geometry] = [
    // Dense 3×3 filters at stride 1, which all but a few families run.
    Geometry(7, 9, filter: 3, padding: Padding(1)),
    // The smallest image of the networks, whose rows some kernels have in registers.
    Geometry(7, 7, filter: 3, padding: Padding(1), batch: 2),
    Geometry(1, 1, filter: 3, padding: Padding(1)),
    Geometry(2, 2, filter: 3, padding: Padding(1), batch: 2),
    Geometry(3, 3, filter: 3),
    Geometry(6, 5, filter: 3, batch: 3),
    Geometry(5, 8, filter: 3, padding: Padding(top: 0, left: 1, bottom: 2, right: 0)),
    Geometry(4, 3, filter: 3, padding: Padding(4)),
    Geometry(9, 7, filter: 3, padding: Padding(top: 1, left: 1, bottom: -1, right: -2)),
    Geometry(1, 13, filter: 3, padding: Padding(1)),
    Geometry(14, 1, filter: 3, padding: Padding(1), batch: 2),
    Geometry(5, 5, filter: 3, padding: Padding(top: 3, left: 0, bottom: 0, right: 3)),
    Geometry(2, 17, filter: 3, padding: Padding(top: 0, left: 2, bottom: 1, right: 0)),
    // 1×1 filters.
    Geometry(5, 7, filter: 1),
    Geometry(1, 1, filter: 1, batch: 3),
    Geometry(6, 8, filter: 1, stride: 2),
    Geometry(7, 7, filter: 1, stride: 2, padding: Padding(top: 0, left: 0, bottom: -1, right: -1), batch: 2),
    Geometry(4, 4, filter: 1, padding: Padding(1)),
    Geometry(8, 9, filter: 1, stride: 3, batch: 2),
    // One dimension: along rows, and along columns.
    Geometry(1, 23, filter: (1, 5), stride: (1, 2), padding: Padding(top: 0, left: 2, bottom: 0, right: 2)),
    Geometry(1, 31, filter: (1, 3), dilation: (1, 2), batch: 2),
    Geometry(19, 1, filter: (4, 1), padding: Padding(top: 1, left: 0, bottom: 2, right: 0)),
    // Strides, also beyond the filter.
    Geometry(8, 9, filter: 3, stride: 2, padding: Padding(1)),
    Geometry(7, 8, filter: 3, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1), batch: 2),
    Geometry(11, 12, filter: 2, stride: 5),
    Geometry(9, 10, filter: (3, 2), stride: (1, 3), padding: Padding(top: 1, left: 0, bottom: 1, right: 2)),
    Geometry(10, 9, filter: 3, stride: 3, padding: Padding(2)),
    // Large and even filters.
    Geometry(6, 7, filter: 5, padding: Padding(2), batch: 2),
    Geometry(15, 13, filter: 7, stride: 2, padding: Padding(3)),
    Geometry(6, 6, filter: 4, padding: Padding(top: 1, left: 1, bottom: 2, right: 2)),
    Geometry(23, 19, filter: 11, stride: 4),
    // Filters larger than the image, padding larger than the filter.
    Geometry(2, 3, filter: 5, padding: Padding(2)),
    Geometry(1, 1, filter: 7, padding: Padding(3), batch: 2),
    Geometry(3, 2, filter: 2, padding: Padding(5)),
    Geometry(2, 2, filter: 3, stride: 4, padding: Padding(6)),
    // Only the image's first row and column in reach of the last tap.
    Geometry(3, 4, filter: 2, padding: Padding(top: 5, left: 6, bottom: -2, right: -3)),
    // Dilation.
    Geometry(7, 8, filter: 3, padding: Padding(2), dilation: 2),
    Geometry(9, 6, filter: (3, 2), padding: Padding(top: 3, left: 0, bottom: 1, right: 0), dilation: (3, 1)),
    Geometry(
      11, 12, filter: (3, 3), stride: (2, 3), padding: Padding(top: 2, left: 3, bottom: 0, right: 1), dilation: (2, 3),
      batch: 2),
    Geometry(3, 4, filter: 2, padding: Padding(top: 2, left: 1, bottom: 3, right: 4), dilation: 4),
  ]
}

/// The channels of an operation.
struct Channels {
  let input: Int
  let output: Int
  var groups = 1
  /// Output channels of a pointwise convolution that follows.
  var pointwise: Int?

  /// Single channels, partial and whole vectors, groups of several and of one channel, channel multipliers, depthwise and
  /// separable ones.
  static let all: [Channels] = [
    Channels(input: 3, output: 5), Channels(input: 6, output: 10, groups: 2),
    Channels(input: 9, output: 9, groups: 9), Channels(input: 9, output: 9, groups: 9, pointwise: 7),
    Channels(input: 1, output: 1), Channels(input: 16, output: 16), Channels(input: 19, output: 35),
    Channels(input: 4, output: 12, groups: 4), Channels(input: 34, output: 34, groups: 2),
    Channels(input: 67, output: 67, groups: 67), Channels(input: 1, output: 1, pointwise: 3),
    Channels(input: 35, output: 35, groups: 35, pointwise: 67), Channels(input: 4, output: 6, groups: 2, pointwise: 3),
  ]
}

extension ConvolutionOperation {
  /// An operation of these sizes; the number chooses among the epilogues.
  init(_ geometry: Geometry, _ channels: Channels, epilogue number: Int) throws {
    let problem = try ConvolutionProblem(
      batch: geometry.batch, inputChannels: channels.input, inputHeight: geometry.height, inputWidth: geometry.width,
      outputChannels: channels.output, filterHeight: geometry.filterHeight, filterWidth: geometry.filterWidth,
      strideHeight: geometry.strideHeight, strideWidth: geometry.strideWidth, padding: geometry.padding,
      dilationHeight: geometry.dilationHeight, dilationWidth: geometry.dilationWidth, groups: channels.groups)
    try self.init(problem, epilogueNumber: number, pointwise: channels.pointwise)
  }

  /// An operation with one of the epilogues, both halves of a separable one with a different one.
  init(_ problem: ConvolutionProblem, epilogueNumber number: Int, pointwise: Int?) throws {
    let last = Epilogue.all[number % Epilogue.all.count]
    guard let pointwise else {
      self.init(problem, epilogue: last)
      return
    }
    try self.init(
      problem, epilogue: Epilogue(bias: number % 3 != 0, activation: Activation.allCases[number / 3 % 3]),
      pointwise: PointwiseStage(outputChannels: pointwise, epilogue: last))
  }
}

extension Epilogue {
  /// Every combination, neighbours differing in all of its parts.
  static let all: [Epilogue] = (0..<12).map { number in
    Epilogue(bias: number % 2 == 0, residual: number / 2 % 2 == 0, activation: Activation.allCases[number % 3])
  }
}
