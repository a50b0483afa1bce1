import ConvolutionModel
import Foundation
import Harness
import Networks
import Reports
import Testing

/// A kernel that is only listed.
private struct ListedKernel: ConvolutionKernel {
  let id: KernelID
  var availability: Availability = .available
  func support(for operation: ConvolutionOperation) -> Support { .supported }
  func blocking(for operation: ConvolutionOperation) -> [BlockEdge] { [] }
  func prepare(
    _ operation: ConvolutionOperation, parameters: ConvolutionParameters, threads: Int
  ) throws(ConvolutionError) -> any PreparedKernel {
    throw .unavailable(kernel: id.description, reason: "only listed")
  }
}

@Suite("Lists and descriptions")
struct ListTests {
  private let kernels: [any ConvolutionKernel] = [
    ListedKernel(id: KernelID(family: "winograd", variant: "f4x3", layout: .nhwc, isa: .avx512)),
    ListedKernel(
      id: KernelID(family: "im2col", variant: "blis", layout: .nchw),
      availability: .unavailable(reason: "libblis.so.4 not found; apt-get install libblis4-openmp")),
  ]

  @Test func kernelsAsJSON() throws {
    let text = try KernelList.rendered(kernels, as: .json)
    let rows = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: String]])
    #expect(rows.map { $0["id"] } == ["winograd-f4x3-nhwc-avx512", "im2col-blis-nchw"])
    #expect(rows.map { $0["family"] } == ["winograd", "im2col"])
    #expect(rows.map { $0["layout"] } == ["nhwc", "nchw"])
    #expect(rows.map { $0["isa"] } == ["avx512", "external"])
    #expect(rows.map { $0["unavailable"] } == [nil, "libblis.so.4 not found; apt-get install libblis4-openmp"])
  }

  @Test func kernelsAsCSV() throws {
    let lines = try KernelList.rendered(kernels, as: .csv).split(separator: "\n")
    #expect(lines[0] == "id,family,variant,layout,isa,implementation,unavailable")
    #expect(lines[1] == "winograd-f4x3-nhwc-avx512,winograd,f4x3,nhwc,avx512,,")
  }

  @Test func describedNetwork() throws {
    let description = NetworkDescription(try Network.named("lenet5"))
    let expected = """
      LeNet-5 (1998), input 1×32×32

      layer   kind             output    parameters  multiply-adds  receptive field
      ------  ---------------  --------  ----------  -------------  ---------------
      c1      convolution      6×28×28          156        117.6 k              5×5
      s2      average pool     6×14×14            0              0              6×6
      c3      convolution      16×10×10     2.416 k        240.0 k            14×14
      s4      average pool     16×5×5             0              0            16×16
      c5      convolution      120×1×1      48.12 k        48.00 k            32×32
      f6      fully connected  84×1×1       10.16 k        10.08 k            32×32
      output  fully connected  10×1×1           850            840            32×32
      ------  ---------------  --------  ----------  -------------  ---------------
      total   5 layers deep                 61.71 k        416.5 k

      """
    #expect(try description.rendered(as: .table) == expected)
    #expect(try description.rendered(as: .csv).hasPrefix("layer,kind,output,parameters,multiplyAdds,receptiveField\n"))
    let json = try JSONSerialization.jsonObject(with: Data(description.rendered(as: .json).utf8)) as? [String: Any]
    #expect(json?["parameters"] as? Int == 61706 && (json?["layers"] as? [Any])?.count == 7)
  }

  @Test("Every list has every form", arguments: OutputFormat.allCases)
  func forms(format: OutputFormat) throws {
    let workloads = try WorkloadSelection(networks: ["lenet5"]).workloads().workloads
    for text in [
      try KernelList.rendered(kernels, as: format), try NetworkList.rendered(Network.all, as: format),
      try LayerList.rendered(workloads, as: format),
      try NetworkDescription(Network.named("vgg16")).rendered(as: format),
    ] {
      #expect(text.hasSuffix("\n"))
      if format == .json { _ = try JSONSerialization.jsonObject(with: Data(text.utf8)) }
    }
  }

  @Test(arguments: [
    ("mb1ic64ih56oc64oh56kh3ph1", "64×56×56→64 k3 p1"),
    ("mb8ic3ih224oc64oh112kh7sh2ph3", "3×224×224→64 k7 s2 p3:3:2:2 mb8"),
    ("mb1g32ic32ih9oc32oh9kh3ph1", "32×9×9→32 k3 p1 dw"), ("mb1g2ic4ih5oc6kh1", "4×5×5→6 k1 g2"),
    ("mb1ic8iw32oc8kw3dw1pw2", "8×1×32→8 k1×3 d1×2 p0:2:0:2"),
    ("mb1g8ic8ih9oc8oh9kh3ph1+oc5", "8×9×9→8 k3 p1 dw →5 k1"),
  ])
  func shortForms(problem: String, text: String) throws {
    #expect(OperationText.short(try ProblemLine.parse(problem).operation()) == text)
  }
}
