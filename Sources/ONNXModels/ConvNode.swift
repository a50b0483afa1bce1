import ConvolutionModel

/// The operator `Conv`, to be read as a problem of this package.
struct ConvNode {
  let node: ONNXNode
  /// The model's path, for errors.
  let file: String

  private var attributes: NodeAttributes { NodeAttributes(node: node, file: file) }

  /// The sizes that the attributes and the extents of the tensors come to; images of one dimension have height 1.
  ///
  /// - Parameters:
  ///   - input: extents of the input, `N × C × …`.
  ///   - weights: extents of the weights, `M × C/group × …`.
  ///   - bias: extents of the bias, where there is one.
  /// - Throws: ``ONNXError`` that names the attribute or tensor; images of three dimensions and more are unsupported.
  func problem(input: [Int], weights: [Int], bias: [Int]?) throws(ONNXError) -> ConvolutionProblem {
    try attributes.check(known: ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"])
    let axes = input.count - 2
    if axes < 1 { throw error("input X", .shape(input, expected: "batch × channels × one extent or more")) }
    if axes > 2 { throw error("input X", .unsupported(reason: "\(axes)-D convolution")) }
    if weights.count != input.count {
      throw error("input W", .shape(weights, expected: "\(input.count) extents, as many as the input has"))
    }
    let groups = try groups(inputChannels: input[1], weights: weights)
    if let bias, bias != [weights[0]] {
      throw error("input B", .shape(bias, expected: "\(weights[0]), the filters of the weights"))
    }
    let padding = try paddingRule(axes: axes)
    let windows = try windows(input: Array(input[2...]), filter: Array(weights[2...]))
    let columns = windows[axes - 1]
    // The height of an image that has none.
    let rows = axes == 2 ? windows[0] : Window(axis: "height", input: 1, filter: 1, stride: 1, dilation: 1)
    do throws(ConvolutionError) {
      let beside = try padding.sides(of: columns, axis: axes - 1)
      let around = axes == 2 ? try padding.sides(of: rows, axis: 0) : (before: 0, after: 0)
      return try ConvolutionProblem(
        batch: input[0], inputChannels: input[1], inputHeight: rows.input, inputWidth: columns.input,
        outputChannels: weights[0], filterHeight: rows.filter, filterWidth: columns.filter, strideHeight: rows.stride,
        strideWidth: columns.stride,
        padding: Padding(top: around.before, left: beside.before, bottom: around.after, right: beside.after),
        dilationHeight: rows.dilation, dilationWidth: columns.dilation, groups: groups)
    } catch {
      throw ONNXError(file: file, field: node.place, .convolution(error))
    }
  }

  private func groups(inputChannels: Int, weights: [Int]) throws(ONNXError) -> Int {
    let groups = try attributes.integer("group", default: 1)
    if groups < 1 { throw attributes.error("group", .value("\(groups)", expected: "1 or more")) }
    let (channels, overflow) = weights[1].multipliedReportingOverflow(by: groups)
    if overflow || channels != inputChannels {
      let expected = "\(inputChannels) channels / \(groups) groups as its second extent"
      throw error("input W", .shape(weights, expected: expected))
    }
    return groups
  }

  /// The axes of the image, outermost first.
  private func windows(input: [Int], filter: [Int]) throws(ONNXError) -> [Window] {
    let axes = input.count
    if let declared = try attributes.integers("kernel_shape", count: axes, least: 1), declared != filter {
      let expected = "\(ONNXError.text(filter)), as the weights are"
      throw attributes.error("kernel_shape", .value(ONNXError.text(declared), expected: expected))
    }
    let ones = Array(repeating: 1, count: axes)
    let strides = try attributes.integers("strides", count: axes, least: 1) ?? ones
    let dilations = try attributes.integers("dilations", count: axes, least: 1) ?? ones
    return (0..<axes).map {
      Window(
        axis: $0 == axes - 1 ? "width" : "height", input: input[$0], filter: filter[$0], stride: strides[$0],
        dilation: dilations[$0])
    }
  }

  private func paddingRule(axes: Int) throws(ONNXError) -> WindowPadding {
    let pads = try attributes.integers("pads", count: 2 * axes, least: 0)
    let rule = try attributes.word("auto_pad", default: AutoPad.notSet)
    if let pads, rule != .notSet {
      throw attributes.error(
        "pads", .value(ONNXError.text(pads), expected: "none beside the attribute auto_pad \(rule.rawValue)"))
    }
    switch rule {
    case .notSet: return pads.map { .sides(before: Array($0[..<axes]), after: Array($0[axes...])) } ?? .none
    case .valid: return .none
    case .sameUpper: return .same(oddZeroFirst: false)
    case .sameLower: return .same(oddZeroFirst: true)
    }
  }

  private func error(_ place: String, _ problem: ONNXError.Problem) -> ONNXError {
    ONNXError(file: file, field: "\(node.place), \(place)", problem)
  }
}

/// The words for padding that isn't given in numbers.
private enum AutoPad: String, CaseIterable {
  case notSet = "NOTSET"
  case sameUpper = "SAME_UPPER"
  case sameLower = "SAME_LOWER"
  case valid = "VALID"
}

/// What a filter does along one axis of the image.
private struct Window {
  let axis: String
  let input: Int
  let filter: Int
  let stride: Int
  let dilation: Int
}

/// Where zeros are added.
private enum WindowPadding {
  case none
  /// As many as are given, axis by axis.
  case sides(before: [Int], after: [Int])
  /// As many as make `ceil(input / stride)` outputs; of an odd number the larger half goes to the end, or to the start.
  case same(oddZeroFirst: Bool)

  func sides(of window: Window, axis: Int) throws(ConvolutionError) -> (before: Int, after: Int) {
    switch self {
    case .none: return (0, 0)
    case .sides(let before, let after): return (before[axis], after[axis])
    case .same(let oddZeroFirst):
      let sides = try ConvolutionProblem.samePadding(
        axis: window.axis, input: window.input, filter: window.filter, stride: window.stride,
        dilation: window.dilation)
      return oddZeroFirst ? (sides.after, sides.before) : sides
    }
  }
}
