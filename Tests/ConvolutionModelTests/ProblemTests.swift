import ConvolutionModel
import Testing

struct ProblemTests {
  /// Makes a problem from a valid one with one size changed.
  private static func problem(
    batch: Int = 1, channels: Int = 4, height: Int = 5, width: Int = 6, filters: Int = 8, filterHeight: Int = 3,
    filterWidth: Int = 3, strideHeight: Int = 1, strideWidth: Int = 1, padding: Padding = .zero,
    dilationHeight: Int = 1, dilationWidth: Int = 1, groups: Int = 1
  ) throws(ConvolutionError) -> ConvolutionProblem {
    try ConvolutionProblem(
      batch: batch, inputChannels: channels, inputHeight: height, inputWidth: width, outputChannels: filters,
      filterHeight: filterHeight, filterWidth: filterWidth, strideHeight: strideHeight, strideWidth: strideWidth,
      padding: padding, dilationHeight: dilationHeight, dilationWidth: dilationWidth, groups: groups)
  }

  @Test func sizesBelowOneAreRefused() {
    for value in [0, -1, Int.min] {
      let attempts: [(String, () throws -> ConvolutionProblem)] = [
        ("batch", { try Self.problem(batch: value) }), ("input channels", { try Self.problem(channels: value) }),
        ("input height", { try Self.problem(height: value) }), ("input width", { try Self.problem(width: value) }),
        ("output channels", { try Self.problem(filters: value) }),
        ("filter height", { try Self.problem(filterHeight: value) }),
        ("filter width", { try Self.problem(filterWidth: value) }),
        ("stride height", { try Self.problem(strideHeight: value) }),
        ("stride width", { try Self.problem(strideWidth: value) }),
        ("dilation height", { try Self.problem(dilationHeight: value) }),
        ("dilation width", { try Self.problem(dilationWidth: value) }), ("groups", { try Self.problem(groups: value) }),
      ]
      for (name, attempt) in attempts {
        let expected = ConvolutionError.sizeNotPositive(name: name, value: value)
        #expect(throws: expected) { try attempt() }
        #expect(expected.description == "\(name) is \(value); expected at least 1")
      }
    }
  }

  @Test func impossibleProblemsAreRefused() {
    let cases: [(ConvolutionError, () throws -> ConvolutionProblem)] = [
      (
        .negativePadding(side: "top", value: -1),
        { try Self.problem(padding: Padding(top: -1, left: 0, bottom: 0, right: 0)) }
      ),
      (
        .negativePadding(side: "left", value: -2),
        { try Self.problem(padding: Padding(top: 0, left: -2, bottom: 0, right: 0)) }
      ),
      (.groupsDoNotDivide(name: "input channels", channels: 4, groups: 3), { try Self.problem(groups: 3) }),
      (
        .groupsDoNotDivide(name: "output channels", channels: 9, groups: 2), { try Self.problem(filters: 9, groups: 2) }
      ),
      (.filterExceedsInput(axis: "height", filterExtent: 6, paddedInput: 5), { try Self.problem(filterHeight: 6) }),
      (
        .filterExceedsInput(axis: "width", filterExtent: 7, paddedInput: 6),
        { try Self.problem(dilationWidth: 3) }
      ),
      (
        .filterExceedsInput(axis: "height", filterExtent: 3, paddedInput: 2),
        { try Self.problem(padding: Padding(top: 0, left: 0, bottom: -3, right: 0)) }
      ),
    ]
    for (expected, attempt) in cases {
      #expect(throws: expected) { try attempt() }
      #expect(expected.description.contains("expected") || expected.description.contains("only"))
    }
  }

