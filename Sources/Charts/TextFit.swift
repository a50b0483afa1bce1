/// How much room text takes, without a font at hand: widths of a common sans-serif face, rather too wide than too narrow.
enum TextFit {
  /// Pixels that a line takes.
  static func width(_ text: String, size: Double) -> Double {
    var ems = 0.0
    for scalar in text.unicodeScalars {
      switch scalar {
      case "i", "j", "l", "I", "|", ".", ",", ":", ";", "'", "!": ems += 0.32
      case "f", "t", "r", "(", ")", "/", "-", " ", "[", "]": ems += 0.41
      case "m", "w", "M", "W", "%", "@", "→": ems += 0.95
      case _ where scalar.value > 0x2E80: ems += 1
      case "A"..."Z", "×", "÷": ems += 0.74
      default: ems += 0.62
      }
    }
    return ems * size
  }

  /// The text, cut with an ellipsis where it's too long.
  static func cut(_ text: String, to width: Double, size: Double) -> String {
    if Self.width(text, size: size) <= width { return text }
    var kept = text
    while !kept.isEmpty && Self.width(kept + "…", size: size) > width { kept.removeLast() }
    return kept + "…"
  }

  /// The text, its middle left out where it's too long: names of layers and kernels differ at both ends.
  static func cutInside(_ text: String, to width: Double, size: Double) -> String {
    if Self.width(text, size: size) <= width { return text }
    var front = Array(text.prefix(text.count * 2 / 5))
    var back = Array(text.dropFirst(front.count))
    func joined() -> String { String(front) + "…" + String(back) }
    while !back.isEmpty && Self.width(joined(), size: size) > width {
      if front.count * 3 > back.count * 2 && !front.isEmpty { front.removeLast() } else { back.removeFirst() }
    }
    return joined()
  }

  /// The text in lines that fit, broken between words.
  static func lines(_ text: String, width: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      if let last = lines.last, Self.width(last + " " + word, size: size) <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(cut(word, to: width, size: size))
      }
    }
    return lines
  }
}
