#if ONNX
  import Foundation
  import SwiftProtobuf

  @testable import ONNXModels

  /// A test case made here: a convolution of a 3×3 image with a 2×2 filter and a bias, all of them inputs. The members are
  /// there to be changed before it's written.
  struct MadeCase {
    var model: ONNXFileModel
    var inputs: [ONNXFileTensor]
    var output: ONNXFileTensor

    init() {
      inputs = [
        Self.tensor([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]), Self.tensor([1, 1, 2, 2], [1, 1, 2, 2]),
        Self.tensor([1], [-20]),
      ]
      output = Self.tensor([1, 1, 2, 2], [1, 7, 19, 25])
      model = ONNXFileModel.with {
        $0.irVersion = 10
        $0.graph.node = [
          .with {
            $0.opType = "Conv"
            $0.name = "c"
            $0.input = ["x", "w", "b"]
            $0.output = ["y"]
            $0.attribute = [Self.integers("strides", [1, 1]), Self.integers("pads", [0, 0, 0, 0])]
          }
        ]
        $0.graph.input = ["x", "w", "b"].map { name in .with { $0.name = name } }
        $0.graph.output = [.with { $0.name = "y" }]
      }
    }

    /// The convolution.
    var node: ONNXFileNode {
      get { model.graph.node[0] }
      set { model.graph.node[0] = newValue }
    }

    /// Moves weights and bias into the model, without inputs for them.
    mutating func storeParameters() {
      model.graph.initializer = zip(["w", "b"], inputs[1...]).map { name, tensor in
        var tensor = tensor
        tensor.name = name
        return tensor
      }
      model.graph.input.removeLast(2)
      inputs.removeLast(2)
    }

    static func integers(_ name: String, _ values: [Int64]) -> ONNXFileAttribute {
      .with {
        $0.name = name
        $0.type = 7
        $0.ints = values
      }
    }

    /// A tensor with its elements as bytes.
    static func tensor(_ dimensions: [Int64], _ elements: [Float]) -> ONNXFileTensor {
      .with {
        $0.dims = dimensions
        $0.dataType = 1
        $0.rawData = elements.reduce(into: Data()) { data, element in
          withUnsafeBytes(of: element.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
      }
    }

    /// A tensor with its elements as numbers.
    static func numbers(_ dimensions: [Int64], _ elements: [Float]) -> ONNXFileTensor {
      .with {
        $0.dims = dimensions
        $0.dataType = 1
        $0.floatData = elements
      }
    }

    /// Writes the case below a directory, with a number of data sets that are all the same.
    func write(to directory: String, dataSets: Int = 1) throws {
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try Self.write(model, directory + "/model.onnx")
      for number in 0..<dataSets {
        let set = directory + "/test_data_set_\(number)"
        try FileManager.default.createDirectory(atPath: set, withIntermediateDirectories: true)
        for (i, input) in inputs.enumerated() { try Self.write(input, set + "/input_\(i).pb") }
        try Self.write(output, set + "/output_0.pb")
      }
    }

    private static func write(_ message: some Message, _ path: String) throws {
      let data: Data = try message.serializedBytes()
      try data.write(to: URL(fileURLWithPath: path))
    }
  }

  /// Hands over a directory that is gone afterwards.
  func withDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "onnx-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try body(directory)
  }
#endif
