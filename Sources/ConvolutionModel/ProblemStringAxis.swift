/// One axis of a problem as its string gives it, completed: output and padding deduced from each other.
struct ProblemStringAxis: Equatable {
  private(set) var input: Int
  private(set) var filter: Int
  private(set) var stride: Int
  private(set) var dilation: Int
  private(set) var before: Int
  private(set) var after: Int

  /// The axis that one-dimensional problems don't have.
  static let absent = ProblemStringAxis(input: 1, filter: 1, stride: 1, dilation: 1, before: 0, after: 0)

  private init(input: Int, filter: Int, stride: Int, dilation: Int, before: Int, after: Int) {
    self.input = input
    self.filter = filter
    self.stride = stride
    self.dilation = dilation
    self.before = before
    self.after = after
  }

  /// The rows or the columns of a problem.
  init(_ problem: ConvolutionProblem, isHeight: Bool) {
    if isHeight {
      self.init(
        input: problem.inputHeight, filter: problem.filterHeight, stride: problem.strideHeight,
        dilation: problem.dilationHeight, before: problem.padding.top, after: problem.padding.bottom)
    } else {
      self.init(
        input: problem.inputWidth, filter: problem.filterWidth, stride: problem.strideWidth,
        dilation: problem.dilationWidth, before: problem.padding.left, after: problem.padding.right)
    }
  }

  /// The tokens of an axis: sizes and what's after it; `axis` is `h` or `w`, `afterKey` is `pb` or `pr`.
  static func keys(_ axis: String, _ afterKey: String) -> [String] {
    ["i", "o", "k", "s", "p", "d"].map { $0 + axis } + [afterKey]
  }

  /// Reads the tokens of an axis, of which at least one is there.
  init(_ tokens: ProblemStringTokens, _ axis: String, _ afterKey: String) throws(ProblemStringError) {
    func required(_ key: String) throws(ProblemStringError) -> Int {
      if let number = tokens[key] { return number.value }
      let given = Self.keys(axis, afterKey).first { tokens[$0] != nil }!
      throw tokens.error(tokens[given]!.column, "\(given) is given, but \(key) is missing")
    }
    input = try required("i" + axis)
    filter = try required("k" + axis)
    stride = tokens["s" + axis]?.value ?? 1
    // The notation counts the pixels left out between taps.
    dilation = (tokens["d" + axis]?.value ?? 0) + 1
    for (key, value) in [("i", input), ("k", filter), ("s", stride), ("o", tokens["o" + axis]?.value ?? 1)]
    where value < 1 {
      let key = key + axis
      throw tokens.error(tokens[key]!.column, "\(key) is \(value); expected at least 1")
    }
    let padding = tokens["p" + axis]
    before = padding?.value ?? 0
    after = before
    let explicitAfter = tokens[afterKey]
    if let explicitAfter { after = explicitAfter.value }
    guard let output = tokens["o" + axis] else { return }
    let total = totalPadding(output: output.value)
    if let explicitAfter {
      if padding == nil { before = max(0, total - after) }
      // Up to a stride less one of the padded input may remain unused.
      guard 0..<stride ~= before + after - total else {
        throw tokens.error(
          output.column,
          "o\(axis) is \(output.value), but \(afterKey)\(explicitAfter.value) and p\(axis)\(before) don't give it")
      }
      return
    }
    if padding == nil { before = max(0, total / 2) }
    after = total - before
    if let reason = implausiblePadding {
      throw tokens.error(output.column, "o\(axis) is \(output.value), which doesn't fit: \(reason)")
    }
  }

  /// Padding on both sides together with which an output of that size uses the last padded pixel.
  ///
  /// Nothing overflows: every factor is below 2³¹, but for the dilation, which may just reach it.
  func totalPadding(output: Int) -> Int { (output - 1) * stride + (filter - 1) * dilation + 1 - input }

  /// Why the padding after can't have been meant if it was deduced; nil where it can.
  var implausiblePadding: String? {
    if after <= -stride {
      return "\(-after) pixels at the end of the input would remain unused, where another output fits"
    }
    let largest = max(before, (filter - 1) * dilation)
    if after > largest {
      return "it takes \(after) zeros after the input; expected at most \(largest)"
    }
    return nil
  }
}

extension ProblemStringTokens {
  /// The problem that the tokens give.
  func problem() throws(ProblemStringError) -> ConvolutionProblem {
    let heightKeys = ProblemStringAxis.keys("h", "pb")
    let widthKeys = ProblemStringAxis.keys("w", "pr")
    let hasHeight = heightKeys.contains { self[$0] != nil }
    let hasWidth = widthKeys.contains { self[$0] != nil }
    for key in ["ic", "oc"] where self[key] == nil { throw error(endColumn, "\(key) is missing") }
    if !hasHeight && !hasWidth { throw error(endColumn, "ih and iw are missing; expected at least one") }
    let height: ProblemStringAxis
    let width: ProblemStringAxis
    if hasHeight {
      height = try ProblemStringAxis(self, "h", "pb")
      width = hasWidth ? try ProblemStringAxis(self, "w", "pr") : height
    } else {
      width = try ProblemStringAxis(self, "w", "pr")
      height = .absent
    }
    do throws(ConvolutionError) {
      return try ConvolutionProblem(
        batch: self["mb"]?.value ?? 2, inputChannels: self["ic"]!.value, inputHeight: height.input,
        inputWidth: width.input, outputChannels: self["oc"]!.value, filterHeight: height.filter,
        filterWidth: width.filter, strideHeight: height.stride, strideWidth: width.stride,
        padding: Padding(top: height.before, left: width.before, bottom: height.after, right: width.after),
        dilationHeight: height.dilation, dilationWidth: width.dilation, groups: self["g"]?.value ?? 1)
    } catch {
      throw self.error(column(of: error), error.description)
    }
  }

  /// The token that an error of the model is about; the first one where it's about all of them.
  private func column(of problemError: ConvolutionError) -> Int {
    let keys: [String] =
      switch problemError {
      case .groupsDoNotDivide: ["g"]
      case .filterExceedsInput(axis: "height", _, _): ["kh"]
      case .filterExceedsInput: ["kw", "kh"]
      case .sizeNotPositive(let name, _), .sizeOverflow(let name):
        switch name {
        case "batch": ["mb"]
        case "groups": ["g"]
        case "input channels": ["ic"]
        case "output channels": ["oc"]
        case "dilation height": ["dh"]
        case "dilation width": ["dw", "dh"]
        default: []
        }
      default: []
      }
    return keys.lazy.compactMap { self[$0]?.column }.first ?? 1
  }
}
