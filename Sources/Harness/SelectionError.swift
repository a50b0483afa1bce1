/// What can be wrong with a choice of workloads and kernels.
public enum SelectionError: Error, Hashable, Sendable {
  /// No network has that id; the message names the nearest.
  case network(message: String)
  /// No layer's name fits a pattern.
  case noLayerMatches(pattern: String, nearest: String?)
  /// No kernel's id fits a pattern.
  case noKernelMatches(pattern: String, suggestion: String?)
  /// Kernels fit a pattern, but none of them has the chosen layout and instruction set.
  case noKernelLeft(pattern: String, layout: String?, isa: String?)
  /// A problem string that can't be read; the message says where and why.
  case invalidProblem(message: String)
  /// A file of problems that can't be read.
  case unreadableFile(path: String, reason: String)
  /// A file without a problem in it.
  case noProblems(path: String)
  /// An epilogue's name has a part that is none.
  case unknownEpilogue(name: String, part: String)
  /// A command of an external kernel that can't be taken.
  case external(message: String)
  /// A batch size that is impossible.
  case invalidBatch(message: String)
  /// Something that this machine's memory can't hold.
  case tooLarge(message: String)
}

extension SelectionError: CustomStringConvertible {
  public var description: String {
    func suggesting(_ nearest: String?) -> String { nearest.map { "; did you mean \($0)?" } ?? "" }
    return switch self {
    case .network(let message): message
    case .noLayerMatches(let pattern, let nearest):
      "no layer matches \(pattern)" + suggesting(nearest)
    case .noKernelMatches(let pattern, let suggestion):
      "no kernel matches \(pattern)" + (suggestion.map { "; did you mean \($0)?" } ?? "; see: bench list kernels")
    case .noKernelLeft(let pattern, let layout, let isa):
      "of the kernels that match \(pattern) none has "
        + [layout.map { "layout \($0)" }, isa.map { "instruction set \($0)" }].compactMap { $0 }
        .joined(separator: " and ")
    case .invalidProblem(let message): message
    case .unreadableFile(let path, let reason): "can't read \(path): \(reason)"
    case .noProblems(let path): "\(path) holds no problem"
    case .unknownEpilogue(let name, let part):
      "epilogue \(name): \(part.isEmpty ? "an empty part" : part) is none of bias, residual, relu, relu6; "
        + "expected none or parts joined with +, such as bias+residual+relu"
    case .external(let message), .invalidBatch(let message), .tooLarge(let message): message
    }
  }
}
