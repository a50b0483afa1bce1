import ConvolutionModel

/// Why packed weights can't be kept, or can't be used.
public enum PackedWeightsError: Error, Hashable, Sendable {
  /// The file can't be read or mapped.
  case unreadable(path: String, reason: String)
  /// The file can't be written; what was there before is untouched.
  case unwritable(path: String, reason: String)
  /// The kernel's packed weights aren't this process's to keep.
  case unsaveable(kernel: String)
  /// The file is something else from the start.
  case notPackedWeights(path: String)
  /// The file is of a later version of the format.
  case unknownVersion(path: String, found: Int, newestKnown: Int)
  /// The file is shorter or longer than it says.
  case wrongSize(path: String, expected: Int, actual: Int)
  /// Something in the file isn't what was written.
  case corrupt(path: String, reason: String)
  /// The weights were packed by another version of the package, whose kernels may want them otherwise.
  case otherLibraryVersion(path: String, found: String, expected: String)
  /// The weights were packed for something else; both as problem, epilogue and layout.
  case otherOperation(path: String, found: String, expected: String)
  /// The kernel that the weights were packed for can't run here.
  case kernelUnavailable(path: String, kernel: String, reason: String)
  /// A number of threads outside of 1 to 1024, or what else a plan throws.
  case plan(ConvolutionError)
}

extension PackedWeightsError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "can't read the packed weights in \(path): \(reason)"
    case .unwritable(let path, let reason): "can't write packed weights to \(path): \(reason)"
    case .unsaveable(let kernel):
      "the packed weights of \(kernel) can't be saved; expected a kernel of this package"
    case .notPackedWeights(let path): "\(path) holds no packed weights; expected what this package wrote"
    case .unknownVersion(let path, let found, let newest):
      "the packed weights in \(path) have format version \(found); this package knows versions up to \(newest)"
    case .wrongSize(let path, let expected, let actual):
      "\(path) has \(actual) bytes; expected \(expected): it was cut off, or something was appended"
    case .corrupt(let path, let reason): "\(path) holds no whole packed weights: \(reason)"
    case .otherLibraryVersion(let path, let found, let expected):
      "the weights in \(path) were packed by version \(found); expected \(expected): pack them again"
    case .otherOperation(let path, let found, let expected):
      "the weights in \(path) were packed for \(found); expected \(expected)"
    case .kernelUnavailable(let path, let kernel, let reason):
      "the weights in \(path) were packed for \(kernel), which can't run here: \(reason)"
    case .plan(let error): "\(error)"
    }
  }
}
