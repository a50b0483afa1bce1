import ConvolutionModel

extension ConvolutionKernel {
  /// The instruction set that the kernel runs, for lists and records: the one in its id, or the one that its library chose;
  /// "external" where the library doesn't say or isn't there, and for plain code what the compiler may assume.
  public var instructionSetName: String {
    if let isa = id.isa { return isa.rawValue }
    if let detail = implementationDetail?.lowercased() {
      return InstructionSet.allCases.last { detail.contains($0.rawValue) }?.rawValue ?? "external"
    }
    return availability == .available ? InstructionSet.baseline.rawValue : "external"
  }

  /// The instruction set whose peak the kernel is held against: its own; where a library or the compiler chose one that
  /// isn't known, nil for the machine's best.
  var probeISA: InstructionSet? { InstructionSet(rawValue: instructionSetName) }
}
