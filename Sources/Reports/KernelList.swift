import ConvolutionModel
import Harness

/// The kernels of the registry, as `bench list kernels` prints them.
public enum KernelList {
  /// One kernel. The optional members are left out of JSON where they're nil.
  public struct Row: Encodable, Sendable {
    /// The kernel's id.
    public let id: String
    /// The algorithm.
    public let family: String
    /// What distinguishes kernels of a family.
    public let variant: String?
    /// `nchw` or `nhwc`.
    public let layout: String
    /// `baseline`, `avx2`, `avx512`, or "external" where a library doesn't say what it chose.
    public let isa: String
    /// What is known of what it runs on: the core type of a BLAS.
    public let implementation: String?
    /// Why it can't run on this machine; nil where it can.
    public let unavailable: String?

    /// Describes a kernel.
    public init(_ kernel: any ConvolutionKernel) {
      id = kernel.id.description
      family = kernel.id.family
      variant = kernel.id.variant
      layout = kernel.id.layout.rawValue
      implementation = kernel.implementationDetail
      isa = kernel.instructionSetName
      unavailable = kernel.availability.reason
    }
  }

  /// The kernels in a form.
  ///
  /// - Throws: `EncodingError`, which text without numbers never causes.
  public static func rendered(
    _ kernels: [any ConvolutionKernel], as format: OutputFormat, colour: Bool = false
  ) throws(EncodingError) -> String {
    let rows = kernels.map { Row($0) }
    var table = Table([
      .init("id"), .init("family"), .init("variant"), .init("layout"), .init("isa"), .init("implementation"),
      .init("unavailable"),
    ])
    for row in rows {
      let style: TextStyle = row.unavailable == nil ? .plain : .faint
      table.append([
        .init(row.id, style), .init(row.family, style), .init(row.variant ?? "", style), .init(row.layout, style),
        .init(row.isa, style), .init(row.implementation ?? "", style), .init(row.unavailable ?? "", .warning),
      ])
    }
    return try table.rendered(as: format, colour: colour, rows: rows)
  }
}
