#if ONNX
  import Foundation
  import SwiftProtobuf

  extension ONNXGraph {
    /// Reads a file `model.onnx`.
    ///
    /// - Throws: ``ONNXError`` where there is no graph in it. Tensors that can't be read are errors of their own, in their
    ///   places.
    init(modelFile path: String) throws(ONNXError) {
      let model: ONNXFileModel = try message(at: path)
      if !model.hasGraph { throw ONNXError(file: path, field: "graph", .missing) }
      if model.graph.node.isEmpty { throw ONNXError(file: path, field: "graph, node", .missing) }
      self.init(model.graph, file: path)
    }

    init(_ graph: ONNXFileGraph, file: String) {
      self.init(
        nodes: graph.node.map { ONNXNode($0, file: file) },
        initializers: Dictionary(
          graph.initializer.map { tensor in
            (tensor.name, ONNXTensor.result(tensor, file: file, field: "initializer \(tensor.name)"))
          }, uniquingKeysWith: { $1 }),
        inputs: graph.input.map(\.name), outputs: graph.output.map(\.name))
    }
  }

  extension ONNXNode {
    init(_ node: ONNXFileNode, file: String) {
      self.init(
        node.opType, name: node.name, domain: node.domain, inputs: node.input, outputs: node.output)
      let place = self.place
      attributes = Dictionary(
        node.attribute.map { ($0.name, ONNXAttribute($0, file: file, field: "\(place), attribute \($0.name)")) },
        uniquingKeysWith: { $1 })
    }
  }

  extension ONNXAttribute {
    init(_ attribute: ONNXFileAttribute, file: String, field: String) {
      switch attribute.type {
      case 1: self = .number(attribute.f)
      case 2: self = .integer(Int(attribute.i))
      case 3: self = .text(String(decoding: attribute.s, as: UTF8.self))
      case 4: self = .tensor(ONNXTensor.result(attribute.t, file: file, field: field))
      case 6: self = .numbers(attribute.floats)
      case 7: self = .integers(attribute.ints.map(Int.init))
      default: self = .other("of kind \(attribute.type)")
      }
    }
  }

  extension ONNXTensor {
    /// Reads a file with one tensor, `input_0.pb`.
    init(file path: String) throws(ONNXError) {
      try self.init(try message(at: path) as ONNXFileTensor, file: path, field: "")
    }

    static func result(_ tensor: ONNXFileTensor, file: String, field: String) -> ONNXTensorResult {
      Result { () throws(ONNXError) in try ONNXTensor(tensor, file: file, field: field) }
    }

    /// Takes the elements from wherever they are.
    init(_ tensor: ONNXFileTensor, file: String, field: String) throws(ONNXError) {
      func error(_ part: String, _ problem: ONNXError.Problem) -> ONNXError {
        ONNXError(file: file, field: field.isEmpty ? part : "\(field), \(part)", problem)
      }
      if tensor.dataLocation != 0 || !tensor.externalData.isEmpty { throw error("data_location", .externalData) }
      if tensor.hasSegment { throw error("segment", .segment) }
      if tensor.dataType != 1 { throw error("data_type", Self.refusal(ofType: Int(tensor.dataType))) }
      let dimensions = tensor.dims.map(Int.init)
      var count = 1
      for (axis, extent) in dimensions.enumerated() where extent < 0 {
        throw error("dims", .negativeDimension(axis: axis, value: extent))
      }
      for extent in dimensions {
        let (product, overflow) = count.multipliedReportingOverflow(by: extent)
        if overflow || product > Int.max / 64 { throw error("dims", .tooManyElements(dimensions: dimensions)) }
        count = product
      }
      if !tensor.rawData.isEmpty, !tensor.floatData.isEmpty { throw error("raw_data", .ambiguousData) }
      if tensor.rawData.isEmpty {
        if tensor.floatData.count != count {
          throw error(
            "float_data", .dataLength(expected: count, actual: tensor.floatData.count, unit: "elements"))
        }
        self.init(dimensions: dimensions, elements: tensor.floatData)
      } else {
        if tensor.rawData.count != 4 * count {
          throw error(
            "raw_data", .dataLength(expected: 4 * count, actual: tensor.rawData.count, unit: "bytes"))
        }
        let elements = tensor.rawData.withUnsafeBytes { bytes in
          (0..<count).map { place in
            Float(
              bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)))
          }
        }
        self.init(dimensions: dimensions, elements: elements)
      }
    }

    /// What is wrong with another element type than binary32: an empty file, too, is a tensor, of no type.
    private static func refusal(ofType type: Int) -> ONNXError.Problem {
      let names = [
        "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "STRING", "BOOL", "FLOAT16", "DOUBLE", "UINT32", "UINT64",
        "COMPLEX64", "COMPLEX128", "BFLOAT16", "FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ",
        "UINT4",
        "INT4", "FLOAT4E2M1", "FLOAT8E8M0", "UINT2", "INT2",
      ]
      if type == 0 { return .missing }
      guard 2..<2 + names.count ~= type else { return .value("\(type)", expected: "a type of the format") }
      return .elementType(name: names[type - 2])
    }
  }

  /// Reads a file as one message.
  private func message<Message: SwiftProtobuf.Message>(at path: String) throws(ONNXError) -> Message {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
      throw ONNXError(file: path, .missing)
    } catch {
      throw ONNXError(file: path, .unreadable(reason: error.localizedDescription))
    }
    do {
      return try Message(serializedBytes: bytes)
    } catch {
      throw ONNXError(file: path, .malformed(reason: "\(error)"))
    }
  }
#endif
