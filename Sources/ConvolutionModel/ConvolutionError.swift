/// What can be wrong with a request to convolve. Every case carries the offending values, and ``description`` says what was
/// expected instead.
public enum ConvolutionError: Error, Hashable, Sendable {
  /// A size that must be at least one is not.
  case sizeNotPositive(name: String, value: Int)
  /// A padding is negative where only zero or more makes sense (top and left).
  case negativePadding(side: String, value: Int)
  /// `groups` doesn't divide the channels.
  case groupsDoNotDivide(name: String, channels: Int, groups: Int)
  /// The filter with its dilation doesn't fit into the padded input.
  case filterExceedsInput(axis: String, filterExtent: Int, paddedInput: Int)
  /// A product of sizes doesn't fit into an `Int`, or the tensor is larger than the address space allows.
  case sizeOverflow(what: String)
  /// A buffer holds fewer elements than the shape asks for.
  case bufferTooShort(name: String, expected: Int, actual: Int)
  /// A buffer that must be there is missing, or one is given that the operation doesn't use.
  case unexpectedBuffer(name: String, isMissing: Bool)
  /// A view's extents aren't the plan's.
  case shapeMismatch(name: String, expected: TensorShape, actual: TensorShape)
  /// A view's order of elements isn't the plan's.
  case layoutMismatch(name: String, expected: TensorLayout, actual: TensorLayout)
  /// Two buffers overlap that must not.
  case aliasing(String, String)
  /// A workspace is not aligned to 64 bytes.
  case misalignedWorkspace(address: UInt)
  /// A kernel can't run an operation.
  case unsupported(kernel: String, operation: String, reason: String)
  /// A kernel, or what it needs, isn't there on this machine.
  case unavailable(kernel: String, reason: String)
  /// No kernel has that name.
  case unknownKernel(name: String, nearest: String?)
  /// A number of threads outside of 1 to 1024.
  case invalidThreadCount(Int)
  /// A planning option is out of its range.
  case invalidPlanning(option: String, value: String, expected: String)
  /// No kernel that can run an operation meets what was demanded of it; the reasons, one a kernel.
  case noKernelMeetsDemands(operation: String, reasons: [String])
}

extension ConvolutionError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .sizeNotPositive(let name, let value): "\(name) is \(value); expected at least 1"
    case .negativePadding(let side, let value):
      "\(side) padding is \(value); expected 0 or more (only bottom and right may be negative)"
    case .groupsDoNotDivide(let name, let channels, let groups):
      "\(groups) groups do not divide \(channels) \(name); expected a divisor"
    case .filterExceedsInput(let axis, let extent, let padded):
      "the filter spans \(extent) along the \(axis), but the padded input has only \(padded)"
    case .sizeOverflow(let what): "the size of the \(what) overflows"
    case .bufferTooShort(let name, let expected, let actual):
      "the \(name) buffer holds \(actual) elements; expected at least \(expected)"
    case .unexpectedBuffer(let name, let isMissing):
      isMissing
        ? "the operation uses a \(name), but none was given" : "a \(name) was given, but the operation doesn't use one"
    case .shapeMismatch(let name, let expected, let actual): "the \(name) is \(actual); expected \(expected)"
    case .layoutMismatch(let name, let expected, let actual):
      "the \(name) is laid out as \(actual.rawValue); expected \(expected.rawValue)"
    case .aliasing(let first, let second): "the \(first) and the \(second) buffers overlap; expected disjoint memory"
    case .misalignedWorkspace(let address):
      "the workspace starts at address \(address); expected a multiple of 64"
    case .unsupported(let kernel, let operation, let reason):
      "kernel \(kernel) can't run \(operation): \(reason)"
    case .unavailable(let kernel, let reason): "kernel \(kernel) is unavailable: \(reason)"
    case .unknownKernel(let name, let nearest):
      "no kernel is named \(name)" + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .invalidThreadCount(let count): "the thread count is \(count); expected 1 to 1024"
    case .invalidPlanning(let option, let value, let expected): "\(option) is \(value); expected \(expected)"
    case .noKernelMeetsDemands(let operation, let reasons):
      "no kernel for \(operation) meets the demands: " + reasons.joined(separator: "; ")
    }
  }
}
