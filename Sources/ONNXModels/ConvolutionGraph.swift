import ConvolutionModel

/// A graph whose one operator is a convolution, beside constants.
struct ConvolutionGraph {
  /// A tensor file of a data set.
  struct DataFile {
    let path: String
    let tensor: ONNXTensorResult
  }

  private let node: ONNXNode
  /// The model's path, for errors.
  private let file: String
  private let constants: [String: ONNXTensorResult]
  private let inputs: [String]

  /// Finds the convolution.
  ///
  /// - Throws: ``ONNXError``; a graph with other operators beside it is unsupported.
  init(_ graph: ONNXGraph, file: String) throws(ONNXError) {
    var constants = graph.initializers
    var others: [ONNXNode] = []
    for node in graph.nodes {
      if node.isStandard, node.operatorType == "Constant" {
        if let output = node.outputs.first { constants[output] = Self.value(of: node, file: file) }
      } else {
        others.append(node)
      }
    }
    for node in others where OperatorFamily(operatorType: node.operatorType) == .convolution {
      if let reason = OperatorFamily.refusal(of: node) { throw ONNXError(file: file, .unsupported(reason: reason)) }
    }
    guard others.count == 1, let node = others.first, OperatorFamily.refusal(of: node) == nil else {
      let names = others.map(\.qualifiedType).joined(separator: ", ")
      throw ONNXError(file: file, .unsupported(reason: "a graph of several operators: \(names)"))
    }
    guard node.outputs.count == 1, graph.outputs == node.outputs else {
      throw ONNXError(
        file: file, field: "\(node.place), output",
        .value(node.outputs.joined(separator: ", "), expected: "the graph's only output"))
    }
    self.node = node
    self.file = file
    self.constants = constants
    inputs = graph.inputs
  }

  /// What a node `Constant` gives.
  private static func value(of node: ONNXNode, file: String) -> ONNXTensorResult {
    switch node.attributes.first?.value {
    case .tensor(let tensor) where node.attributes.count == 1: return tensor
    case .number(let number) where node.attributes.count == 1:
      return .success(ONNXTensor(dimensions: [], elements: [number]))
    case .numbers(let numbers) where node.attributes.count == 1:
      return .success(ONNXTensor(dimensions: [numbers.count], elements: numbers))
    default:
      let names = node.attributes.keys.sorted().joined(separator: ", ")
      let expected = "one attribute value, value_float or value_floats"
      return .failure(ONNXError(file: file, field: "\(node.place), attributes", .value(names, expected: expected)))
    }
  }

  /// Puts the tensors of one data set in their places.
  ///
  /// - Parameters:
  ///   - files: the inputs in their order: those without a constant, or all of them.
  ///   - directory: the data set's path, for errors.
  /// - Throws: ``ONNXError`` for what is missing, is of the wrong shape or isn't supported.
  func dataSet(_ files: [DataFile], expected: DataFile, directory: String) throws(ONNXError) -> ConvolutionDataSet {
    var values = constants
    let open = inputs.filter { constants[$0] == nil }
    guard let names = [open, inputs].first(where: { $0.count == files.count }) else {
      let counts = Set([open.count, inputs.count]).sorted()
      throw ONNXError(file: directory, .inputCount(expected: counts, actual: files.count))
    }
    for (name, file) in zip(names, files) { values[name] = file.tensor }

    let places = ["X", "W", "B"]
    guard 2...3 ~= node.inputs.count else {
      throw ONNXError(file: file, field: node.place, .inputCount(expected: [2, 3], actual: node.inputs.count))
    }
    var tensors: [ONNXTensor?] = []
    for (place, name) in zip(places, node.inputs) {
      if place == "B", name.isEmpty { break }
      guard let value = values[name] else {
        throw ONNXError(file: file, field: "\(node.place), input \(place) \(name)", .missing)
      }
      tensors.append(try value.get())
    }
    tensors += Array(repeating: nil, count: 3 - tensors.count)
    let (input, weights, bias) = (tensors[0]!, tensors[1]!, tensors[2])
    let problem = try ConvNode(node: node, file: file).problem(
      input: input.dimensions, weights: weights.dimensions, bias: bias?.dimensions)

    let result = try expected.tensor.get()
    let shape = problem.outputShape
    let image = input.dimensions.count == 3 ? [shape.width] : [shape.height, shape.width]
    if result.dimensions != [shape.batch, shape.channels] + image {
      let wanted = ONNXError.text([shape.batch, shape.channels] + image)
      throw ONNXError(file: expected.path, field: "dims", .shape(result.dimensions, expected: wanted))
    }
    let all = [input.elements, weights.elements, bias?.elements ?? [], result.elements]
    if !all.joined().allSatisfy(\.isFinite) {
      throw ONNXError(file: directory, .unsupported(reason: "elements that are no finite numbers"))
    }
    return ConvolutionDataSet(
      operation: ConvolutionOperation(problem, epilogue: Epilogue(bias: bias != nil)), input: input.elements,
      weights: weights.elements, bias: bias?.elements, expected: result.elements)
  }
}

/// A convolution with its tensors, NCHW, and what it must give.
struct ConvolutionDataSet: Sendable {
  let operation: ConvolutionOperation
  let input: [Float]
  let weights: [Float]
  let bias: [Float]?
  let expected: [Float]
}
