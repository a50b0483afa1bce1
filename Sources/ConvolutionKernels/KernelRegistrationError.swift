/// Why a kernel can't be registered.
public enum KernelRegistrationError: Error, Hashable, Sendable {
  /// The id can't stand for a kernel; the reason is half a sentence.
  case malformedID(id: String, reason: String)
  /// Another kernel has the id: one of the package's own, or one that was registered before.
  case taken(id: String)
}

extension KernelRegistrationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformedID(let id, let reason): "a kernel can't be called '\(id)': \(reason)"
    case .taken(let id): "there is a kernel \(id) already; expected an id of its own"
    }
  }
}
