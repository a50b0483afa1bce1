import ConvolutionModel
import Foundation

/// What the host says to a worker: one line of JSON each. `Documentation/external-kernels.md` describes them.
enum ExternalRequest: Encodable, Equatable {
  /// Who are you?
  case hello
  /// Get ready for a problem.
  case prepare(ExternalPreparation)
  /// Compute it.
  case run(id: Int, times: Int, warmups: Int)
  /// Forget it.
  case release(id: Int)
  /// Leave.
  case bye

  /// The version of the protocol that is spoken here.
  static let protocolVersion = 1

  /// The name of the answer.
  var answer: String {
    switch self {
    case .hello: "hello"
    case .prepare: "prepared"
    case .run: "ran"
    case .release: "released"
    case .bye: "bye"
    }
  }

  private enum CodingKeys: String, CodingKey { case type, `protocol`, id, times, warmups }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .hello:
      try values.encode("hello", forKey: .type)
      try values.encode(Self.protocolVersion, forKey: .protocol)
    case .prepare(let preparation):
      try values.encode("prepare", forKey: .type)
      try preparation.encode(to: encoder)
    case .run(let id, let times, let warmups):
      try values.encode("run", forKey: .type)
      try values.encode(id, forKey: .id)
      try values.encode(times, forKey: .times)
      try values.encode(warmups, forKey: .warmups)
    case .release(let id):
      try values.encode("release", forKey: .type)
      try values.encode(id, forKey: .id)
    case .bye: try values.encode("bye", forKey: .type)
    }
  }

  /// The line, with its end.
  func line() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }
}

/// What a worker is asked to prepare.
struct ExternalPreparation: Codable, Equatable {
  /// All sizes of a problem; dilation 1 is dense.
  struct Sizes: Codable, Equatable {
    var batch, inputChannels, inputHeight, inputWidth: Int
    var outputChannels, outputHeight, outputWidth: Int
    var filterHeight, filterWidth, strideHeight, strideWidth: Int
    var paddingTop, paddingLeft, paddingBottom, paddingRight: Int
    var dilationHeight, dilationWidth, groups: Int

    init(_ problem: ConvolutionProblem) {
      batch = problem.batch
      inputChannels = problem.inputChannels
      inputHeight = problem.inputHeight
      inputWidth = problem.inputWidth
      outputChannels = problem.outputChannels
      outputHeight = problem.outputHeight
      outputWidth = problem.outputWidth
      filterHeight = problem.filterHeight
      filterWidth = problem.filterWidth
      strideHeight = problem.strideHeight
      strideWidth = problem.strideWidth
      paddingTop = problem.padding.top
      paddingLeft = problem.padding.left
      paddingBottom = problem.padding.bottom
      paddingRight = problem.padding.right
      dilationHeight = problem.dilationHeight
      dilationWidth = problem.dilationWidth
      groups = problem.groups
    }
  }

  /// What is applied to the sums.
  struct EpilogueParts: Codable, Equatable {
    var bias: Bool
    var residual: Bool
    var activation: Activation
  }

  /// Where a tensor lies.
  struct Tensor: Codable, Equatable {
    var path: String
    var offset: Int
    var bytes: Int
  }

  /// All tensors of a problem.
  struct Tensors: Codable, Equatable {
    var weights: Tensor
    var bias: Tensor?
    var input: Tensor
    var residual: Tensor?
    var output: Tensor
  }

  var id: Int
  var problem: String
  var sizes: Sizes
  var epilogue: EpilogueParts
  var layout: TensorLayout
  var threads: Int
  var tensors: Tensors
}

/// What a worker says of itself.
struct ExternalHello: Decodable, Equatable {
  /// What it can do.
  struct Capabilities: Decodable, Equatable {
    var layouts: [String]
    var maxThreads: Int?
    var winograd: Int?
  }

  var `protocol`: Int
  var name: String
  var version: String
  var capabilities: Capabilities
  var isa: String?
  var notes: String?

