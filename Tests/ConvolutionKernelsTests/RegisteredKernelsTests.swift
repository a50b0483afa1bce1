import ConvolutionModel
import Testing

@testable import ConvolutionKernels

/// What a registry takes, on one of the tests' own: what the process's takes stays there for all other tests.
struct RegisteredKernelsTests {
  private struct Kernel: ConvolutionKernel {
    let id: KernelID

    func support(for operation: ConvolutionOperation) -> Support { .unsupported(reason: "it computes nothing") }
    func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
    func prepare(
      _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
    ) throws(ConvolutionError) -> any PreparedKernel {
      throw .unsupported(kernel: id.description, operation: operation.description, reason: "it computes nothing")
    }
  }

  private func error(of id: KernelID, in registry: inout RegisteredKernels) -> KernelRegistrationError? {
    do throws(KernelRegistrationError) {
      try registry.add(Kernel(id: id))
      return nil
    } catch {
      return error
    }
  }

  private let builtIn = RegisteredKernels(besides: KernelRegistry.builtIn.map(\.id))

  @Test func kernelsKeepTheOrderInWhichTheyCame() {
    var registry = builtIn
    let ids = [
      KernelID(family: "own", layout: .nhwc), KernelID(family: "own", layout: .nchw),
      KernelID(family: "direct", variant: "mine2", layout: .nhwc, isa: .avx2),
      KernelID(family: "a", layout: .nhwc, isa: .avx512),
    ]
    for id in ids { #expect(error(of: id, in: &registry) == nil) }
    #expect(registry.kernels.map(\.id) == ids)
    for id in ids { #expect(KernelID(id.description) == id) }
  }

  @Test func aTakenNameIsRefused() {
    var registry = builtIn
    let own = KernelID(family: "own", layout: .nhwc)
    #expect(error(of: own, in: &registry) == nil)
    for id in [own] + KernelRegistry.builtIn.map(\.id) {
      let error = error(of: id, in: &registry)
      #expect(error == .taken(id: id.description))
      #expect(error?.description == "there is a kernel \(id) already; expected an id of its own")
    }
    #expect(registry.kernels.map(\.id) == [own])
  }

  @Test(arguments: [
    ("", nil, "the family is ''"), ("Own", nil, "the family is 'Own'"), ("my kernel", nil, "lower-case letters"),
    ("a-b", nil, "the family is 'a-b'"), ("1st", nil, "a letter first"), ("own*", nil, "the family is 'own*'"),
    ("a,b", nil, "the family is 'a,b'"), ("größer", nil, "the family is"), ("own", "", "the variant is ''"),
    ("own", "a-b", "the variant is 'a-b'"), ("own", "4x3", "a letter first"),
    ("external", "mine", "the family external is that of other programs' kernels"),
    (String(repeating: "a", count: 41), nil, "expected 1 to 40"),
  ])
  func aNameThatMeansSomethingElseIsRefused(_ family: String, _ variant: String?, _ reason: String) throws {
    var registry = builtIn
    let id = KernelID(family: family, variant: variant, layout: .nhwc)
    let error = try #require(error(of: id, in: &registry))
    guard case .malformedID(id.description, let said) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(said.contains(reason) && error.description.hasSuffix(said), "\(said); expected \(reason)")
    #expect(registry.kernels.isEmpty)
  }

  /// Only what throws is registered here: the process's list must stay as it is.
  @Test func theProcesssRegistryRefusesTheSame() {
    for id in [KernelID(family: "naive", layout: .nhwc), KernelID(family: "No", layout: .nhwc)] {
      #expect(throws: KernelRegistrationError.self) { try KernelRegistry.register(Kernel(id: id)) }
    }
    #expect(KernelRegistry.all.map(\.id) == KernelRegistry.builtIn.map(\.id) + KernelRegistry.registered.map(\.id))
  }
}
