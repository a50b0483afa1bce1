import ConvolutionModel
import Harness
import Networks
import Testing

@Suite("Workloads are selected by network, layer, problem and file")
struct SelectionWorkloadTests {
  private func names(_ selection: WorkloadSelection) throws -> [String] {
    try selection.workloads().workloads.map { "\($0.network ?? "") \($0.layer)" }
  }

  @Test("Every representative layer is there, under the name of the layer that it's merged with")
  func scopes() throws {
    let representative = try WorkloadSelection().workloads().workloads
    #expect(representative.count == WorkloadSelection.representativeLayers.count)
    let quick = try WorkloadSelection(scope: .quick).workloads().workloads
    #expect(quick.count == WorkloadSelection.quickLayers.count)
    let full = try WorkloadSelection(scope: .full).workloads().workloads
    #expect(Set(representative).isSubset(of: full) && Set(quick).isSubset(of: representative))
    let problems = representative.map(\.operation.problem)
    #expect(problems.contains { $0.isDepthwise && $0.strideHeight == 1 })
    #expect(problems.contains { $0.isDepthwise && $0.strideHeight == 2 })
    #expect(problems.contains { $0.isPointwise })
    #expect(problems.contains { $0.taps == 1 && $0.strideHeight == 2 })
    #expect(problems.contains { $0.inputChannels == 3 })
    #expect(representative.contains { $0.operation.pointwise != nil })
  }

  @Test func networksInOrder() throws {
    let chosen = try names(WorkloadSelection(networks: ["lenet5", "alexnet"]))
    #expect(chosen == ["lenet5 c1", "lenet5 c3", "lenet5 c5"] + (1...5).map { "alexnet conv\($0)" })
    #expect(try names(WorkloadSelection(networks: ["lenet5"], scope: .quick)).count == 3)
  }

  @Test("A layer is found by its own name though it's merged with an equal one")
  func mergedLayers() throws {
    #expect(try names(WorkloadSelection(networks: ["vgg16"], layers: ["conv3_3"])) == ["vgg16 conv3_2"])
    #expect(try names(WorkloadSelection(networks: ["vgg16"], layers: ["conv5_*"])) == ["vgg16 conv5_1"])
    #expect(
      try names(WorkloadSelection(networks: ["mobilenetv1"], layers: ["block9/*"])) == [
        "mobilenetv1 block7/depthwise", "mobilenetv1 block7/pointwise",
      ])
  }

  @Test("A layer pattern alone looks through all networks")
  func layersAlone() throws {
    let networks = try WorkloadSelection(layers: ["conv1"]).workloads().workloads.map(\.network)
    #expect(networks.contains("resnet50") && networks.contains("efficientnetb0") && networks.contains("alexnet"))
  }

  @Test func batches() throws {
    let workloads = try WorkloadSelection(networks: ["vgg16"], layers: ["conv3_3"], batch: 4).workloads().workloads
    #expect(workloads.map(\.operation.problem.batch) == [4])
    let problem = try WorkloadSelection(problems: ["ic8ih5oc8kh3"], batch: 3).workloads().workloads
    #expect(problem.map(\.operation.problem.batch) == [3])
  }

  @Test func problemStrings() throws {
    let text = "mb1ic64ih56oc64oh56kh3ph1n\"resnet_50:res2a_branch2b*3\""
    let workload = try #require(try WorkloadSelection(problems: [text, text]).workloads().workloads.first)
    #expect(workload.layer == "resnet_50:res2a_branch2b" && workload.count == 3 && workload.network == nil)
    #expect(workload.operation.epilogue == Epilogue(bias: true))
    #expect(try WorkloadSelection(problems: [text, text]).workloads().workloads.count == 1)
    let plain = try WorkloadSelection(problems: [text], epilogue: Epilogue.none).workloads().workloads
    #expect(plain.map(\.operation.epilogue) == [.none])
  }

  @Test("An epilogue replaces the final one of a separable operation")
  func separableEpilogues() throws {
    let epilogue = Epilogue(bias: true, residual: true, activation: .relu6)
    let workloads = try WorkloadSelection(
      networks: ["mobilenetv1"], layers: ["block7/separable"], epilogue: epilogue
    ).workloads().workloads
    #expect(workloads.map(\.operation.finalEpilogue) == [epilogue])
    #expect(workloads.map(\.operation.epilogue) == [Epilogue(bias: true, activation: .relu)])
  }

  @Test("Refused lines of a file are reported with their place and the rest is taken")
  func files() throws {
    let text = """
      # shapes
      ic8ih5oc8kh3n"good"
      ic8ih5oc8kh3zz4n"bad"

      ic8id3ih5oc8kd3kh3n"volume"
      ic4ih6oc4kh1n"also good*2"
      """
    var read: [String] = []
    let selection = WorkloadSelection(layers: ["*good"], problemFiles: ["shapes", "-"])
    let (workloads, refused) = try selection.workloads { path throws(SelectionError) in
      read.append(path)
      return text
    }
    #expect(read == ["shapes", "-"])
    #expect(workloads.map(\.layer) == ["good", "also good"])
    #expect(refused.map(\.path) == ["shapes", "shapes", "-", "-"])
    #expect(refused.map(\.isOutOfScope) == [false, true, false, true])
    #expect(refused[0].description.hasPrefix("shapes:3:13: "))
    #expect(refused[2].description.hasPrefix("standard input:3:13: "))
  }

  @Test(arguments: [
    (WorkloadSelection(networks: ["resnet5"]), "no network is named resnet5; did you mean resnet50?"),
    (WorkloadSelection(networks: ["vgg16"], layers: ["conv9_9"]), "no layer matches conv9_9; did you mean conv"),
    (WorkloadSelection(problems: ["ic8ih5oc8kh3dh"]), "problem ic8ih5oc8kh3dh, column 13: "),
    (WorkloadSelection(problems: ["ic8ih2oc8kh3"]), "problem ic8ih2oc8kh3, column "),
    (WorkloadSelection(problems: [""]), "problem , column 1: "),
    (WorkloadSelection(problemFiles: ["/no/such/file"]), "can't read /no/such/file: no such file"),
    (WorkloadSelection(problemFiles: ["/"]), "can't read /: it's a directory"),
    (WorkloadSelection(problemFiles: ["/dev/null"]), "/dev/null holds no problem"),
    (WorkloadSelection(networks: ["vgg16"], batch: Int.max), "vgg16 with \(Int.max) images in a batch: "),
    (WorkloadSelection(problems: ["ic8ih5oc8kh3"], batch: 1 << 40), "problem ic8ih5oc8kh3: "),
  ])
  func errors(selection: WorkloadSelection, message: String) {
    #expect {
      try selection.workloads()
    } throws: {
      let text = "\($0)"
      return $0 is SelectionError && text.hasPrefix(message)
    }
  }

  @Test("A short run's time is shared out, a chosen layer's isn't")
  func budgets() throws {
    let workloads = try WorkloadSelection().workloads().workloads
    let kernels = try KernelSelection().kernels()
    let full = MeasurementBudget(scope: nil, isQuick: false)
    #expect(full.secondsPerMeasurement(workloads: workloads, kernels: kernels) == 0.2)
    let many = Array(repeating: kernels[0], count: 1000)
    #expect(
      MeasurementBudget(scope: .representative, isQuick: false)
        .secondsPerMeasurement(workloads: workloads, kernels: many) == 0.02)
    #expect(MeasurementBudget(scope: .quick, isQuick: true).secondsPerMeasurement(workloads: [], kernels: []) == 0.05)
  }
}