  /// The layouts, in the order of ``TensorLayout``.
  var layouts: [TensorLayout] { TensorLayout.allCases.filter { capabilities.layouts.contains($0.rawValue) } }

  /// Checks what a decoder can't.
  func check() throws(ExternalFailure) {
    if `protocol` != ExternalRequest.protocolVersion {
      throw ExternalFailure("hello: protocol is \(`protocol`); expected \(ExternalRequest.protocolVersion)")
    }
    let isName =
      (1...40).contains(name.utf8.count) && name.first!.isLetter
      && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    if !isName {
      throw ExternalFailure(
        "hello: name is '\(name.prefix(60))'; expected at most 40 lower-case letters, digits and hyphens, a letter first"
      )
    }
    for layout in capabilities.layouts where TensorLayout(rawValue: layout) == nil {
      throw ExternalFailure("hello: layouts names '\(layout.prefix(60))'; expected nchw or nhwc")
    }
    if layouts.isEmpty { throw ExternalFailure("hello: layouts is empty; expected nchw, nhwc or both") }
    if let threads = capabilities.maxThreads, threads < 1 {
      throw ExternalFailure("hello: maxThreads is \(threads); expected at least 1")
    }
    try Self.check(winograd: capabilities.winograd, of: "hello")
  }

  /// Checks a Winograd tile that a worker named.
  static func check(winograd: Int?, of answer: String) throws(ExternalFailure) {
    if let winograd, ![0, 2, 4, 6].contains(winograd) {
      throw ExternalFailure("\(answer): winograd is \(winograd); expected 0, 2, 4 or 6")
    }
  }
}

/// What a worker says of a problem that it prepared.
struct ExternalPrepared: Decodable, Equatable {
  var id: Int
  var nanoseconds: Double
  var inputBytes: Int
  var outputBytes: Int
  var packedBytes: Int?
  var reorderNanoseconds: Double?
  var winograd: Int?
  var notes: String?

  /// Checks the answer to a command.
  func check(_ request: ExternalPreparation) throws(ExternalFailure) {
    if id != request.id { throw ExternalFailure("prepared: id is \(id); expected \(request.id)") }
    for (name, value, expected) in [
      ("inputBytes", inputBytes, request.tensors.input.bytes),
      ("outputBytes", outputBytes, request.tensors.output.bytes),
    ] where value != expected {
      throw ExternalFailure(
        "prepared: \(name) is \(value); expected \(expected): the worker understood another problem")
    }
    for (name, value) in [
      ("nanoseconds", nanoseconds), ("reorderNanoseconds", reorderNanoseconds ?? 0),
      ("packedBytes", Double(packedBytes ?? 0)),
    ] where !(value >= 0 && value.isFinite) {
      throw ExternalFailure("prepared: \(name) is \(value); expected 0 or more")
    }
    try ExternalHello.check(winograd: winograd, of: "prepared")
  }
}

/// What a worker says of its runs.
struct ExternalRan: Decodable, Equatable {
  var id: Int
  var nanoseconds: [Double]

  /// Checks the answer to a command.
  ///
  /// - Parameter waited: nanoseconds from the command to the answer.
  func check(id expected: Int, times: Int, waited: Double) throws(ExternalFailure) {
    if id != expected { throw ExternalFailure("ran: id is \(id); expected \(expected)") }
    if nanoseconds.count != times {
      throw ExternalFailure("ran: \(nanoseconds.count) times were reported; expected \(times)")
    }
    if let wrong = nanoseconds.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw ExternalFailure("ran: a run took \(wrong) ns; expected more than 0")
    }
    let sum = nanoseconds.reduce(0, +)
    // A clock that the network slews runs up to 500 millionths faster than ours.
    if sum > 1.001 * waited {
      throw ExternalFailure("ran: the runs took \(sum) ns, but the answer came after \(waited) ns")
    }
  }
}

/// The fields that say what an answer is.
struct ExternalAnswerHead: Decodable {
  var type: String
  var reason: String?
}
