import ConvolutionModel
import MatrixMultiplication
import RegisterTiles

/// Every kernel of the package, in one place and in a fixed order.
public enum KernelRegistry {
  /// All kernels, those that this machine can't run included.
  public static let all: [any ConvolutionKernel] = TensorLayout.allCases.reversed().flatMap { layout in
    kernels(layout)
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

  /// The kernel of a name.
  ///
  /// - Throws: ``ConvolutionError/unknownKernel(name:nearest:)``.
  public static func kernel(named name: String) throws(ConvolutionError) -> any ConvolutionKernel {
    if let kernel = all.first(where: { $0.id.description == name }) { return kernel }
    throw .unknownKernel(name: name, nearest: nearestName(to: name, among: all.map(\.id.description)))
  }
}