  @Test func overflowsAreRefused() {
    let large = ConvolutionProblem.largestExtent
    let cases: [(String, () throws -> ConvolutionProblem)] = [
      ("batch", { try Self.problem(batch: large + 1) }), ("input height", { try Self.problem(height: Int.max) }),
      ("dilation width", { try Self.problem(dilationWidth: Int.max) }),
      ("right padding", { try Self.problem(padding: Padding(top: 0, left: 0, bottom: 0, right: Int.min)) }),
      ("top padding", { try Self.problem(padding: Padding(top: Int.max, left: 0, bottom: 0, right: 0)) }),
      ("input tensor", { try Self.problem(batch: large, height: large, width: large) }),
      (
        "output tensor",
        { try Self.problem(height: 3, width: 3, filters: large, padding: Padding(large / 4)) }
      ),
      (
        "weights",
        { try Self.problem(channels: large, height: 1 << 14, width: 3, filters: large, filterHeight: 1 << 14) }
      ),
      (
        "multiply-add count",
        { try Self.problem(batch: 1 << 20, channels: 1 << 18, height: 32, width: 32, filters: 1 << 18) }
      ),
    ]
    for (what, attempt) in cases {
      #expect(throws: ConvolutionError.sizeOverflow(what: what)) { try attempt() }
    }
  }

  @Test func outputFollowsTheLecturesFormula() throws {
    for input in 1...9 {
      for filter in 1...5 {
        for stride in 1...4 {
          for before in 0...2 {
            for after in -2...2 {
              let padded = input + before + after
              guard filter <= padded else { continue }
              let problem = try Self.problem(
                height: input, filterHeight: filter, strideHeight: stride,
                padding: Padding(top: before, left: 0, bottom: after, right: 0))
              // Counted out: every position where the filter still fits.
              let fitting = Swift.stride(from: 0, through: padded - filter, by: stride).underestimatedCount
              #expect(problem.outputHeight == fitting)
            }
          }
        }
      }
    }
  }

