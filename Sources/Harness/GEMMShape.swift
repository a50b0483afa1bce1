import ConvolutionModel

/// The sizes of the matrix product that a convolution layer is as im2col computes it: `C[m×n] = A[m×k]·B[k×n]`.
public struct GEMMShape: Hashable, Sendable, Codable {
  /// Output pixels of all images.
  public let m: Int
  /// Output channels of a group.
  public let n: Int
  /// Taps × input channels of a group: the length of the sums.
  public let k: Int

  /// Gives the sizes.
  public init(m: Int, n: Int, k: Int) {
    self.m = m
    self.n = n
    self.k = k
  }

  /// The product that one group of a convolution comes to.
  public init(_ problem: ConvolutionProblem) {
    self.init(
      m: problem.batch * problem.outputHeight * problem.outputWidth, n: problem.outputChannelsPerGroup,
      k: problem.inputChannelsPerGroup * problem.taps)
  }

  /// Multiply-adds of the product.
  public var multiplyAdds: Int { m * n * k }

  /// The products of workloads, each once, with the layers that they come from. Depthwise and separable operations are left
  /// out: nobody computes them as a matrix product.
  public static func shapes(of workloads: [Workload]) -> [(shape: GEMMShape, layers: [String])] {
    var shapes: [(shape: GEMMShape, layers: [String])] = []
    for workload in workloads where workload.operation.pointwise == nil && !workload.operation.problem.isDepthwise {
      let shape = GEMMShape(workload.operation.problem)
      let layer = [workload.network, workload.layer].compactMap { $0 }.joined(separator: " ")
      if let known = shapes.firstIndex(where: { $0.shape == shape }) {
        shapes[known].layers.append(layer)
      } else {
        shapes.append((shape, [layer]))
      }
    }
    return shapes
  }
}

extension GEMMShape: CustomStringConvertible {
  /// `m×n×k`.
  public var description: String { "\(m)×\(n)×\(k)" }
}
