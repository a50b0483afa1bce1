/// The instruction sets that kernels are built for, from what every machine has to the widest.
public enum InstructionSet: String, Hashable, Sendable, CaseIterable, Comparable, Codable {
  /// What the compiler may assume of every machine of the architecture: SSE2 on x86-64, NEON on arm64.
  case baseline
  /// AVX2 and FMA (x86-64-v3).
  case avx2
  /// AVX-512 F, VL, DQ, BW, CD (x86-64-v4).
  case avx512

  private var rank: Int { Self.allCases.firstIndex(of: self)! }

  public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rank < rhs.rank }
}

/// The name of a kernel, in parts and as one word: `family[-variant]-layout[-isa]`, as in `winograd-f4x3-nhwc-avx512`.
public struct KernelID: Hashable, Sendable, CustomStringConvertible {
  /// The algorithm: `naive`, `im2col`, `winograd`, `direct`, `depthwise`, `separable`.
  public let family: String
  /// What distinguishes kernels of a family, `f4x3` or `openblas`.
  public let variant: String?
  /// The layout of input, residual and output.
  public let layout: TensorLayout
  /// The instruction set that the kernel was built for; nil where it doesn't choose one itself.
  public let isa: InstructionSet?

  /// Names a kernel.
  public init(family: String, variant: String? = nil, layout: TensorLayout, isa: InstructionSet? = nil) {
    self.family = family
    self.variant = variant
    self.layout = layout
    self.isa = isa
  }

  public var description: String {
    [family, variant, layout.rawValue, isa?.rawValue].compactMap { $0 }.joined(separator: "-")
  }
}

extension KernelID {
  /// Reads what ``description`` writes; nil for anything else.
  public init?(_ text: String) {
    var parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    var isa: InstructionSet?
    if let last = parts.last.flatMap(InstructionSet.init) {
      isa = last
      parts.removeLast()
    }
    guard let layout = parts.popLast().flatMap(TensorLayout.init), 1...2 ~= parts.count,
      parts.allSatisfy({ !$0.isEmpty })
    else { return nil }
    self.init(family: parts[0], variant: parts.count == 2 ? parts[1] : nil, layout: layout, isa: isa)
  }
}
