import ConvolutionKernels
import ConvolutionModel

/// Which instruction sets kernels are chosen for. Kernels that leave the choice to a library, or use none, always stay.
public enum InstructionSetChoice: Hashable, Sendable {
  /// Of each kernel the highest level that runs on this machine.
  case highest
  /// One level, whether the machine has it or not.
  case only(InstructionSet)
  /// Every level.
  case all
}

/// A choice of kernels.
public struct KernelSelection: Hashable, Sendable {
  /// Globs or ids; a kernel is chosen that fits any of them. Empty for all kernels.
  public var patterns: [String]
  /// The layout; nil for both.
  public var layout: TensorLayout?
  /// The instruction sets.
  public var isa: InstructionSetChoice

  /// Makes a choice.
  public init(patterns: [String] = [], layout: TensorLayout? = nil, isa: InstructionSetChoice = .highest) {
    self.patterns = patterns
    self.layout = layout
    self.isa = isa
  }

  /// The chosen kernels in the registry's order; those that this machine can't run included, so that it's said.
  ///
  /// - Throws: ``SelectionError/noKernelMatches(pattern:suggestion:)`` for a pattern that fits no kernel at all, or
  ///   ``SelectionError/noKernelLeft(pattern:layout:isa:)`` where layout or instruction set leave nothing of it.
  public func kernels(
    among all: [any ConvolutionKernel] = KernelRegistry.all
  ) throws(SelectionError) -> [any ConvolutionKernel] {
    let names = all.map(\.id.description)
    for pattern in patterns where !names.contains(where: Glob(pattern).matches) {
      throw .noKernelMatches(pattern: pattern, suggestion: Self.suggestion(for: pattern, among: names))
    }
    let globs = patterns.map { Glob($0) }
    let named = all.filter { kernel in
      (layout == nil || kernel.id.layout == layout)
        && (globs.isEmpty || globs.contains { $0.matches(kernel.id.description) })
    }
    let chosen: [any ConvolutionKernel]
    switch isa {
    case .all: chosen = named
    case .only(let level): chosen = named.filter { $0.id.isa == nil || $0.id.isa == level }
    case .highest: chosen = named.filter { Self.isBest($0, among: named) || patterns.contains($0.id.description) }
    }
    // A kernel that was asked for by name must not vanish because another choice excludes it.
    for glob in globs.isEmpty ? [Glob("*")] : globs
    where !chosen.contains(where: { glob.matches($0.id.description) }) {
      var level: String?
      if case .only(let only) = isa { level = only.rawValue }
      throw .noKernelLeft(pattern: glob.pattern, layout: layout?.rawValue, isa: level)
    }
    return chosen
  }

  /// Whether no higher available level of the same kernel stands beside it; where none is available, whether it's the
  /// lowest, whose reason is the most telling.
  private static func isBest(_ kernel: any ConvolutionKernel, among all: [any ConvolutionKernel]) -> Bool {
    guard let level = kernel.id.isa else { return true }
    let siblings = all.filter {
      $0.id.family == kernel.id.family && $0.id.variant == kernel.id.variant && $0.id.layout == kernel.id.layout
    }
    let available = siblings.filter { $0.availability == .available }.compactMap(\.id.isa)
    return level == (available.max() ?? siblings.compactMap(\.id.isa).min())
  }

  private static func suggestion(for pattern: String, among names: [String]) -> String? {
    if !pattern.isEmpty, !Glob(pattern).isPattern, names.contains(where: { $0.hasPrefix(pattern) }) {
      return pattern + "*"
    }
    return nearestName(to: pattern, among: names)
  }
}
