import ConvolutionModel

/// Operations around the edges of a kernel's own blocking.
struct BoundarySweep {
  /// What the edges are varied from: small, so that a sweep is many operations, and deep enough for sums to be cut.
  private struct Base {
    let channels: Channels
    let filter: Int
    var stride = 1
    /// Whether the operation is too large for a debug build.
    var isLarge = false
  }

  private static let bases: [Base] = [
    Base(channels: Channels(input: 3, output: 5), filter: 3),
    // First layers that skip pixels: neighbouring ones share some of their values, but not all.
    Base(channels: Channels(input: 3, output: 20), filter: 3, stride: 2),
    Base(channels: Channels(input: 6, output: 6, groups: 6), filter: 3),
    Base(channels: Channels(input: 6, output: 6, groups: 6, pointwise: 5), filter: 3),
    Base(channels: Channels(input: 5, output: 3), filter: 1),
    Base(channels: Channels(input: 6, output: 4, groups: 2), filter: 2, stride: 2),
    Base(channels: Channels(input: 35, output: 35, groups: 35), filter: 5, stride: 2, isLarge: true),
    Base(channels: Channels(input: 35, output: 35, groups: 35, pointwise: 19), filter: 3, stride: 2, isLarge: true),
    Base(channels: Channels(input: 60, output: 18), filter: 3, isLarge: true),
    // Enough channels to be turned, where a kernel does that for them.
    Base(channels: Channels(input: 36, output: 34), filter: 1, isLarge: true),
    Base(channels: Channels(input: 18, output: 17), filter: 1, stride: 2, isLarge: true),
    // Sums of several chunks, and im2col matrices of several blocks.
    Base(channels: Channels(input: 310, output: 3), filter: 3, isLarge: true),
    Base(channels: Channels(input: 1040, output: 2), filter: 1, isLarge: true),
  ]

  private let kernel: any ConvolutionKernel
  private let isReduced: Bool
  private(set) var operations: [ConvolutionOperation] = []

  /// Collects the operations that the kernel supports.
  ///
  /// - Parameter isReduced: whether a debug build has to get through them.
  init(_ kernel: any ConvolutionKernel, isReduced: Bool) throws {
    self.kernel = kernel
    self.isReduced = isReduced
    var seen: Set<ConvolutionOperation> = []
    for base in Self.bases where !(isReduced && base.isLarge) {
      for operation in try operations(around: base) where seen.insert(operation).inserted {
        operations.append(operation)
      }
    }
  }

  private func operations(around base: Base) throws -> [ConvolutionOperation] {
    let typical = try operation(base, height: 60, width: 70, number: 0)
    guard kernel.support(for: typical).isSupported else { return [] }
    var operations: [ConvolutionOperation] = []
    // What a kernel without blocks has to get right too.
    let edges = kernel.blocking(for: typical) + [BlockEdge(.outputChannels, 1), BlockEdge(.inputChannels, 1)]
    // All counts around an edge would be too many operations for each number of channels.
    for edge in edges where edge.size <= 4096 {
      let isWide = edge.size > 96
      for count in counts(around: edge.size, isShort: isReduced || (isWide && base.isLarge)) {
        operations += try self.operations(base, edge.dimension, count, number: operations.count)
      }
    }
    return operations
  }

  private func counts(around edge: Int, isShort: Bool) -> [Int] {
    let counts = [edge - 1, edge, edge + 1] + (isShort ? [] : [2 * edge - 1, 2 * edge, 2 * edge + 1])
    return counts.filter { $0 >= 1 && !(isReduced && $0 > 200) }
  }

  /// The operations in which a dimension has a count; pixels as one row and as two or four.
  private func operations(
    _ base: Base, _ dimension: BlockEdge.Dimension, _ count: Int, number: Int
  ) throws -> [ConvolutionOperation] {
    func changed(_ input: Int?, _ output: Int?) throws -> ConvolutionOperation {
      let channels = base.channels
      let isDepthwise = channels.groups == channels.input && channels.groups > 1
      var new = base
      if isDepthwise, channels.pointwise == nil || input != nil {
        // The channels of a depthwise kernel are its groups.
        let groups = input ?? output!
        new = Base(
          channels: Channels(input: groups, output: groups, groups: groups, pointwise: channels.pointwise),
          filter: base.filter, stride: base.stride)
      } else if isDepthwise {
        new = Base(
          channels: Channels(
            input: channels.input, output: channels.output, groups: channels.groups, pointwise: output),
          filter: base.filter, stride: base.stride)
      } else {
        new = Base(
          channels: Channels(
            input: input.map { $0 * channels.groups } ?? channels.input,
            output: output.map { $0 * channels.groups } ?? channels.output, groups: channels.groups),
          filter: base.filter, stride: base.stride)
      }
      return try operation(new, height: 3, width: 5, number: number)
    }
    switch dimension {
    case .inputChannels: return [try changed(count, nil)]
    case .outputChannels: return [try changed(nil, count)]
    case .outputWidth: return [try operation(base, height: 2, width: count, number: number)]
    case .outputHeight: return [try operation(base, height: count, width: 3, number: number)]
    case .outputPixels:
      let heights = isReduced || base.isLarge ? [1, 4] : [1, 2, 4]
      return try heights.enumerated().map { index, height in
        try operation(base, height: height, width: (count + height - 1) / height, number: number + index)
      }
    }
  }

  /// An operation of a given output: the filter centred, so that the borders are padding.
  private func operation(_ base: Base, height: Int, width: Int, number: Int) throws -> ConvolutionOperation {
    let before = (base.filter - 1) / 2
    func input(_ outputs: Int) -> Int { (outputs - 1) * base.stride + 1 }
    let after = base.filter - 1 - before
    return try ConvolutionOperation(
      Geometry(
        input(height), input(width), filter: base.filter, stride: base.stride,
        padding: Padding(top: before, left: before, bottom: after, right: after), batch: number % 5 == 4 ? 2 : 1),
      base.channels, epilogue: number)
  }
}
