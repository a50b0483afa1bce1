#if ONNX
  import ConvolutionKernels
  import Foundation
  import Testing

  @testable import ONNXModels

  /// Files that are broken, or sound and beyond this package: each is said by file and field, and none ends the process.
  struct BrokenFileTests {
    private static func run(_ directory: String) throws -> CaseResult {
      let runner = CaseRunner(kernels: [try KernelRegistry.kernel(named: "naive-nchw")])
      return CaseReader(directory: directory, runner: runner).run(".")
    }

    private static let set = "test_data_set_0"

    /// Changes the made case before it's written, or its files afterwards, and looks at what is said.
    private func check(
      _ words: String..., outcome: CaseResult.Outcome = .failed, change: (inout MadeCase) -> Void = { _ in },
      files: (String) throws -> Void = { _ in }
    ) throws {
      try withDirectory { directory in
        var made = MadeCase()
        change(&made)
        try made.write(to: directory)
        try files(directory)
        let result = try Self.run(directory)
        #expect(result.outcome == outcome, "\(words): \(result)")
        for word in words { #expect(result.reason?.contains(word) == true, "\(word): \(result.reason ?? "nothing")") }
      }
    }

    @Test func models() throws {
      try check(outcome: .passed)
      try check(
        "model.onnx: is no protocol buffer",
        files: { directory in
          let path = directory + "/model.onnx"
          let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
          try bytes.dropLast(bytes.count / 2).write(to: URL(fileURLWithPath: path))
        })
      try check(
        "model.onnx: is no protocol buffer",
        files: { directory in
          try Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])
            .write(to: URL(fileURLWithPath: directory + "/model.onnx"))
        })
      try check(
        "model.onnx: graph: is missing", files: { try Data().write(to: URL(fileURLWithPath: $0 + "/model.onnx")) })
      try check(
        "model.onnx: can't be read",
        files: { directory in
          try FileManager.default.removeItem(atPath: directory + "/model.onnx")
          try FileManager.default.createDirectory(atPath: directory + "/model.onnx", withIntermediateDirectories: true)
        })
      try check("model.onnx: graph, node: is missing", change: { $0.model.graph.node = [] })
      try check(
        "node c (Conv), input B b: is missing",
        change: {
          $0.model.graph.input.removeLast()
          $0.inputs.removeLast()
        })
    }

    @Test func attributes() throws {
      try check(
        "node c (Conv), attribute pads: holds 3 numbers; expected 4",
        change: {
          $0.node.attribute[1].ints = [0, 0, 0]
        })
      try check(
        "attribute strides: is a number; expected a list of integers", change: { $0.node.attribute[0].type = 1 })
      try check("attribute strides: is of kind 99", change: { $0.node.attribute[0].type = 99 })
      try check(
        "attribute strides: is -9223372036854775808; expected 1",
        change: {
          $0.node.attribute[0].ints = [.min, 1]
        })
      try check(
        "node c (Conv): the size of", "overflows",
        change: {
          $0.node.attribute[1].ints = [.max, .max, .max, .max]
        })
      try check("attribute bonus: the operator has no such", change: { $0.node.attribute[0].name = "bonus" })
    }

    @Test func dataSets() throws {
      try check(
        "test_data_set_0: is missing", files: { try FileManager.default.removeItem(atPath: $0 + "/" + Self.set) })
      for file in ["input_0.pb", "input_1.pb", "output_0.pb"] {
        try check(
          "\(Self.set)/\(file): is missing",
          files: {
            try FileManager.default.removeItem(atPath: $0 + "/\(Self.set)/\(file)")
          })
        // An empty file is a tensor without a type.
        try check(
          "\(Self.set)/\(file): data_type: is missing",
          files: {
            try Data().write(to: URL(fileURLWithPath: $0 + "/\(Self.set)/\(file)"))
          })
        try check(
          "\(Self.set)/\(file): is no protocol buffer",
          files: {
            try Data([0x08, 0xFF]).write(to: URL(fileURLWithPath: $0 + "/\(Self.set)/\(file)"))
          })
      }
      try check("\(Self.set): has 2 inputs; expected 3", change: { $0.inputs.removeLast() })
      try check(
        "\(Self.set)/output_0.pb: dims: has the shape 1×1×4; expected 1×1×2×2",
        change: {
          $0.output = MadeCase.tensor([1, 1, 4], [1, 7, 19, 25])
        })
    }

    @Test func tensors() throws {
      let input = "\(Self.set)/input_0.pb"
      try check("\(input): raw_data: holds 35 bytes; expected 36", change: { $0.inputs[0].rawData.removeLast() })
      try check("\(input): raw_data: holds 36 bytes; expected 48", change: { $0.inputs[0].dims[2] = 4 })
      try check("\(input): float_data: holds 0 elements; expected 9", change: { $0.inputs[0].rawData = Data() })
      try check(
        "\(input): float_data: holds 2 elements; expected 9",
        change: {
          $0.inputs[0] = MadeCase.numbers([1, 1, 3, 3], [1, 2])
        })
      try check("\(input): raw_data: has elements both", change: { $0.inputs[0].floatData = [1] })
      try check("\(input): dims: extent 2 is -3", change: { $0.inputs[0].dims[2] = -3 })
      try check(
        "\(input): dims: the extents 4294967296×4294967296×3×3 make more",
        change: {
          $0.inputs[0].dims[0] = 1 << 32
          $0.inputs[0].dims[1] = 1 << 32
        })
      try check("\(input): data_type: is 77", change: { $0.inputs[0].dataType = 77 })
      try check("\(input): data_type: is -1", change: { $0.inputs[0].dataType = -1 })
      try check(
        "node c (Conv), input X: has the shape of a scalar",
        change: {
          $0.inputs[0] = MadeCase.tensor([], [1])
        })
      try check("node c (Conv): input height is 0", change: { $0.inputs[0] = MadeCase.tensor([1, 1, 0, 3], []) })
      try check(
        "model.onnx: initializer w, raw_data: holds 12 bytes; expected 16",
        change: {
          $0.storeParameters()
          $0.model.graph.initializer[0].rawData.removeLast(4)
        })
    }

    @Test("Sound files that ask for more than there is are unsupported, not broken")
    func unsupported() throws {
      for (type, name) in [(10, "FLOAT16"), (11, "DOUBLE"), (6, "INT32"), (7, "INT64"), (3, "INT8"), (16, "BFLOAT16")] {
        try check("\(name) elements", outcome: .unsupported, change: { $0.inputs[0].dataType = Int32(type) })
      }
      try check("data in another file", outcome: .unsupported, change: { $0.inputs[1].dataLocation = 1 })
      try check(
        "data in another file", outcome: .unsupported,
        change: {
          $0.inputs[1].externalData = [.with { $0.key = "location" }]
        })
      try check("parts of larger tensors", outcome: .unsupported, change: { $0.inputs[1].segment.end = 4 })
      try check(
        "3-D convolution", outcome: .unsupported,
        change: {
          $0.inputs[0] = MadeCase.tensor([1, 1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9])
        })
      try check("transposed convolution", outcome: .unsupported, change: { $0.node.opType = "ConvTranspose" })
      try check(
        "no finite numbers", outcome: .unsupported,
        change: {
          $0.inputs[0] = MadeCase.tensor([1, 1, 3, 3], [.nan, 2, 3, 4, 5, 6, 7, 8, 9])
        })
    }

    @Test("Files cut anywhere, and with any byte changed, come to a result")
    func anyDamage() throws {
      try withDirectory { directory in
        try MadeCase().write(to: directory)
        var failed = 0
        for file in ["model.onnx", "\(Self.set)/input_0.pb", "\(Self.set)/output_0.pb"] {
          let url = URL(fileURLWithPath: directory + "/" + file)
          let sound = try Data(contentsOf: url)
          for place in sound.indices {
            for damage in [UInt8?.none, 0x01, 0x80, 0xFF] {
              var bytes = sound
              if let damage { bytes[place] ^= damage } else { bytes.removeSubrange(place...) }
              try bytes.write(to: url)
              let result = try Self.run(directory)
              // What isn't seen is what doesn't matter, as the node's name.
              if result.outcome != .passed {
                failed += 1
                #expect(result.reason?.isEmpty == false, "\(file), byte \(place): \(result)")
              }
            }
          }
          try sound.write(to: url)
        }
        #expect(failed > 500)
      }
    }
  }
#endif
