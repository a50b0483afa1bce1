/// The tokens of one problem string, none of them twice.
struct ProblemStringTokens {
  /// A number with the place of its token.
  struct Number: Hashable {
    let value: Int
    let column: Int
  }

  let line: Int
  private(set) var name: String?
  private(set) var count = 1
  /// `+ocN`.
  private(set) var pointwise: Number?
  private var numbers: [String: Number] = [:]

  private static let known = [
    "mb", "g", "ic", "oc", "ih", "iw", "oh", "ow", "kh", "kw", "sh", "sw", "ph", "pw", "dh", "dw", "pb", "pr",
  ]
  private static let volumetric = ["id", "od", "kd", "sd", "pd", "dd"]
  /// The only sizes that may be negative.
  private static let signed = ["pb", "pr"]

  /// Where the text ends that a problem would be in: errors about missing tokens point there.
  private(set) var endColumn = 1

  /// The number of a token; nil where it's absent.
  subscript(key: String) -> Number? { numbers[key] }

  /// Splits a line.
  init(_ text: String, line: Int) throws(ProblemStringError) {
    self.line = line
    var scanner = Scanner(characters: Array(text))
    var hasCount = false
    while let character = scanner.peek, character != "#" {
      let column = scanner.column
      switch character {
      case "_", " ", "\t", "\r", "\u{FEFF}":
        scanner.advance()
        continue
      case "n":
        scanner.advance()
        if name != nil { throw error(column, "a second name; expected one") }
        name = try readName(&scanner, column)
        if let starred = try splitCount(name!, column) {
          if hasCount { throw error(column, "a second count of occurrences; expected one") }
          (name, count) = starred
          hasCount = true
        }
      case "*":
        scanner.advance()
        if hasCount { throw error(column, "a second count of occurrences; expected one") }
        count = try readNumber(&scanner, "*", column)
        if count < 1 { throw error(column, "*\(count) occurrences; expected at least 1") }
        hasCount = true
      case "+":
        scanner.advance()
        let key = scanner.letters()
        if key != "oc" { throw error(column, "+\(quoted(key)) is unknown; expected +oc, a pointwise convolution") }
        if pointwise != nil { throw error(column, "+oc is given twice") }
        pointwise = Number(value: try readNumber(&scanner, "+oc", column), column: column)
      default: try readSize(&scanner, column)
      }
      endColumn = scanner.column
    }
  }

  /// Reads a size's name and number.
  private mutating func readSize(_ scanner: inout Scanner, _ column: Int) throws(ProblemStringError) {
    let key = scanner.letters()
    if key.isEmpty {
      throw error(
        column, "'\(quoted(String(scanner.peek!)))' starts no token; expected a size like ic64, a name or a comment")
    }
    if Self.volumetric.contains(key) {
      throw ProblemStringError(
        line: line, column: column, reason: "\(key) belongs to a 3-D convolution; expected a 1-D or 2-D one",
        isOutOfScope: true)
    }
    guard Self.known.contains(key) else {
      let nearest = nearestName(to: String(key.prefix(8)), among: Self.known).map { "; did you mean \($0)?" } ?? ""
      throw error(column, "\(quoted(key)) is no size of a convolution\(nearest)")
    }
    if numbers[key] != nil { throw error(column, "\(key) is given twice") }
    let value = try readNumber(&scanner, key, column)
    numbers[key] = Number(value: value, column: column)
  }

  /// Reads a whole number of at most ``ConvolutionProblem/largestExtent``.
  private func readNumber(_ scanner: inout Scanner, _ key: String, _ column: Int) throws(ProblemStringError) -> Int {
    let isNegative = scanner.peek == "-"
    if isNegative { scanner.advance() }
    let digits = scanner.digits()
    if digits.isEmpty { throw error(column, "\(key) has no number") }
    guard let value = Int(digits), value <= ConvolutionProblem.largestExtent else {
      throw error(column, "\(key) is \(quoted(digits)); expected at most \(ConvolutionProblem.largestExtent)")
    }
    if isNegative, !Self.signed.contains(key) {
      throw error(column, "\(key) is -\(quoted(digits)); expected no negative number")
    }
    return isNegative ? -value : value
  }

  /// Reads a name in quotes, or without them up to the next blank or comment.
  private func readName(_ scanner: inout Scanner, _ column: Int) throws(ProblemStringError) -> String {
    guard scanner.peek == "\"" else {
      let name = scanner.take { !$0.isWhitespace && $0 != "#" && $0 != "\"" }
      if name.isEmpty { throw error(column, "n has no name") }
      return name
    }
    scanner.advance()
    let name = scanner.take { $0 != "\"" }
    guard scanner.peek == "\"" else { throw error(column, "the name has no closing quotation mark") }
    scanner.advance()
    return name
  }

  /// Splits `name*3`; nil where a name ends in no count.
  private func splitCount(_ name: String, _ column: Int) throws(ProblemStringError) -> (String?, Int)? {
    guard let star = name.lastIndex(of: "*") else { return nil }
    let digits = name[name.index(after: star)...]
    guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    guard let count = Int(digits), 1...ConvolutionProblem.largestExtent ~= count else {
      throw error(
        column,
        "the name counts \(quoted(String(digits))) occurrences; expected 1 to \(ConvolutionProblem.largestExtent)")
    }
    return (star == name.startIndex ? nil : String(name[..<star]), count)
  }

  /// An error at a column of this line.
  func error(_ column: Int, _ reason: String) -> ProblemStringError {
    ProblemStringError(line: line, column: column, reason: reason)
  }
}

/// Walks along the characters of a line.
private struct Scanner {
  let characters: [Character]
  private var position = 0

  init(characters: [Character]) { self.characters = characters }

  /// The next character's column, counted from 1.
  var column: Int { position + 1 }
  /// The next character; nil at the end.
  var peek: Character? { position < characters.count ? characters[position] : nil }

  mutating func advance() { position += 1 }

  mutating func take(while belongs: (Character) -> Bool) -> String {
    let start = position
    while let next = peek, belongs(next) { advance() }
    return String(characters[start..<position])
  }

  mutating func letters() -> String { take { $0.isASCII && $0.isLetter } }
  mutating func digits() -> String { take { $0.isASCII && $0.isNumber } }
}
