import ConvolutionModel
import Testing

@testable import ONNXModels

/// The attributes of a node `Conv` and the extents of its tensors, as problems. Needs no ONNX file.
struct ConvNodeTests {
  private func problem(
    input: [Int], weights: [Int], bias: [Int]? = nil, _ attributes: [String: ONNXAttribute] = [:]
  ) throws(ONNXError) -> ConvolutionProblem {
    try ConvNode(
      node: ONNXNode("Conv", name: "c", inputs: ["x", "w"], outputs: ["y"], attributes: attributes), file: "m.onnx"
    ).problem(input: input, weights: weights, bias: bias)
  }

  @Test("Attributes that are left out are 1, 0, and what the weights say")
  func defaults() throws {
    let expected = try ConvolutionProblem(channels: 3, height: 7, width: 9, filters: 4, kernel: 3)
    #expect(try problem(input: [1, 3, 7, 9], weights: [4, 3, 3, 3], bias: [4]) == expected)
  }

  @Test("Every attribute goes to its own axis and side")
  func allAttributes() throws {
    let expected = try ConvolutionProblem(
      batch: 2, inputChannels: 6, inputHeight: 20, inputWidth: 30, outputChannels: 4, filterHeight: 3, filterWidth: 5,
      strideHeight: 2, strideWidth: 3, padding: Padding(top: 1, left: 2, bottom: 3, right: 4), dilationHeight: 2,
      dilationWidth: 1, groups: 2)
    let attributes: [String: ONNXAttribute] = [
      "auto_pad": .text("NOTSET"), "kernel_shape": .integers([3, 5]), "strides": .integers([2, 3]),
      "pads": .integers([1, 2, 3, 4]), "dilations": .integers([2, 1]), "group": .integer(2),
    ]
    #expect(try problem(input: [2, 6, 20, 30], weights: [4, 3, 3, 5], attributes) == expected)
  }

  @Test("Images of one dimension have height 1")
  func oneDimension() throws {
    let attributes: [String: ONNXAttribute] = [
      "strides": .integers([2]), "pads": .integers([1, 3]), "dilations": .integers([2]),
    ]
    let expected = try ConvolutionProblem(
      batch: 2, inputChannels: 3, inputHeight: 1, inputWidth: 10, outputChannels: 5, filterHeight: 1, filterWidth: 4,
      strideWidth: 2, padding: Padding(top: 0, left: 1, bottom: 0, right: 3), dilationWidth: 2)
    #expect(try problem(input: [2, 3, 10], weights: [5, 3, 4], attributes) == expected)
  }

  /// Of 5 inputs with stride 2, a filter of 2 needs one zero; of 6 with stride 1, one of 4 needs three.
  @Test(
    "The odd zero of SAME goes after the image or before it",
    arguments: [
      ("SAME_UPPER", Padding(top: 0, left: 1, bottom: 1, right: 2)),
      ("SAME_LOWER", Padding(top: 1, left: 2, bottom: 0, right: 1)), ("VALID", .zero),
    ])
  func autoPad(rule: String, padding: Padding) throws {
    let attributes: [String: ONNXAttribute] = ["auto_pad": .text(rule), "strides": .integers([2, 1])]
    let found = try problem(input: [1, 1, 5, 6], weights: [1, 1, 2, 4], attributes)
    #expect(found.padding == padding)
    #expect([found.outputHeight, found.outputWidth] == (rule == "VALID" ? [2, 3] : [3, 6]))
  }

  @Test("What makes no convolution is refused with the name of the attribute or tensor")
  func refusals() {
    func check(
      _ place: String, _ reason: String, input: [Int] = [1, 4, 5, 5], weights: [Int] = [2, 4, 3, 3],
      bias: [Int]? = nil, isUnsupported: Bool = false, _ attributes: [String: ONNXAttribute] = [:]
    ) {
      do {
        let found = try problem(input: input, weights: weights, bias: bias, attributes)
        Issue.record("\(place): \(reason): accepted as \(found)")
      } catch {
        let text = "\(error)"
        #expect(text.hasPrefix("m.onnx: node c (Conv)") && text.contains(place) && text.contains(reason), "\(text)")
        #expect(error.isUnsupported == isUnsupported, "\(text)")
      }
    }
    check("input X", "3-D convolution", input: [1, 4, 5, 5, 5], weights: [2, 4, 3, 3, 3], isUnsupported: true)
    check("input X", "4-D convolution", input: [1, 4, 5, 5, 5, 5], isUnsupported: true)
    check("input X", "has the shape 1×4", input: [1, 4])
    check("input X", "of a scalar", input: [])
    check("input W", "4 extents", weights: [2, 4, 3])
    check("input W", "4 channels / 1 groups", weights: [2, 3, 3, 3])
    check("input W", "4 channels / 2 groups", ["group": .integer(2)])
    check("input W", "as its second extent", weights: [2, 4, 3, 3], ["group": .integer(.max)])
    check("input B", "expected 2", bias: [3])
    check("input B", "expected 2", bias: [1, 2])
    check("attribute group", "is 0; expected 1 or more", ["group": .integer(0)])
    check("attribute group", "is a text; expected an integer", ["group": .text("2")])
    check("attribute strides", "holds 1 numbers; expected 2", ["strides": .integers([1])])
    check("attribute strides", "is 0; expected 1 or more", ["strides": .integers([1, 0])])
    check("attribute dilations", "is -1", ["dilations": .integers([-1, 1])])
    check("attribute dilations", "is a number; expected a list", ["dilations": .number(1)])
    check("attribute pads", "holds 2 numbers; expected 4", ["pads": .integers([1, 1])])
    check("attribute pads", "is -1; expected 0 or more", ["pads": .integers([0, 0, -1, 0])])
    check("attribute pads", "beside", ["pads": .integers([0, 0, 0, 0]), "auto_pad": .text("VALID")])
    check("attribute auto_pad", "is SAME; expected NOTSET, SAME_UPPER", ["auto_pad": .text("SAME")])
    check("attribute auto_pad", "is a list of integers", ["auto_pad": .integers([1])])
    check("attribute kernel_shape", "is 3×2; expected 3×3", ["kernel_shape": .integers([3, 2])])
    check("attribute activation", "no such attribute", ["activation": .text("Relu")])
    check("(Conv)", "the filter spans 6", weights: [2, 4, 6, 3])
    check("(Conv)", "batch is 0", input: [0, 4, 5, 5])
    check("(Conv)", "overflows", ["pads": .integers([.max, 0, .max, 0])])
    check("(Conv)", "overflows", ["auto_pad": .text("SAME_UPPER"), "dilations": .integers([.max, 1])])
    check("(Conv)", "overflows", ["strides": .integers([.max, 1])])
  }
}
