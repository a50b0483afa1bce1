import ConvolutionModel
import MatrixMultiplication
import RegisterTiles
import Synchronization

/// Every kernel in one place: those of the package in a fixed order, then those that were registered, in the order in which
/// they were.
///
/// A kernel of your own is registered once, before anybody asks which kernels there are:
///
///     try KernelRegistry.register(MyKernel())
///     Bench.main()  // of the product ConvolutionBench: the whole suite, with it
///
/// From then on it's listed, verified, fuzzed and timed like any other, and found by its name. Plans choose by a model that
/// knows nothing of it, so they take it only where it's named, or where kernels are measured.
public enum KernelRegistry {
  /// All kernels, those that this machine can't run included.
  public static var all: [any ConvolutionKernel] { builtIn + registered }

  /// The kernels that were registered, in that order.
  public static var registered: [any ConvolutionKernel] { added.withLock { $0.kernels } }

  /// The package's own kernels.
  package static let builtIn: [any ConvolutionKernel] = TensorLayout.allCases.reversed().flatMap { layout in
    kernels(layout)
  }

  private static let added = Mutex(RegisteredKernels(besides: builtIn.map(\.id)))

  /// Adds a kernel, for as long as the process lives. May be called from any thread.
  ///
  /// Lists that were made before, such as a command's that is running, don't get it.
  ///
  /// - Throws: ``KernelRegistrationError`` for an id that is taken or can't be told from something else.
  public static func register(_ kernel: any ConvolutionKernel) throws(KernelRegistrationError) {
    try added.withLock { added throws(KernelRegistrationError) in try added.add(kernel) }
  }

  /// The kernel of a name.
  ///
  /// - Throws: ``ConvolutionError/unknownKernel(name:nearest:)``.
  public static func kernel(named name: String) throws(ConvolutionError) -> any ConvolutionKernel {
    let all = all
    if let kernel = all.first(where: { $0.id.description == name }) { return kernel }
    throw .unknownKernel(name: name, nearest: nearestName(to: name, among: all.map(\.id.description)))
  }

  private static func kernels(_ layout: TensorLayout) -> [any ConvolutionKernel] {
    var kernels: [any ConvolutionKernel] = [NaiveKernel(layout: layout)]
    for isa in InstructionSet.ofThisArchitecture {
      kernels.append(Im2colKernel(gemm: OwnGEMM(isa: isa), layout: layout, isa: isa))
    }
    for vendor in BLASVendor.allCases {
      kernels.append(Im2colKernel(gemm: BLASLibrary.load(vendor), layout: layout, isa: nil))
    }
    for isa in InstructionSet.ofThisArchitecture {
      switch layout {
      case .nhwc: kernels.append(DirectNHWCKernel(isa: isa))
      case .nchw: kernels.append(DirectNCHWKernel(isa: isa))
      }
      kernels += WinogradVariant.all.map { WinogradKernel(variant: $0, layout: layout, isa: isa) }
      kernels.append(DepthwiseKernel(layout: layout, isa: isa))
      kernels.append(SeparableKernel(layout: layout, isa: isa))
    }
    return kernels
  }
}
