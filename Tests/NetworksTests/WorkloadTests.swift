import ConvolutionModel
import Networks
import Testing

@Suite struct WorkloadTests {
  @Test(arguments: Network.all)
  func workloadsAreTheConvolutions(_ network: Network) throws {
    for batch in [1, 3] {
      let workloads = try network.workloads(batch: batch)
      let layers = network.layers.filter { $0.problem != nil }
      #expect(workloads.reduce(0) { $0 + $1.count } == layers.count)
      #expect(
        workloads.reduce(0) { $0 + $1.count * $1.operation.multiplyAdds }
          == batch * layers.reduce(0) { $0 + $1.multiplyAdds })
      #expect(Set(workloads.map(\.operation)).count == workloads.count, "equal shapes are merged")
      #expect(workloads.allSatisfy { $0.operation.problem.batch == batch && $0.network == network.id })
      #expect(workloads.allSatisfy { $0.operation.epilogue.hasBias && !$0.operation.epilogue.hasResidual })
      // In order, each under the name of the first layer of its kind.
      let first = workloads.map { workload in layers.firstIndex { $0.name == workload.layer } }
      #expect(first.allSatisfy { $0 != nil } && first.compactMap { $0 } == first.compactMap { $0 }.sorted())
    }
  }

  @Test func vgg16() throws {
    let workloads = try Network.named("vgg16").workloads()
    #expect(
      workloads.map { [$0.operation.problem.inputChannels, $0.operation.problem.outputHeight, $0.count] } == [
        [3, 224, 1], [64, 224, 1], [64, 112, 1], [128, 112, 1], [128, 56, 1], [256, 56, 2], [256, 28, 1],
        [512, 28, 2], [512, 14, 3],
      ])
    #expect(workloads.map(\.layer).last == "conv5_1")
    #expect(workloads.allSatisfy { $0.operation.epilogue == Epilogue(bias: true, activation: .relu) })
  }

  /// ResNet-50's shapes as the benchmark files of oneDNN count them.
  @Test(arguments: [
    ("ic3ih224iw224oc64oh112ow112kh7kw7sh2sw2dh0dw0ph3pw3", 1), ("ic64ih56iw56oc64oh56ow56kh1kw1sh1sw1dh0dw0ph0pw0", 1),
    ("ic64ih56iw56oc64oh56ow56kh3kw3sh1sw1dh0dw0ph1pw1", 3), ("ic64ih56iw56oc256oh56ow56kh1kw1sh1sw1dh0dw0ph0pw0", 4),
    ("ic256ih56iw56oc64oh56ow56kh1kw1sh1sw1dh0dw0ph0pw0", 2), ("ic256ih56iw56oc512oh28ow28kh1kw1sh2sw2dh0dw0ph0pw0", 1),
    ("ic256ih56iw56oc128oh56ow56kh1kw1sh1sw1dh0dw0ph0pw0", 1),
    ("ic128ih56iw56oc128oh28ow28kh3kw3sh2sw2dh0dw0ph1pw1", 1),
    ("ic128ih28iw28oc128oh28ow28kh3kw3sh1sw1dh0dw0ph1pw1", 3),
    ("ic256ih14iw14oc256oh14ow14kh3kw3sh1sw1dh0dw0ph1pw1", 5),
    ("ic512ih7iw7oc512oh7ow7kh3kw3sh1sw1dh0dw0ph1pw1", 2), ("ic1024ih14iw14oc2048oh7ow7kh1kw1sh2sw2dh0dw0ph0pw0", 1),
  ])
  func resnet50(problem: String, count: Int) throws {
    let workloads = try Network.named("resnet50").workloads()
    let expected = try ConvolutionProblem(parsing: "mb1" + problem)
    // But for the padding at the end: strides that don't come out even leave some of it unread, and benchdnn doesn't count it.
    func shape(_ problem: ConvolutionProblem) -> [Int] {
      [
        problem.inputChannels, problem.inputHeight, problem.inputWidth, problem.outputChannels, problem.outputHeight,
        problem.outputWidth, problem.filterHeight, problem.filterWidth, problem.strideHeight, problem.strideWidth,
        problem.padding.top, problem.padding.left, problem.dilationHeight, problem.dilationWidth, problem.groups,
      ]
    }
    let found = workloads.filter { shape($0.operation.problem) == shape(expected) }
    #expect(found.reduce(0) { $0 + $1.count } == count)
  }

  @Test func separablePairs() throws {
    let first = try Network.named("mobilenetv1").separableWorkloads(batch: 2)
    #expect(first.map(\.count) == [1, 1, 1, 1, 1, 1, 5, 1, 1])
    #expect(first.map(\.layer) == [1, 2, 3, 4, 5, 6, 7, 12, 13].map { "block\($0)/separable" })
    #expect(first.allSatisfy { $0.operation.problem.isDepthwise && $0.operation.problem.batch == 2 })
    #expect(first[0].operation.pointwise == PointwiseStage(outputChannels: 64, epilogue: first[0].operation.epilogue))
    #expect(first[0].operation.epilogue == Epilogue(bias: true, activation: .relu))

    let second = try Network.named("mobilenetv2").separableWorkloads()
    #expect(second.reduce(0) { $0 + $1.count } == 17)
    #expect(second.allSatisfy { $0.operation.epilogue.activation == .relu6 })
    #expect(second.allSatisfy { $0.operation.pointwise?.epilogue == Epilogue(bias: true) })

    // A gate stands between, or there's nothing depthwise at all.
    for id in Network.all.map(\.id) where !id.hasPrefix("mobilenet") {
      #expect(try Network.named(id).separableWorkloads().isEmpty, "\(id)")
    }
  }

  @Test func epiloguesAreWhatKernelsCompute() throws {
    let efficient = try Network.named("efficientnetb0").workloads()
    #expect(efficient.allSatisfy { $0.operation.epilogue == Epilogue(bias: true) })
    let residual = try Network.named("resnet50").layers
    #expect(residual.first { $0.name == "conv2_1/conv2" }?.epilogue?.activation == .relu)
    #expect(residual.first { $0.name == "conv2_1/conv3" }?.epilogue?.activation == .identity)
    #expect(residual.first { $0.name == "conv2_1/add" }?.activation == .relu)
  }

  @Test func impossibleBatchesAreRefused() throws {
    for network in [try Network.named("vgg16"), try Network.named("mobilenetv1")] {
      for batch in [0, -1, Int.min] {
        #expect(throws: ConvolutionError.sizeNotPositive(name: "batch", value: batch)) {
          try network.workloads(batch: batch)
        }
      }
      #expect(throws: ConvolutionError.sizeOverflow(what: "batch")) { try network.workloads(batch: .max) }
    }
    #expect(throws: ConvolutionError.sizeNotPositive(name: "batch", value: 0)) {
      try Network.named("mobilenetv1").separableWorkloads(batch: 0)
    }
  }
}
