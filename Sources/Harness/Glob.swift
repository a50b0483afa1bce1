/// A pattern for names, as a shell reads it: `*` is any run of characters, `?` any one, `[a-z]` one of a set, `[!a-z]` one
/// outside it, and a backslash takes the next character as it is. Upper and lower case differ.
public struct Glob: Hashable, Sendable, CustomStringConvertible {
  /// One step of a pattern.
  private enum Element: Hashable, Sendable {
    case anyRun
    case anyCharacter
    case character(Character)
    case set(ranges: [ClosedRange<Character>], isNegated: Bool)

    func matches(_ character: Character) -> Bool {
      switch self {
      case .anyRun: false
      case .anyCharacter: true
      case .character(let own): own == character
      case .set(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
      }
    }
  }

  /// The pattern as it was written.
  public let pattern: String
  private let elements: [Element]

  /// Reads a pattern. Every string is one: a bracket that is never closed stands for itself.
  public init(_ pattern: String) {
    self.pattern = pattern
    var elements: [Element] = []
    var rest = pattern[...]
    while let character = rest.popFirst() {
      switch character {
      case "*": if elements.last != .anyRun { elements.append(.anyRun) }
      case "?": elements.append(.anyCharacter)
      case "[":
        if let set = Self.readSet(&rest) { elements.append(set) } else { elements.append(.character("[")) }
      case "\\": elements.append(.character(rest.popFirst() ?? "\\"))
      default: elements.append(.character(character))
      }
    }
    self.elements = elements
  }

  /// Whether the pattern has a wildcard, so that it may stand for several names.
  public var isPattern: Bool {
    elements.contains { if case .character = $0 { false } else { true } }
  }

  public var description: String { pattern }

  /// Whether the whole of `name` fits the pattern.
  public func matches(_ name: String) -> Bool {
    let name = Array(name)
    var element = 0
    var position = 0
    // Where to go on when the last run turns out too short; only the last one can, so the search is never exponential.
    var retry: (element: Int, position: Int)?
    while position < name.count {
      if element < elements.count, elements[element] == .anyRun {
        retry = (element + 1, position)
        element += 1
      } else if element < elements.count, elements[element].matches(name[position]) {
        element += 1
        position += 1
      } else if let (after, start) = retry {
        retry = (after, start + 1)
        element = after
        position = start + 1
      } else {
        return false
      }
    }
    return elements[element...].allSatisfy { $0 == .anyRun }
  }

  /// Reads a set behind its opening bracket; nil, and nothing read, where none is closed.
  private static func readSet(_ rest: inout Substring) -> Element? {
    var inside = rest
    var ranges: [ClosedRange<Character>] = []
    let isNegated = inside.first == "!" || inside.first == "^"
    if isNegated { inside.removeFirst() }
    while let first = inside.popFirst() {
      if first == "]" && !ranges.isEmpty {
        rest = inside
        return .set(ranges: ranges, isNegated: isNegated)
      }
      var last = first
      if inside.first == "-", let end = inside.dropFirst().first, end != "]" {
        inside.removeFirst(2)
        last = end
      }
      ranges.append(min(first, last)...max(first, last))
    }
    return nil
  }
}
