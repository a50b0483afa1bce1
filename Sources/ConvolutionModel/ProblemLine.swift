/// One line of a problem file: a problem in benchdnn's notation, with the name and the count that the notation allows.
///
///     mb1ic64ih56oc64oh56kh3ph1n"resnet_50:res2a_branch2b*3"
///
/// Every size is a short name followed by a number: `mb` batch, `g` groups, and for the height and the width each (`h`
/// below standing for `w` too) `ih` input, `oh` output, `kh` filter, `sh` stride, `ph` padding before, `dh` dilation.
/// Tokens come in any order, `_` between them is ignored, and `#` starts a comment.
///
/// - `mb` is 2, `g` 1 and a stride 1 unless given. **`dh0` is a dense filter**: the number counts skipped pixels.
/// - With nothing given for the width, it's as the height: square. With nothing for the height, the problem is
///   one-dimensional: height 1.
/// - The output follows from the padding, the same on both sides; or the padding from the output, the odd pixel after; given
///   both, the padding after is whatever the output needs, even less than none where a stride leaves the end of the input
///   unused. An output that needs more zeros after the image than the filter or the padding before explain, or that leaves
///   out whole strides, is refused. Given neither, there's no padding.
/// - `n"name"` names the problem; `*3` at the name's end counts its occurrences.
///
/// Two extensions are this package's own: `pb` and `pr` give the bottom and right padding where they don't follow, and
/// `+ocN` adds a pointwise convolution to N channels.
public struct ProblemLine: Hashable, Sendable {
  /// The problem.
  public var problem: ConvolutionProblem
  /// Its name, without the count.
  public var name: String?
  /// How often it occurs; at least 1.
  public var count: Int
  /// The line of its text, counted from 1.
  public var line: Int
  /// Channels of the pointwise convolution that follows; nil for none.
  public var pointwiseChannels: Int?

  /// Puts a line together.
  public init(
    problem: ConvolutionProblem, name: String? = nil, count: Int = 1, line: Int = 1, pointwiseChannels: Int? = nil
  ) {
    self.problem = problem
    self.name = name
    self.count = count
    self.line = line
    self.pointwiseChannels = pointwiseChannels
  }

  /// Reads a line.
  ///
  /// - Parameter line: the number of the line, for errors.
  /// - Throws: ``ProblemStringError``, also for a line without a problem.
  public static func parse(_ text: String, line: Int = 1) throws(ProblemStringError) -> ProblemLine {
    let tokens = try ProblemStringTokens(text, line: line)
    let problem = try tokens.problem()
    let result = ProblemLine(
      problem: problem, name: tokens.name, count: tokens.count, line: line,
      pointwiseChannels: tokens.pointwise?.value)
    if let pointwise = tokens.pointwise {
      do throws(ConvolutionError) {
        _ = try result.operation()
      } catch {
        throw ProblemStringError(line: line, column: pointwise.column, reason: error.description)
      }
    }
    return result
  }

  /// The line as an operation.
  ///
  /// - Parameters:
  ///   - epilogue: applied to the problem's sums.
  ///   - pointwiseEpilogue: applied to the pointwise convolution's, where there is one.
  /// - Throws: ``ConvolutionError`` as ``ConvolutionOperation`` does.
  public func operation(
    epilogue: Epilogue = .none, pointwiseEpilogue: Epilogue = .none
  ) throws(ConvolutionError) -> ConvolutionOperation {
    try ConvolutionOperation(
      problem, epilogue: epilogue,
      pointwise: pointwiseChannels.map { PointwiseStage(outputChannels: $0, epilogue: pointwiseEpilogue) })
  }
}

extension ProblemLine: CustomStringConvertible {
  /// The line in the notation; ``parse(_:line:)`` gives back the same, but for the line number.
  public var description: String {
    // A name that ends like a count would be read as one.
    let occurrences = count == 1 && name?.contains("*") != true ? "" : "*\(count)"
    let suffix = name.map { "n\"\($0)\(occurrences)\"" } ?? occurrences
    return problem.description + (pointwiseChannels.map { "+oc\($0)" } ?? "") + suffix
  }
}

/// A text of problem lines.
public enum ProblemFile {
  /// Reads all lines but blank ones and comments, each on its own: one bad line doesn't hide the others.
  public static func parse(_ text: String) -> [Result<ProblemLine, ProblemStringError>] {
    var results: [Result<ProblemLine, ProblemStringError>] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      guard let first = line.first(where: { !$0.isWhitespace }), first != "#" else { continue }
      do throws(ProblemStringError) {
        results.append(.success(try ProblemLine.parse(String(line), line: index + 1)))
      } catch {
        results.append(.failure(error))
      }
    }
    return results
  }
}
