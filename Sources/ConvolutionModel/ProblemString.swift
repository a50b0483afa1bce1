/// The text form of problems: benchdnn's notation, which ``ProblemLine`` describes.
extension ConvolutionProblem: CustomStringConvertible {
  /// Reads a problem string; a name and a count in it are ignored.
  ///
  /// The notation's batch is **2** where `mb` is missing.
  ///
  /// - Throws: ``ProblemStringError``, also where the string adds a pointwise convolution, which isn't the problem's.
  public init(parsing text: String) throws(ProblemStringError) {
    let tokens = try ProblemStringTokens(text, line: 1)
    if let pointwise = tokens.pointwise {
      throw tokens.error(pointwise.column, "+oc adds a second convolution; expected a single one")
    }
    self = try tokens.problem()
  }

  /// The problem in benchdnn's notation, as short as it can be read back: defaults are left out (but for the batch), and so
  /// is the width of a square problem and the height of a one-dimensional one.
  public var description: String {
    let height = PrintedAxis(self, isHeight: true)
    let width = PrintedAxis(self, isHeight: false)
    let axes =
      height.values == width.values ? [height] : height.values == .absent ? [width] : [height, width]
    var text = (groups == 1 ? "" : "g\(groups)") + "mb\(batch)ic\(inputChannels)"
    func print(_ token: (PrintedAxis) -> String) { for axis in axes { text += token(axis) } }
    print { "i\($0.letter)\($0.values.input)" }
    text += "oc\(outputChannels)"
    print { $0.printsOutput ? "o\($0.letter)\($0.output)" : "" }
    print { "k\($0.letter)\($0.values.filter)" }
    if axes.contains(where: { $0.values.stride != 1 }) { print { "s\($0.letter)\($0.values.stride)" } }
    print { "p\($0.letter)\($0.values.before)" }
    print { $0.printsAfter ? "\($0.afterKey)\($0.values.after)" : "" }
    if axes.contains(where: { $0.values.dilation != 1 }) { print { "d\($0.letter)\($0.values.dilation - 1)" } }
    return text
  }
}

/// One axis of a problem, with what must be printed for its padding to be read back as it is.
private struct PrintedAxis {
  let letter: String
  let afterKey: String
  let values: ProblemStringAxis
  let output: Int
  /// Whether the output's size is printed, from which the padding after would be deduced. Without it both sides are read
  /// as the same: that's how a symmetric padding is kept of which a stride leaves a part unused.
  let printsOutput: Bool
  /// Whether the padding after must be printed, since neither rule gives it.
  let printsAfter: Bool

  init(_ problem: ConvolutionProblem, isHeight: Bool) {
    letter = isHeight ? "h" : "w"
    afterKey = isHeight ? "pb" : "pr"
    output = isHeight ? problem.outputHeight : problem.outputWidth
    values = ProblemStringAxis(problem, isHeight: isHeight)
    let isDeduced =
      values.before + values.after == values.totalPadding(output: output) && values.implausiblePadding == nil
    let isSymmetric = values.after == values.before
    printsOutput = isDeduced || !isSymmetric
    printsAfter = !isDeduced && !isSymmetric
  }
}

extension ConvolutionOperation: CustomStringConvertible {
  /// The problem, and `+ocN` for a pointwise stage.
  public var description: String {
    problem.description + (pointwise.map { "+oc\($0.outputChannels)" } ?? "")
  }
}
