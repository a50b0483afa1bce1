/// An access to memory that a kernel was not to touch, as the fault that it caused tells it.
struct GuardedAccess: Hashable, Sendable {
  /// Where it went.
  enum Place: Hashable, Sendable {
    /// The page before the buffer, so many bytes before its first one.
    case before(bytes: Int)
    /// The page after the buffer, so many bytes after its last one; 0 is the next byte.
    case after(bytes: Int)
    /// The buffer itself, which may only be read or not be touched any more; bytes from its start.
    case inside(bytes: Int)
  }

  let place: Place
  /// Whether it was a write; nil where the system doesn't say.
  let isWrite: Bool?

  /// A sentence without its subject: "read 4 bytes before the input".
  func description(buffer: String) -> String {
    let verb = isWrite.map { $0 ? "wrote" : "read" } ?? "read or wrote"
    func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }
    switch place {
    case .before(let count): return "\(verb) \(bytes(count)) before the start of the \(buffer)"
    case .after(0): return "\(verb) right after the end of the \(buffer)"
    case .after(let count): return "\(verb) \(bytes(count)) after the end of the \(buffer)"
    case .inside(let count):
      let rule = isWrite == true ? "is only to be read" : "is the caller's again"
      return "\(verb) byte \(count) of the \(buffer), which \(rule)"
    }
  }
}
