/// Warnings that say the same with other numbers, as one.
struct WarningKind {
  /// The text around the numbers.
  let words: [String]
  /// How many there were.
  private(set) var count = 1
  private var ranges: [ClosedRange<Int>]

  /// Takes a warning apart.
  init(_ warning: String) {
    var words = [""]
    var numbers: [Int] = []
    for part in warning.split(by: \.isNumber) {
      // What doesn't fit into an integer is a word: nobody needs its range.
      if part.first?.isNumber == true, let number = Int(part) {
        numbers.append(number)
        words.append("")
      } else {
        words[words.count - 1] += part
      }
    }
    self.words = words
    ranges = numbers.map { $0...$0 }
  }

  /// Counts another one of the same words.
  mutating func add(_ other: WarningKind) {
    count += other.count
    ranges = zip(ranges, other.ranges).map {
      min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
    }
  }

  /// The warning, with `low–high` where the numbers differ.
  var text: String {
    var text = words[0]
    for (range, word) in zip(ranges, words.dropFirst()) {
      text += range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound)–\(range.upperBound)"
      text += word
    }
    return text
  }
}

extension String {
  /// Pieces of characters that all have a property or all lack it.
  fileprivate func split(by property: (Character) -> Bool) -> [String] {
    reduce(into: []) { pieces, character in
      if let last = pieces.last?.last, property(last) == property(character) {
        pieces[pieces.count - 1].append(character)
      } else {
        pieces.append(String(character))
      }
    }
  }
}
