import ConvolutionModel
import Testing

@testable import ONNXModels

/// Graphs and data sets put together, and run. Needs no ONNX file.
struct ConvolutionGraphTests {
  private typealias DataFile = ConvolutionGraph.DataFile

  /// A 2×2 filter of ones and twos over a 3×3 image.
  private let x = ONNXTensor(dimensions: [1, 1, 3, 3], elements: [1, 2, 3, 4, 5, 6, 7, 8, 9])
  private let w = ONNXTensor(dimensions: [1, 1, 2, 2], elements: [1, 1, 2, 2])
  private let b = ONNXTensor(dimensions: [1], elements: [-20])
  private let y = ONNXTensor(dimensions: [1, 1, 2, 2], elements: [1, 7, 19, 25])

  private func dataFile(_ name: String, _ tensor: ONNXTensor) -> DataFile {
    DataFile(path: name + ".pb", tensor: .success(tensor))
  }

  private func graph(
    inputs: [String] = ["x", "w", "b"], initializers: [String: ONNXTensorResult] = [:], constants: [ONNXNode] = []
  ) -> ONNXGraph {
    let conv = ONNXNode("Conv", inputs: ["x", "w", "b"], outputs: ["y"])
    return ONNXGraph(nodes: constants + [conv], initializers: initializers, inputs: inputs, outputs: ["y"])
  }

  private func constant(_ name: String, _ value: ONNXAttribute, _ attribute: String = "value") -> ONNXNode {
    ONNXNode("Constant", inputs: [], outputs: [name], attributes: [attribute: value])
  }

  @Test("Weights come as inputs, as initializers, as both, or from constant nodes")
  func places() throws {
    let expected = dataFile("y", y)
    let all = [("x", x), ("w", w), ("b", b)].map(dataFile)
    let stored: [String: ONNXTensorResult] = ["w": .success(w), "b": .success(b)]
    let doubled = ONNXTensor(dimensions: [1, 1, 2, 2], elements: [9, 9, 9, 9])
    let arrangements: [(ONNXGraph, [DataFile])] = [
      (graph(), all), (graph(inputs: ["x"], initializers: stored), [all[0]]),
      // Old files list initializers among the inputs; a data set may give them or not.
      (graph(initializers: stored), [all[0]]),
      (graph(initializers: ["w": .success(doubled), "b": .success(b)]), all),
      (
        graph(
          inputs: ["x"],
          constants: [constant("w", .tensor(.success(w))), constant("b", .numbers([-20]), "value_floats")]),
        [all[0]]
      ),
    ]
    for (graph, files) in arrangements {
      let set = try ConvolutionGraph(graph, file: "m").dataSet(files, expected: expected, directory: "d")
      #expect(set.input == x.elements && set.weights == w.elements && set.bias == [-20])
      #expect(set.expected == y.elements && set.operation.epilogue == Epilogue(bias: true))
      #expect(set.operation.problem.filterHeight == 2)
    }
  }

  @Test("A bias that is named but empty is none")
  func emptyBias() throws {
    let conv = ONNXNode("Conv", inputs: ["x", "w", ""], outputs: ["y"])
    let set = try ConvolutionGraph(ONNXGraph(nodes: [conv], inputs: ["x", "w"], outputs: ["y"]), file: "m").dataSet(
      [dataFile("x", x), dataFile("w", w)], expected: dataFile("y", y), directory: "d")
    #expect(set.bias == nil && set.operation.epilogue == .none)
  }

  @Test("Graphs that can't be run are named, and what is missing or broken is")
  func refusals() {
    let all = [("x", x), ("w", w), ("b", b)].map(dataFile)
    func check(
      _ text: String, isUnsupported: Bool = false, _ graph: ONNXGraph, _ files: [DataFile]? = nil,
      expected: DataFile? = nil
    ) {
      do {
        _ = try ConvolutionGraph(graph, file: "m").dataSet(
          files ?? all, expected: expected ?? dataFile("y", y), directory: "d")
        Issue.record("accepted: \(text)")
      } catch {
        #expect("\(error)".contains(text) && error.isUnsupported == isUnsupported, "\(error)")
      }
    }
    func single(_ type: String, domain: String = "") -> ONNXGraph {
      ONNXGraph(
        nodes: [ONNXNode(type, domain: domain, inputs: ["x", "w", "b"], outputs: ["y"])], inputs: ["x", "w", "b"],
        outputs: ["y"])
    }
    check("transposed", isUnsupported: true, single("ConvTranspose"))
    check("integer convolution", isUnsupported: true, single("ConvInteger"))
    check("quantised", isUnsupported: true, single("QLinearConv"))
    check("deformable", isUnsupported: true, single("DeformConv"))
    check("another kind of convolution (vendor.Conv)", isUnsupported: true, single("Conv", domain: "vendor"))
    var several = graph()
    several.nodes.append(ONNXNode("Relu", inputs: ["y"], outputs: ["z"]))
    check("several operators: Conv, Relu", isUnsupported: true, several)
    var elsewhere = graph()
    elsewhere.outputs = ["z"]
    check("the graph's only output", elsewhere)
    check("d: has 2 inputs; expected 3", graph(), Array(all[..<2]))
    check("input B b: is missing", graph(inputs: ["x", "w"]), Array(all[..<2]))
    check(
      "expected 2 or 3",
      ONNXGraph(nodes: [ONNXNode("Conv", inputs: ["x"], outputs: ["y"])], inputs: ["x"], outputs: ["y"]), [all[0]])
    let broken = ONNXError(file: "w.pb", field: "raw_data", .dataLength(expected: 16, actual: 4, unit: "bytes"))
    check(
      "w.pb: raw_data: holds 4 bytes; expected 16", graph(),
      [all[0], DataFile(path: "w.pb", tensor: .failure(broken)), all[2]])
    check("y.pb: dims: has the shape 1×1×3×3; expected 1×1×2×2", graph(), expected: dataFile("y", x))
    check(
      "expected one attribute value",
      graph(inputs: ["x"], constants: [constant("w", .other("a graph")), constant("b", .number(1), "value_float")]),
      [all[0]])
    var infinite = y
    infinite.elements[2] = .infinity
    check("no finite numbers", isUnsupported: true, graph(), expected: dataFile("y", infinite))
  }
}