  @Test func samePaddingPutsTheOddZeroAfter() throws {
    for (input, filter, stride, dilation, before, after) in [
      (5, 3, 1, 1, 1, 1), (8, 4, 1, 1, 1, 2), (8, 2, 1, 1, 0, 1), (224, 3, 2, 1, 0, 1), (7, 3, 2, 1, 1, 1),
      (8, 1, 2, 1, 0, 0), (9, 3, 1, 2, 2, 2), (1, 5, 1, 1, 2, 2), (10, 3, 4, 1, 0, 1),
    ] {
      let padding = try ConvolutionProblem.samePadding(input: input, filter: filter, stride: stride, dilation: dilation)
      #expect(padding == (before, after), "\(input) \(filter) \(stride)")
      let problem = try ConvolutionProblem(
        channels: 1, height: input, width: input, filters: 1, kernel: filter, stride: stride, padding: .same,
        dilation: dilation)
      #expect(problem.outputHeight == (input + stride - 1) / stride)
      #expect(problem.padding == Padding(top: before, left: before, bottom: after, right: after))
    }
    #expect(throws: ConvolutionError.sizeNotPositive(name: "stride axis", value: 0)) {
      try ConvolutionProblem.samePadding(input: 4, filter: 3, stride: 0)
    }
    #expect(throws: ConvolutionError.sizeOverflow(what: "dilated filter's axis")) {
      try ConvolutionProblem.samePadding(input: 4, filter: Int.max, stride: 1, dilation: 3)
    }
  }

  @Test func countsOfTheLectures() throws {
    let cifar = try ConvolutionProblem(
      channels: 3, height: 32, width: 32, filters: 10, kernel: 5, padding: .explicit(Padding(2)))
    #expect(cifar.outputShape == TensorShape(channels: 10, height: 32, width: 32))
    #expect(cifar.parameters == 760)
    #expect(cifar.multiplyAdds == 768_000)
    #expect(try ConvolutionProblem(channels: 3, height: 100, width: 3, filters: 10, kernel: 3).parameters == 280)
    // 6×6×3, five 3×3 filters: 2160 multiplications; depthwise and pointwise 432 + 240.
    let normal = try ConvolutionProblem(channels: 3, height: 6, width: 6, filters: 5, kernel: 3)
    #expect(normal.multiplyAdds == 2160)
    let separable = try ConvolutionOperation(
      try ConvolutionProblem(channels: 3, height: 6, width: 6, filters: 3, kernel: 3, groups: 3),
      pointwise: PointwiseStage(outputChannels: 5))
    #expect(separable.problem.isDepthwise)
    #expect(separable.problem.multiplyAdds == 432)
    #expect(separable.pointwiseProblem?.multiplyAdds == 240)
    #expect(separable.multiplyAdds == 672)
    // The inception module's 5×5 with and without a 1×1 before it.
    let wide = try ConvolutionProblem(channels: 192, height: 28, width: 28, filters: 32, kernel: 5, padding: .same)
    let squeeze = try ConvolutionProblem(channels: 192, height: 28, width: 28, filters: 16, kernel: 1)
    let narrow = try ConvolutionProblem(channels: 16, height: 28, width: 28, filters: 32, kernel: 5, padding: .same)
    #expect(wide.multiplyAdds == 120_422_400)
    #expect(squeeze.multiplyAdds + narrow.multiplyAdds == 12_443_648)
    let filters = [1, 2].map {
      try? ConvolutionProblem(channels: 1, height: 7, width: 7, filters: 1, kernel: 3, stride: $0)
    }
    #expect(filters.map { $0?.outputHeight } == [5, 3])
    #expect(try ConvolutionProblem(channels: 3, height: 9, width: 9, filters: 2, kernel: 5).outputShape.count == 50)
  }

  @Test func multiplyAddsWithoutPaddingAreCounted() throws {
    for text in [
      "mb2ic3ih5oc4kh3ph1", "g2mb1ic2iw7oc4kw5pw4sw2", "mb1ic1ih3oc1kh2ph3sh2", "mb1ic1ih4iw9oc1kh3kw2dh1dw3ph2pw1",
      "mb1ic1ih7oc1oh3kh1sh3ph0",
    ] {
      let problem = try ConvolutionProblem(parsing: text)
      var pairs = 0
      for y in 0..<problem.outputHeight {
        for x in 0..<problem.outputWidth {
          for r in 0..<problem.filterHeight {
            for s in 0..<problem.filterWidth {
              let row = y * problem.strideHeight + r * problem.dilationHeight - problem.padding.top
              let column = x * problem.strideWidth + s * problem.dilationWidth - problem.padding.left
              if 0..<problem.inputHeight ~= row, 0..<problem.inputWidth ~= column { pairs += 1 }
            }
          }
        }
      }
      let expected = pairs * problem.batch * problem.outputChannels * problem.inputChannelsPerGroup
      #expect(problem.multiplyAddsWithoutPadding == expected, "\(text)")
      #expect(problem.multiplyAdds >= expected)
    }
  }

  @Test func bytesAndIntensity() throws {
    let problem = try ConvolutionProblem(channels: 2, height: 4, width: 4, filters: 3, kernel: 3)
    #expect(problem.bytes() == 4 * (32 + 54 + 12))
    #expect(problem.arithmeticIntensity() == 432.0 / 392.0)
    #expect(problem.bytes(elementSize: 2) * 2 == problem.bytes())
    #expect(try ConvolutionProblem(channels: 2, height: 4, width: 4, filters: 3, kernel: 1).isPointwise)
    #expect(!problem.isPointwise && !problem.isDepthwise)
  }

  @Test func receptiveFieldGrows() throws {
    for size in [1, 3, 5] {
      var field = ReceptiveField()
      for layers in 1...6 {
        field.apply(filterHeight: size, filterWidth: 1, strideHeight: 1, strideWidth: 1)
        #expect(field.height == 1 + layers * (size - 1))
        #expect(field.width == 1)
      }
    }
    // ResNet's stem: 7×7 stride 2, pool 3×3 stride 2, then a 3×3.
    var stem = ReceptiveField()
    stem.apply(try ConvolutionProblem(channels: 3, height: 224, width: 224, filters: 64, kernel: 7, stride: 2))
    #expect((stem.height, stem.jumpHeight) == (7, 2))
    stem.apply(filterHeight: 3, filterWidth: 3, strideHeight: 2, strideWidth: 2)
    #expect((stem.width, stem.jumpWidth) == (11, 4))
    stem.apply(filterHeight: 3, filterWidth: 3, strideHeight: 1, strideWidth: 1, dilationHeight: 2)
    #expect((stem.height, stem.width) == (11 + 16, 11 + 8))
  }
}
