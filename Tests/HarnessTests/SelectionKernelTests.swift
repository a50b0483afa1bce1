import ConvolutionModel
import Harness
import Testing

/// A kernel that is only looked at.
private struct NamedKernel: ConvolutionKernel {
  let id: KernelID
  var availability: Availability = .available

  init(
    _ family: String, variant: String? = nil, _ layout: TensorLayout, _ isa: InstructionSet?, missing: Bool = false
  ) {
    id = KernelID(family: family, variant: variant, layout: layout, isa: isa)
    if missing { availability = .unavailable(reason: "not on this machine") }
  }

  func support(for operation: ConvolutionOperation) -> Support { .supported }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    throw .unavailable(kernel: id.description, reason: "only looked at")
  }
}

@Suite("Kernels are selected by name, layout and instruction set")
struct SelectionKernelTests {
  /// A machine with AVX2 but without AVX-512.
  private let all: [any ConvolutionKernel] = [
    NamedKernel("naive", .nhwc, nil), NamedKernel("naive", .nchw, nil),
    NamedKernel("im2col", variant: "blis", .nhwc, nil, missing: true),
    NamedKernel("direct", .nhwc, .baseline), NamedKernel("direct", .nhwc, .avx2),
    NamedKernel("direct", .nhwc, .avx512, missing: true), NamedKernel("direct", .nchw, .baseline),
    NamedKernel("winograd", variant: "f4x3", .nhwc, .avx512, missing: true),
  ]

  private func ids(_ selection: KernelSelection) throws -> [String] {
    try selection.kernels(among: all).map(\.id.description)
  }

  @Test("Of each kernel the highest level that runs here, and those that leave the level open")
  func highest() throws {
    let expected = [
      "naive-nhwc", "naive-nchw", "im2col-blis-nhwc", "direct-nhwc-avx2", "direct-nchw-baseline",
      "winograd-f4x3-nhwc-avx512",
    ]
    #expect(try ids(KernelSelection()) == expected)
  }

  @Test(arguments: [
    (
      KernelSelection(isa: .only(.avx512)),
      ["naive-nhwc", "naive-nchw", "im2col-blis-nhwc", "direct-nhwc-avx512", "winograd-f4x3-nhwc-avx512"]
    ),
    (
      KernelSelection(patterns: ["direct-*"], isa: .all),
      ["direct-nhwc-baseline", "direct-nhwc-avx2", "direct-nhwc-avx512", "direct-nchw-baseline"]
    ),
    (KernelSelection(layout: .nchw), ["naive-nchw", "direct-nchw-baseline"]),
    (KernelSelection(patterns: ["*baseline"]), ["direct-nhwc-baseline", "direct-nchw-baseline"]),
    (KernelSelection(patterns: ["direct-nhwc-avx512"]), ["direct-nhwc-avx512"]),
    (
      KernelSelection(patterns: ["naive-*", "direct-nhwc-baseline"]),
      ["naive-nhwc", "naive-nchw", "direct-nhwc-baseline"]
    ),
  ])
  func chosen(selection: KernelSelection, expected: [String]) throws { #expect(try ids(selection) == expected) }

  @Test(arguments: [
    ("direkt-nhwc-avx2", "direct-nhwc-avx2"), ("winograd", "winograd*"), ("niave-nhwc", "naive-nhwc"), ("zzz", nil),
    ("", nil),
  ])
  func unknown(pattern: String, suggestion: String?) {
    #expect(throws: SelectionError.noKernelMatches(pattern: pattern, suggestion: suggestion)) {
      try ids(KernelSelection(patterns: ["naive-*", pattern]))
    }
  }

  @Test("A named kernel isn't dropped because another choice excludes it")
  func contradictions() {
    #expect(throws: SelectionError.noKernelLeft(pattern: "direct-nhwc-avx2", layout: nil, isa: "baseline")) {
      try ids(KernelSelection(patterns: ["naive-nhwc", "direct-nhwc-avx2"], isa: .only(.baseline)))
    }
    #expect(throws: SelectionError.noKernelLeft(pattern: "winograd*", layout: "nchw", isa: nil)) {
      try ids(KernelSelection(patterns: ["winograd*"], layout: .nchw))
    }
  }

  @Test(arguments: [
    ("none", Epilogue.none), ("bias", Epilogue(bias: true)), ("relu6", Epilogue(activation: .relu6)),
    ("bias+residual+relu", Epilogue(bias: true, residual: true, activation: .relu)),
    ("relu+bias", Epilogue(bias: true, activation: .relu)),
  ])
  func epilogues(name: String, epilogue: Epilogue) throws {
    #expect(try Epilogue(name: name) == epilogue)
    #expect(try Epilogue(name: epilogue.name) == epilogue)
  }

  @Test(arguments: ["", "bias+", "+", "bias+bias", "relu+relu6", "none+bias", "identity", "Bias", "bias relu"])
  func badEpilogues(name: String) {
    #expect(throws: SelectionError.self) { try Epilogue(name: name) }
  }
}
