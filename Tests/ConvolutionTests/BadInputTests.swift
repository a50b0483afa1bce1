import ConvolutionKernels
import ConvolutionModel
import Foundation
import Testing

@testable import Convolution

/// What somebody may hand to the library by mistake, with the package's own kernels: each is an error of its own, none a trap.
@Suite("Bad input: buffers, shapes and files of the library")
struct BadInputTests {
  private static func error(_ body: () throws -> Void) -> (any Error)? {
    do {
      try body()
      return nil
    } catch { return error }
  }

  /// Expects each body to throw an error, and its message to say more than its name.
  private static func expect(_ cases: [(ConvolutionError, () throws -> Void)]) {
    for (index, (expected, body)) in cases.enumerated() {
      let found = error(body) as? ConvolutionError
      #expect(found == expected, "case \(index): \(String(describing: found))")
      #expect(expected.description.count > 15)
    }
  }

  private static let channels = 5
  private static func problem() throws -> ConvolutionProblem {
    try ConvolutionProblem(
      channels: channels, height: 6, width: 7, filters: 4, kernel: 3, padding: .explicit(Padding(1)))
  }

  @Test(arguments: TensorLayout.allCases)
  func buffers(layout: TensorLayout) throws {
    let problem = try Self.problem()
    let (inputs, outputs) = (problem.inputShape.count, problem.outputShape.count)
    let weights = [Float](repeating: 1, count: problem.weightCount)
    let plain = try ConvolutionPlan(problem, layout: layout, weights: weights)
    let adding = try ConvolutionPlan(problem, layout: layout, weights: weights, residual: true)
    let scratch = max(64, (adding.workspaceBytes + 63) / 64 * 64)
    let memory = AlignedBuffer<Float>(count: 4 * (inputs + outputs) + scratch, repeating: 0)
    func read(_ start: Int, _ count: Int) -> UnsafeBufferPointer<Float> {
      UnsafeBufferPointer(rebasing: memory.elements[start..<start + count])
    }
    func write(_ start: Int, _ count: Int) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(rebasing: memory.elements[start..<start + count])
    }
    let none = UnsafeBufferPointer<Float>(start: nil, count: 0)
    let end = inputs + 2 * outputs
    func bytes(_ start: Int, _ count: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(memory.elements)[start..<start + count])
    }
    let (given, result) = (read(0, inputs), write(inputs, outputs))
    let free = (4 * end + 63) / 64 * 64
    var cases: [(ConvolutionError, () throws -> Void)] = [
      (.bufferTooShort(name: "input", expected: inputs, actual: 0), { try plain.run(input: none, output: result) }),
      (
        .bufferTooShort(name: "input", expected: inputs, actual: inputs - 1),
        { try plain.run(input: read(0, inputs - 1), output: result) }
      ),
      (
        .bufferTooShort(name: "output", expected: outputs, actual: outputs - 1),
        { try plain.run(input: given, output: write(inputs, outputs - 1)) }
      ),
      (
        .bufferTooShort(name: "output", expected: outputs, actual: 0),
        { try plain.run(input: given, output: UnsafeMutableBufferPointer(start: nil, count: 0)) }
      ),
      (.unexpectedBuffer(name: "residual", isMissing: true), { try adding.run(input: given, output: result) }),
      (
        .unexpectedBuffer(name: "residual", isMissing: false),
        { try plain.run(input: given, residual: read(end, outputs), output: result) }
      ),
      (
        .bufferTooShort(name: "residual", expected: outputs, actual: 1),
        { try adding.run(input: given, residual: read(end, 1), output: result) }
      ),
      (
        .bufferTooShort(name: "residual", expected: outputs, actual: 0),
        { try adding.run(input: given, residual: none, output: result) }
      ),
      // By one element, at either end, or all of it.
      (.aliasing("input", "output"), { try plain.run(input: given, output: write(inputs - 1, outputs)) }),
      (.aliasing("input", "output"), { try plain.run(input: read(outputs - 1, inputs), output: write(0, outputs)) }),
      (.aliasing("input", "output"), { try plain.run(input: given, output: write(0, outputs)) }),
      (
        .aliasing("residual", "output"),
        { try adding.run(input: given, residual: read(inputs + 1, outputs), output: result) }
      ),
      (
        .aliasing("residual", "output"),
        { try adding.run(input: given, residual: read(inputs - 1, outputs), output: result) }
      ),
      (
        .misalignedWorkspace(address: UInt(bitPattern: bytes(free + 4, 4).baseAddress!)),
        { try plain.run(input: given, output: result, workspace: bytes(free + 4, scratch)) }
      ),
      (
        .bufferTooShort(name: "workspace", expected: max(1, plain.workspaceBytes), actual: 0),
        { try plain.run(input: given, output: result, workspace: .init(start: nil, count: 0)) }
      ),
    ]
    if plain.workspaceBytes > 0 {
      cases.append(
        (.aliasing("input", "workspace"), { try plain.run(input: given, output: result, workspace: bytes(0, scratch)) })
      )
    }
    Self.expect(cases)
    // What is refused is left as it was, and what is right still runs.
    #expect(memory.elements.allSatisfy { $0 == 0 })
    try plain.run(input: given, output: result, workspace: bytes(free, scratch))
    try adding.run(input: given, residual: UnsafeBufferPointer(result), output: result)
  }

  @Test func constants() throws {
    let problem = try Self.problem()
    let weights = [Float](repeating: 1, count: problem.weightCount)
    let buffer = AlignedBuffer(weights)
    let whole = UnsafeBufferPointer(buffer.elements)
    let nothing = UnsafeBufferPointer<Float>(start: nil, count: 0)
    func part(_ count: Int) -> UnsafeBufferPointer<Float> { UnsafeBufferPointer(rebasing: whole[..<count]) }
    let plain = ConvolutionOperation(problem, epilogue: .none)
    let biased = ConvolutionOperation(problem, epilogue: Epilogue(bias: true))
    let depthwise = try ConvolutionProblem(channels: 4, height: 6, width: 6, filters: 4, kernel: 3, groups: 4)
    let separable = try ConvolutionOperation(
      depthwise, pointwise: PointwiseStage(outputChannels: 3, epilogue: Epilogue(bias: true)))
    func plan(_ operation: ConvolutionOperation, _ parameters: ConvolutionParameters) -> () throws -> Void {
      { _ = try ConvolutionPlan(operation, parameters: parameters) }
    }
    func threaded(_ threads: Int) -> () throws -> Void {
      { _ = try ConvolutionPlan(problem, weights: weights, threads: threads) }
    }
    func planning(_ options: PlanningOptions) -> () throws -> Void {
      { _ = try ConvolutionPlan(problem, weights: weights, planning: options) }
    }
    let (time, bound) = ("the time for measuring", "the accuracy bound")
    let (seconds, positive) = ("0 or more seconds", "a positive number")
    Self.expect([
      (
        .bufferTooShort(name: "weights", expected: weights.count, actual: 0),
        plan(plain, ConvolutionParameters(weights: nothing))
      ),
      (
        .bufferTooShort(name: "weights", expected: weights.count, actual: weights.count - 1),
        plan(plain, ConvolutionParameters(weights: part(weights.count - 1)))
      ),
      (.unexpectedBuffer(name: "bias", isMissing: true), plan(biased, ConvolutionParameters(weights: whole))),
      (
        .unexpectedBuffer(name: "bias", isMissing: false),
        plan(plain, ConvolutionParameters(weights: whole, bias: part(4)))
      ),
      (
        .bufferTooShort(name: "bias", expected: 4, actual: 3),
        plan(biased, ConvolutionParameters(weights: whole, bias: part(3)))
      ),
      (
        .bufferTooShort(name: "bias", expected: 4, actual: 0),
        plan(biased, ConvolutionParameters(weights: whole, bias: nothing))
      ),
      (
        .unexpectedBuffer(name: "pointwise weights", isMissing: true),
        plan(separable, ConvolutionParameters(weights: whole))
      ),
      (
        .unexpectedBuffer(name: "pointwise weights", isMissing: false),
        plan(plain, ConvolutionParameters(weights: whole, pointwiseWeights: part(12)))
      ),
      (
        .bufferTooShort(name: "pointwise weights", expected: 12, actual: 11),
        plan(separable, ConvolutionParameters(weights: whole, pointwiseWeights: part(11), pointwiseBias: part(3)))
      ),
      (
        .unexpectedBuffer(name: "pointwise bias", isMissing: true),
        plan(separable, ConvolutionParameters(weights: whole, pointwiseWeights: part(12)))
      ),
      (
        .bufferTooShort(name: "pointwise bias", expected: 3, actual: 2),
        plan(separable, ConvolutionParameters(weights: whole, pointwiseWeights: part(12), pointwiseBias: part(2)))
      ),
      (.invalidThreadCount(0), threaded(0)), (.invalidThreadCount(1025), threaded(1025)),
      (.invalidThreadCount(.min), threaded(.min)), (.invalidThreadCount(.max), threaded(.max)),
      (
        .invalidPlanning(option: time, value: "-1.0 s", expected: seconds),
        planning(.measured(seconds: -1))
      ),
      (
        .invalidPlanning(option: time, value: "nan s", expected: seconds),
        planning(.measured(seconds: .nan))
      ),
      (
        .invalidPlanning(option: time, value: "inf s", expected: seconds),
        planning(.measured(seconds: .infinity))
      ),
      (
        .invalidPlanning(option: "the workspace limit", value: "-1", expected: "0 or more bytes"),
        planning(.heuristic(workspaceLimit: -1))
      ),
      (
        .invalidPlanning(option: bound, value: "0.0", expected: positive), planning(.heuristic(accuracy: .bound(0)))
      ),
      (
        .invalidPlanning(option: bound, value: "nan", expected: positive), planning(.heuristic(accuracy: .bound(.nan)))
      ),
    ])
  }

  @Test func viewsOfNoTensor() throws {
    let problem = try Self.problem()
    let memory = AlignedBuffer<Float>(count: 1000, repeating: 0)
    let elements = UnsafeBufferPointer(memory.elements)
    let plan = try ConvolutionPlan(
      problem, layout: .nhwc, weights: [Float](repeating: 1, count: problem.weightCount), residual: true)
    func view(_ shape: TensorShape) -> () throws -> Void {
      { _ = try TensorView(elements, shape: shape, layout: .nchw) }
    }
    func target(_ shape: TensorShape) -> () throws -> Void {
      { _ = try MutableTensorView(memory.elements, shape: shape, layout: .nhwc) }
    }
    let input = try TensorView(elements, shape: problem.inputShape, layout: .nhwc)
    let output = try MutableTensorView(
      UnsafeMutableBufferPointer(rebasing: memory.elements[500...]), shape: problem.outputShape, layout: .nhwc)
    let turned = TensorShape(channels: Self.channels, height: 7, width: 6)
    let batch = TensorShape(batch: 2, channels: 4, height: 6, width: 7)
    Self.expect([
      (.sizeNotPositive(name: "the tensor's channels", value: 0), view(TensorShape(channels: 0, height: 1, width: 1))),
      (.sizeNotPositive(name: "the tensor's height", value: -2), view(TensorShape(channels: 1, height: -2, width: -2))),
      (
        .sizeNotPositive(name: "the tensor's batch", value: .min),
        target(TensorShape(batch: .min, channels: 1, height: 1, width: 1))
      ),
      (.sizeOverflow(what: "tensor"), view(TensorShape(channels: .max, height: 2, width: 1))),
      (.sizeOverflow(what: "tensor"), target(TensorShape(channels: 1 << 32, height: 1 << 31, width: 1))),
      (
        .bufferTooShort(name: "tensor", expected: .max, actual: 1000),
        view(TensorShape(channels: .max, height: 1, width: 1))
      ),
      (
        .shapeMismatch(name: "input", expected: problem.inputShape, actual: turned),
        { try plan.run(input: try TensorView(elements, shape: turned, layout: .nhwc), output: output) }
      ),
      (
        .layoutMismatch(name: "input", expected: .nhwc, actual: .nchw),
        { try plan.run(input: try TensorView(elements, shape: problem.inputShape, layout: .nchw), output: output) }
      ),
      (
        .shapeMismatch(name: "output", expected: problem.outputShape, actual: batch),
        {
          try plan.run(
            input: input, output: try MutableTensorView(memory.elements, shape: batch, layout: .nhwc))
        }
      ),
      (
        .layoutMismatch(name: "output", expected: .nhwc, actual: .nchw),
        {
          try plan.run(
            input: input, output: try MutableTensorView(memory.elements, shape: problem.outputShape, layout: .nchw))
        }
      ),
      (
        .shapeMismatch(name: "residual", expected: problem.outputShape, actual: problem.inputShape),
        { try plan.run(input: input, residual: input, output: output) }
      ),
      (
        .layoutMismatch(name: "residual", expected: .nhwc, actual: .nchw),
        {
          let residual = try TensorView(elements, shape: problem.outputShape, layout: .nchw)
          try plan.run(input: input, residual: residual, output: output)
        }
      ),
      (.unexpectedBuffer(name: "residual", isMissing: true), { try plan.run(input: input, output: output) }),
    ])
  }

  @Test func problemsOfNoSize() {
    func make(
      _ height: Int, _ kernel: Int, stride: Int = 1, padding: PaddingRule = .same, dilation: Int = 1
    ) -> () throws -> Void {
      {
        _ = try ConvolutionProblem(
          channels: 1, height: height, width: 5, filters: 1, kernel: kernel, stride: stride, padding: padding,
          dilation: dilation)
      }
    }
    Self.expect([
      (.sizeNotPositive(name: "input height", value: 0), make(0, 3)),
      (.sizeNotPositive(name: "filter height", value: .min), make(5, .min)),
      (.sizeNotPositive(name: "stride height", value: 0), make(5, 3, stride: 0)),
      (.sizeNotPositive(name: "dilation height", value: -1), make(5, 3, dilation: -1)),
      (.sizeOverflow(what: "dilated filter's height"), make(5, .max, dilation: 2)),
      (.sizeOverflow(what: "input height"), make(.max, 1)),
      (.sizeOverflow(what: "stride height"), make(5, 1, stride: .max)),
      (.sizeOverflow(what: "top padding"), make(5, 3, padding: .explicit(Padding(.max)))),
      (.sizeOverflow(what: "top padding"), make(5, 3, padding: .explicit(Padding(.min)))),
      (.negativePadding(side: "top", value: -1), make(5, 3, padding: .explicit(Padding(-1)))),
      (.sizeOverflow(what: "output tensor"), make(5, 3, padding: .explicit(Padding(Int(Int32.max))))),
    ])
  }

  /// Files that are none of ours from the start, or were made to look like one.
  @Test func packedWeights() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bad-packed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "layer.weights").path
    func message(_ path: String) -> String {
      let error = Self.error { _ = try PackedWeightsFile(mapping: path) }
      return (error as? PackedWeightsError)?.description ?? "\(path) was read, or gave \(String(describing: error))"
    }
    for (path, part) in [
      ("/dev/null", "holds no packed weights"), (folder.path, "packed weights"),
      (path, "can't read the packed weights in"),
      (path + "/below", "can't read the packed weights in"), ("", "can't read the packed weights in"),
    ] { #expect(message(path).contains(part) && !message(path).contains("was read"), "\(message(path))") }

    // A file with any head and description, each with its right checksum.
    func head(
      _ description: String, version: UInt32 = 1, bytes: UInt32? = nil, first: UInt64 = 4096, size: Int = 8192,
      said: UInt64? = nil
    ) throws -> String {
      var checksum = Checksum()
      checksum.add(Data(description.utf8))
      var data = Data("CONVPACK".utf8)
      func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
      }
      append(version)
      append(bytes ?? UInt32(description.utf8.count))
      append(checksum.value)
      append(first)
      append(said ?? UInt64(size))
      data += Data(description.utf8)
      data += Data(count: max(0, size - data.count))
      try data.write(to: URL(filePath: path))
      return message(path)
    }
    func described(_ buffers: String, checksum: String = "0") -> String {
      #"{"kernel":"naive-nhwc","libraryVersion":"1","problem":"p","epilogue":"none","buffers":\#(buffers),"checksum":"\#(checksum)"}"#
    }
    let cases: [(String, String)] = [
      (try head(described("[4096]")), "the checksum is 0, but the weights have "),
      (try head(described("[-1]")), "its buffers don't fill it"),
      (try head(described("[9223372036854775807]")), "its buffers don't fill it"),
      (try head(described("[9223372036854775744, 64]")), "its buffers don't fill it"),
      (try head(described("[]")), "its buffers don't fill it"),
      (try head(described("[4095]")), "its buffers don't fill it"),
      (try head(described("[1e30]")), "its description was changed"),
      (try head(described("\"4096\"")), "its description was changed"), (try head("{}"), "its description was changed"),
      (try head(""), "its description was changed"),
      (try head(described("[4096]"), version: 0), "its head was changed"),
      (try head(described("[4096]"), version: .max), "have format version 4294967295; this package knows"),
      (try head(described("[4096]"), bytes: .max), "its head was changed"),
      (try head(described("[4096]"), first: .max), "its buffers start at 18446744073709551615; expected a whole page"),
      (try head(described("[4096]"), first: 0), "its buffers start at 0; expected a whole page"),
      (try head(described("[4096]"), first: 12288), "its buffers start at 12288"),
      (try head(described("[4096]"), said: .max), "has 8192 bytes; expected 9223372036854775807"),
      (try head(String(repeating: "[", count: 4000)), "its description was changed"),
    ]
    for (message, part) in cases { #expect(message.contains(part) && message.contains(path), "\(part): \(message)") }
  }

  /// Wisdom whose checksum is right and whose choices are not.
  @Test func wisdom() throws {
    let operation = ConvolutionOperation(try Self.problem(), epilogue: .none)
    let key = Wisdom.Key(operation, layout: .nhwc)
    for kernel in ["", "-", "nonsense", "winograd-f0x3-nhwc", "winograd-f99999999999999999999x3-nhwc", "naive-nchw"] {
      var wisdom = Wisdom()
      wisdom[key] = .init(kernel: kernel, nanoseconds: -1, date: .min)
      let read = try Wisdom(json: wisdom.json())
      let plan = try ConvolutionPlan(
        operation.problem, weights: [Float](repeating: 1, count: operation.problem.weightCount),
        planning: .heuristic(wisdom: read))
      #expect(plan.decision.source == .heuristic && plan.decision.notes.count == 1, "\(kernel): \(plan.decision.notes)")
    }
    var endless = Wisdom()
    endless[key] = .init(kernel: "naive-nhwc", nanoseconds: .infinity, date: 0)
    #expect((Self.error { _ = try endless.json() } as? WisdomError)?.description.contains("not a number") == true)
  }
  /// A file is no device, and takes the place of none.
  @Test func filesReplaceNothingElse() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bad-files-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let pipe = folder.appending(path: "pipe").path
    #expect(mkfifo(pipe, 0o600) == 0)
    let link = folder.appending(path: "link").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: pipe)
    let problem = try Self.problem()
    let plan = try ConvolutionPlan(problem, weights: [Float](repeating: 1, count: problem.weightCount))
    for path in [pipe, link, folder.path] {
      #expect(
        Self.error { try Wisdom().write(to: path) } as? WisdomError
          == .unwritable(path: path, reason: "there is something that is no regular file"))
      #expect(
        Self.error { try plan.savePackedWeights(to: path) } as? PackedWeightsError
          == .unwritable(path: path, reason: "there is something that is no regular file"))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["link", "pipe"])
  }
}
