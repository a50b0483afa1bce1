import ConvolutionModel

/// Problems that are like another, for finding the least one that shows a failure and the others around it.
extension ConvolutionProblem {
  /// The problem with some extents changed; nil where they don't fit together.
  private func changed(_ change: (inout Extents) -> Void) -> ConvolutionProblem? {
    var extents = Extents(self)
    change(&extents)
    let problem = try? ConvolutionProblem(
      batch: extents.batch, inputChannels: extents.inputs * extents.groups, inputHeight: extents.height,
      inputWidth: extents.width, outputChannels: extents.outputs * extents.groups, filterHeight: extents.filterHeight,
      filterWidth: extents.filterWidth, strideHeight: extents.strideHeight, strideWidth: extents.strideWidth,
      padding: Padding(top: extents.top, left: extents.left, bottom: extents.bottom, right: extents.right),
      dilationHeight: extents.dilationHeight, dilationWidth: extents.dilationWidth, groups: extents.groups)
    return problem == self ? nil : problem
  }

  /// What may be changed by itself; channels are counted by group.
  private struct Extents {
    var batch, inputs, outputs, groups, height, width, filterHeight, filterWidth, strideHeight, strideWidth: Int
    var dilationHeight, dilationWidth, top, left, bottom, right: Int

    init(_ problem: ConvolutionProblem) {
      (batch, groups) = (problem.batch, problem.groups)
      (inputs, outputs) = (problem.inputChannelsPerGroup, problem.outputChannelsPerGroup)
      (height, width) = (problem.inputHeight, problem.inputWidth)
      (filterHeight, filterWidth) = (problem.filterHeight, problem.filterWidth)
      (strideHeight, strideWidth) = (problem.strideHeight, problem.strideWidth)
      (dilationHeight, dilationWidth) = (problem.dilationHeight, problem.dilationWidth)
      (top, left) = (problem.padding.top, problem.padding.left)
      (bottom, right) = (problem.padding.bottom, problem.padding.right)
    }
  }

  /// Extents that count something, and what padding is.
  private static var counts: [WritableKeyPath<Extents, Int>] {
    [
      \.batch, \.groups, \.inputs, \.outputs, \.height, \.width, \.filterHeight, \.filterWidth, \.strideHeight,
      \.strideWidth, \.dilationHeight, \.dilationWidth,
    ]
  }
  private static var paddings: [WritableKeyPath<Extents, Int>] { [\.top, \.left, \.bottom, \.right] }

  /// Every problem that differs by one in one extent.
  var neighbours: [ConvolutionProblem] {
    (Self.counts + Self.paddings).flatMap { path in
      [-1, 1].compactMap { step in changed { $0[keyPath: path] += step } }
    }
  }

  /// Every problem that is simpler in one extent: the boldest steps first.
  var simpler: [ConvolutionProblem] {
    let ones = Self.counts.compactMap { path in changed { $0[keyPath: path] = 1 } }
    let noPadding = Self.paddings.compactMap { path in changed { $0[keyPath: path] = 0 } }
    let halves = Self.counts.compactMap { path in changed { $0[keyPath: path] = max(1, $0[keyPath: path] / 2) } }
    let less = Self.counts.compactMap { path in changed { $0[keyPath: path] -= 1 } }
    let nearer = Self.paddings.compactMap { path in changed { $0[keyPath: path] -= $0[keyPath: path].signum() } }
    // Smaller filters with the padding that goes with them keep the output as it is.
    let filters = [
      changed {
        $0.filterHeight -= 1
        $0.bottom -= 1
      },
      changed {
        $0.filterWidth -= 1
        $0.right -= 1
      },
    ].compactMap { $0 }
    return ones + noPadding + halves + less + nearer + filters
  }
}
