import ConvolutionModel

/// Kernels that were added to others, in the order in which they were.
struct RegisteredKernels: Sendable {
  private(set) var kernels: [any ConvolutionKernel] = []
  private var names: Set<String>

  /// - Parameter others: ids that are taken.
  init(besides others: [KernelID]) { names = Set(others.map(\.description)) }

  /// Adds a kernel.
  mutating func add(_ kernel: any ConvolutionKernel) throws(KernelRegistrationError) {
    let id = kernel.id
    try Self.check(id)
    if !names.insert(id.description).inserted { throw .taken(id: id.description) }
    kernels.append(kernel)
  }

  /// Of the workers of other programs, whose names are made up while `bench` runs.
  private static let reservedFamily = "external"

  /// Refuses what the command line, or a record, would read as something else.
  private static func check(_ id: KernelID) throws(KernelRegistrationError) {
    func malformed(_ reason: String) -> KernelRegistrationError {
      .malformedID(id: id.description, reason: reason)
    }
    for (part, text) in [("family", id.family), ("variant", id.variant)] {
      guard let text else { continue }
      let isWord =
        (1...40).contains(text.utf8.count)
        && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || isDigit($0) }
        && !isDigit(text.utf8.first!)
      if !isWord {
        throw malformed(
          "the \(part) is '\(text.prefix(60))'; expected 1 to 40 lower-case letters and digits, a letter first")
      }
    }
    if id.family == reservedFamily {
      throw malformed("the family \(reservedFamily) is that of other programs' kernels")
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
